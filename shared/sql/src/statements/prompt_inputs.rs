//! What a prompt is composed from.

use itemsmith_domain::{Digest, Finding, IterationStatus, RequestStatus, Seed};
use uuid::Uuid;

use super::params::text;
use crate::{Answer, DecodeError, Query, Row, Statement};

/// Reads what the prompt of one attempt is composed from; `None` when there is no such request.
#[derive(Debug, Clone, Copy)]
pub struct ReadPromptInputs {
    /// The request.
    pub id: Uuid,
    /// 1-based.
    pub iteration: u32,
}

/// What the prompt of one attempt is composed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptInputs {
    /// Where the request stands; only a running one goes on.
    pub status: RequestStatus,
    /// The item as pretty JSON.
    pub source_text: String,
    /// The seed.
    pub seed: Seed,
    /// The widget types.
    pub allowed_widgets: Vec<String>,
    /// The model.
    pub model: String,
    /// This attempt's prompt, when it is stored already: there is nothing left to compose.
    pub prompt_digest: Option<Digest>,
    /// The attempt before, when it has its verdict and this attempt's prompt is not stored.
    pub previous: Option<PreviousAttempt>,
}

/// The attempt that a retry starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousAttempt {
    /// 1-based.
    pub iteration: u32,
    /// The model's whole reply.
    pub response: String,
    /// Why the model stopped.
    pub finish_reason: Option<String>,
    /// The verdict.
    pub status: IterationStatus,
    /// Everything that was found.
    pub findings: Vec<Finding>,
}

impl Query for ReadPromptInputs {
    type Output = Option<PromptInputs>;

    fn statement(&self) -> Statement {
        Statement {
            sql: include_str!("prompt_inputs.sql"),
            params: vec![text(self.id), text(self.iteration)],
        }
    }

    fn decode(&self, answer: Answer) -> Result<Self::Output, DecodeError> {
        if answer.rows.is_empty() {
            return Ok(None);
        }
        let mut row = answer.one()?;
        Ok(Some(PromptInputs {
            status: row.name("status")?,
            source_text: row.text("source_text")?,
            seed: row.seed("seed")?,
            allowed_widgets: row.json("allowed_widgets")?,
            model: row.text("model")?,
            prompt_digest: row.digest_optional("prompt_digest")?,
            previous: previous(&mut row)?,
        }))
    }
}

fn previous(row: &mut Row) -> Result<Option<PreviousAttempt>, DecodeError> {
    let Some(iteration) = row.parse_optional("previous_iteration")? else {
        return Ok(None);
    };
    Ok(Some(PreviousAttempt {
        iteration,
        response: row.text("previous_response")?,
        finish_reason: row.optional("previous_finish_reason")?,
        status: row.name("previous_status")?,
        findings: row.json("previous_findings")?,
    }))
}
