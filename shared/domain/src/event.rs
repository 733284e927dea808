//! The events, named and shaped exactly as in the proposal.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::{
    finding::Diagnostic,
    seed::Seed,
    status::{FailureReason, IterationStatus},
};

/// A request was accepted.
pub const REQUESTED: &str = "template/requested";
/// One attempt has its verdict.
pub const ITERATION_COMPLETED: &str = "template/iteration.completed";
/// A proven template is stored.
pub const COMPLETED: &str = "template/completed";
/// The request ended without a template.
pub const FAILED: &str = "template/failed";

/// Data of [`REQUESTED`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Requested {
    /// The request.
    pub request_id: Uuid,
    /// Decimal string.
    pub seed: Seed,
    /// The item as it was submitted.
    pub structured_item: Box<RawValue>,
    /// Distinct widget types in order of appearance; at most one today.
    pub allowed_widgets: Vec<String>,
    /// The item as pretty JSON with two spaces, key order and numbers kept.
    pub source_context: String,
    /// Whether prompts and responses can be downloaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debug_artifacts: Option<bool>,
}

/// Data of [`ITERATION_COMPLETED`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IterationCompleted {
    /// The request.
    pub request_id: Uuid,
    /// 1-based.
    pub iteration: u32,
    /// The verdict.
    pub status: IterationStatus,
    /// Capped; the last one says how many were left out.
    pub diagnostics: Vec<Diagnostic>,
}

/// Data of [`COMPLETED`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Completed {
    /// The request.
    pub request_id: Uuid,
    /// How many attempts it took.
    pub iterations: u32,
    /// `/api/templates/{id}/artifacts/template.ts`.
    pub template_path: String,
}

/// Data of [`FAILED`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failed {
    /// The request.
    pub request_id: Uuid,
    /// How many attempts were judged.
    pub iterations: u32,
    /// Stable reason.
    pub reason: FailureReason,
}
