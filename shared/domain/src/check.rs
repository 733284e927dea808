//! The checker's wire: what a check is asked and what it answers.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{digest::Digest, finding::Finding, seed::Seed, status::IterationStatus};

/// Body of the checker's `POST /v1/check`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckRequest {
    /// The template's TypeScript; at most 64 KiB.
    pub source: String,
    /// The item that the template was made from; execution compares shapes with it when given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_item: Option<Box<RawValue>>,
    /// The widget types that `TemplateWidgets` must name; empty for none.
    pub allowed_widgets: Vec<String>,
    /// The contract pack's name; the service's default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    /// Whether a clean source is executed as well; true when absent.
    #[serde(default = "yes")]
    pub execute: bool,
    /// Seeds to prove besides the service's own; the item of the first one comes back.
    #[serde(default)]
    pub seeds: Vec<Seed>,
}

const fn yes() -> bool {
    true
}

/// Answer of the checker's `POST /v1/check`, whatever the verdict is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// Derived from the findings.
    pub status: IterationStatus,
    /// Every finding, in source order within a phase.
    pub findings: Vec<Finding>,
    /// SHA-256 of the source.
    pub source_digest: Digest,
    /// The widget types that `TemplateWidgets` names, when it could be read.
    pub widget_tuple: Vec<String>,
    /// Which versions judged it.
    pub versions: Versions,
    /// The seeds that were executed; empty when execution did not run.
    pub seeds: Vec<Seed>,
    /// How many different items those seeds gave.
    pub distinct_items: u32,
    /// The item of the request's first seed, when execution found nothing wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ProvedItem>,
    /// Where the time went.
    pub timings: Timings,
}

/// An item that the template made, byte for byte.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProvedItem {
    /// The seed that gives it.
    pub seed: Seed,
    /// SHA-256 of `text`.
    pub digest: Digest,
    /// The item as pretty JSON, two spaces, ending in a newline.
    pub text: String,
}

/// Everything besides the request that a verdict depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Versions {
    /// `name@version` of the contract pack.
    pub contract: String,
    /// `native` or `node`.
    pub engine: String,
    /// TypeScript's version.
    pub compiler: String,
    /// Version of the policy rules.
    pub policy: String,
    /// Version of the sandbox.
    pub sandbox: String,
}

/// Milliseconds per phase.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Timings {
    /// Waiting for a free compiler.
    pub queue_ms: f64,
    /// Parsing and policy rules.
    pub policy_ms: f64,
    /// Type checking.
    pub types_ms: f64,
    /// Execution over all seeds.
    pub execution_ms: f64,
    /// From request to verdict.
    pub total_ms: f64,
}

/// Answer of the checker's `GET /v1/contracts/{name}?widgets=a,b`: what a prompt shows of a pack.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContractText {
    /// The pack's name.
    pub name: String,
    /// The pack's version.
    pub version: String,
    /// The declarations a template may import, core first, then the asked widgets' own.
    pub modules: Vec<ContractModule>,
    /// The source of the seed helper, as the model should see it.
    pub seed_helper: String,
    /// Asked widget types that the pack does not describe: loosely typed.
    pub undescribed: Vec<String>,
}

/// One declaration module of a contract pack.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContractModule {
    /// What a template imports it by, e.g. `@/core/item`.
    pub specifier: String,
    /// Its TypeScript declarations.
    pub text: String,
}
