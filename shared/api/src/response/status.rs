//! Answer of `GET /api/templates/{id}`.

use itemsmith_domain::{
    Digest, FailureReason, Finding, IterationStatus, RequestStatus, Seed, Warning,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{artifact_path, status_path};

/// Everything about a request that fits one look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TemplateStatus {
    /// The request.
    pub id: Uuid,
    /// Where it stands.
    pub status: RequestStatus,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<FailureReason>,
    /// Decimal string.
    pub seed: Seed,
    /// The model's name.
    pub model: String,
    /// The attempt that is at work, or the last one; 0 before the first.
    pub attempt: u32,
    /// Attempts at most.
    pub max_attempts: u32,
    /// Widget types that the template names.
    pub allowed_widgets: Vec<String>,
    /// What the author should know.
    pub warnings: Vec<Warning>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339; absent while queued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
    /// RFC 3339; absent until the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    /// In order, the one at work last.
    pub iterations: Vec<Iteration>,
    /// Sums over the iterations.
    pub usage: Usage,
    /// Where to look next.
    pub links: Links,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Iteration {
    /// 1-based.
    pub iteration: u32,
    /// The verdict; null while at work.
    pub status: Option<IterationStatus>,
    /// What it is doing.
    pub phase: IterationPhase,
    /// All findings of the verdict.
    pub finding_count: u32,
    /// The first [`FindingSummary::SHOWN`] of them.
    pub first_findings: Vec<FindingSummary>,
    /// RFC 3339: when its prompt was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
    /// RFC 3339: when its verdict was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    /// SHA-256 of the source that was judged; absent when the reply held none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_digest: Option<Digest>,
    /// As the model reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_tokens: Option<u64>,
    /// As the model reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion_tokens: Option<u64>,
}

/// What an iteration is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IterationPhase {
    /// Its prompt is being put together.
    Prompt,
    /// The model is at work.
    Model,
    /// The checker is at work.
    Check,
    /// It has its verdict.
    Done,
}

/// A finding in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingSummary {
    /// Stable rule id for everything but TypeScript's own findings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// TypeScript's code, or 9001–9004.
    pub ts_code: u32,
    /// For people.
    pub message: String,
    /// 1-based; 0 when there is no position.
    pub line: u32,
    /// 1-based, UTF-16 units; 0 when there is no position.
    pub column: u32,
    /// The seed that shows it (execution only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<Seed>,
}

impl FindingSummary {
    /// How many findings of an iteration the status shows; enough to see what goes on.
    pub const SHOWN: usize = 3;
}

impl From<&Finding> for FindingSummary {
    fn from(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.clone(),
            ts_code: finding.ts_code,
            message: finding.message.clone(),
            line: finding.line,
            column: finding.column,
            seed: finding.seed,
        }
    }
}

/// What the model was used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Tokens of all prompts.
    pub prompt_tokens: u64,
    /// Tokens of all replies.
    pub completion_tokens: u64,
    /// The sum of both.
    pub total_tokens: u64,
}

impl Usage {
    /// The sums over some iterations.
    #[must_use]
    pub fn of(iterations: &[Iteration]) -> Self {
        let mut usage = Self::default();
        for iteration in iterations {
            let prompt = iteration.prompt_tokens.unwrap_or(0);
            let completion = iteration.completion_tokens.unwrap_or(0);
            usage.prompt_tokens = usage.prompt_tokens.saturating_add(prompt);
            usage.completion_tokens = usage.completion_tokens.saturating_add(completion);
        }
        usage.total_tokens = usage.prompt_tokens.saturating_add(usage.completion_tokens);
        usage
    }
}

/// Paths of a request's resources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Links {
    /// The status.
    #[serde(rename = "self")]
    pub this: String,
    /// The manifest.
    pub artifacts: String,
    /// The template; there once the request has succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
}

impl Links {
    /// The links of a request in this status.
    #[must_use]
    pub fn of(id: Uuid, status: RequestStatus) -> Self {
        let this = status_path(id);
        let template = artifact_path(id, "template.ts");
        Self {
            artifacts: format!("{this}/artifacts"),
            this,
            template: (status == RequestStatus::Succeeded).then_some(template),
        }
    }
}
