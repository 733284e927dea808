//! What the check of an attempt needs.

use itemsmith_domain::{IterationStatus, RequestStatus, Seed};
use uuid::Uuid;

use super::params::text;
use crate::{Answer, DecodeError, Query, Statement};

/// Reads what the check of one attempt needs; `None` when its response is not stored.
#[derive(Debug, Clone, Copy)]
pub struct ReadCheckInputs {
    /// The request.
    pub id: Uuid,
    /// 1-based.
    pub iteration: u32,
}

/// What the check of one attempt needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckInputs {
    /// Where the request stands; only a running one goes on.
    pub status: RequestStatus,
    /// The item as pretty JSON.
    pub source_text: String,
    /// The seed.
    pub seed: Seed,
    /// The widget types.
    pub allowed_widgets: Vec<String>,
    /// The model's whole reply.
    pub response: String,
    /// Why the model stopped.
    pub finish_reason: Option<String>,
    /// The verdict, when it is stored already.
    pub verdict: Option<IterationStatus>,
}

impl Query for ReadCheckInputs {
    type Output = Option<CheckInputs>;

    fn statement(&self) -> Statement {
        Statement {
            sql: include_str!("check_inputs.sql"),
            params: vec![text(self.id), text(self.iteration)],
        }
    }

    fn decode(&self, answer: Answer) -> Result<Self::Output, DecodeError> {
        if answer.rows.is_empty() {
            return Ok(None);
        }
        let mut row = answer.one()?;
        Ok(Some(CheckInputs {
            status: row.name("status")?,
            source_text: row.text("source_text")?,
            seed: row.seed("seed")?,
            allowed_widgets: row.json("allowed_widgets")?,
            response: row.text("response")?,
            finish_reason: row.optional("finish_reason")?,
            verdict: row.name_optional("verdict")?,
        }))
    }
}
