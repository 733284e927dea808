//! The status read: the request and a summary of each attempt, from small columns alone.

use itemsmith_domain::{
    Digest, FailureReason, IterationStatus, Phase, RequestStatus, Seed, check::Timings,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{params::text, save_response::Usage};
use crate::{Access, Answer, DecodeError, Query, Statement, access};

/// Reads one request of the key's tenant.
#[derive(Debug, Clone, Copy)]
pub struct ReadStatus<'a> {
    /// SHA-256 of the API key.
    pub key_hash: &'a Digest,
    /// The request.
    pub id: Uuid,
}

/// A request as its status shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestState {
    /// Its id.
    pub id: Uuid,
    /// Where it stands.
    pub status: RequestStatus,
    /// Why it failed, if it did.
    pub reason: Option<FailureReason>,
    /// Its seed.
    pub seed: Seed,
    /// Its widget types.
    pub allowed_widgets: Vec<String>,
    /// Its model.
    pub model: String,
    /// Attempts at most.
    pub max_attempts: u32,
    /// Whether prompts and responses can be downloaded.
    pub debug: bool,
    /// RFC 3339, as all times.
    pub created_at: String,
    /// When the row last changed.
    pub updated_at: String,
    /// When a run took it.
    pub started_at: Option<String>,
    /// When it ended.
    pub finished_at: Option<String>,
    /// Digest of `template.ts`, once it is stored.
    pub template_digest: Option<Digest>,
    /// The attempts so far, in order; the last one may still be in progress.
    pub iterations: Vec<IterationState>,
}

/// One attempt; a time that is absent tells the phase that it is in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IterationState {
    /// 1-based.
    pub iteration: u32,
    /// The verdict; absent while in progress.
    pub status: Option<IterationStatus>,
    /// The model that answered.
    pub model: Option<String>,
    /// Why the model stopped.
    pub finish_reason: Option<String>,
    /// Tokens.
    pub usage: Option<Usage>,
    /// How many findings there are in all.
    pub finding_count: Option<u32>,
    /// The first few of them, shortened.
    pub findings: Vec<FindingHead>,
    /// SHA-256 of the source that was checked.
    pub source_digest: Option<Digest>,
    /// Where the check's time went.
    pub timings: Option<Timings>,
    /// RFC 3339: the prompt was stored.
    pub prompted_at: Option<String>,
    /// RFC 3339: the response was stored.
    pub responded_at: Option<String>,
    /// RFC 3339: the verdict was stored.
    pub checked_at: Option<String>,
}

/// A finding as a status shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingHead {
    /// Which part found it.
    pub phase: Phase,
    /// Stable id of the rule, for everything but TypeScript's own findings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// TypeScript's code, or 9001–9004.
    pub ts_code: u32,
    /// Shortened.
    pub message: String,
    /// 1-based; 0 when there is no position.
    pub line: u32,
    /// 1-based; 0 when there is no position.
    pub column: u32,
    /// The seed that shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<Seed>,
}

impl Query for ReadStatus<'_> {
    type Output = Access<RequestState>;

    fn statement(&self) -> Statement {
        Statement {
            sql: include_str!("status.sql"),
            params: vec![text(self.key_hash), text(self.id)],
        }
    }

    fn decode(&self, answer: Answer) -> Result<Self::Output, DecodeError> {
        access::decode(answer.one()?, |row| {
            Ok(RequestState {
                id: row.uuid("id")?,
                status: row.name("status")?,
                reason: row.name_optional("reason")?,
                seed: row.seed("seed")?,
                allowed_widgets: row.json("allowed_widgets")?,
                model: row.text("model")?,
                max_attempts: row.parse("max_attempts")?,
                debug: row.boolean("debug")?,
                created_at: row.text("created_at")?,
                updated_at: row.text("updated_at")?,
                started_at: row.optional("started_at")?,
                finished_at: row.optional("finished_at")?,
                template_digest: row.digest_optional("template_digest")?,
                iterations: row.json("iterations")?,
            })
        })
    }
}
