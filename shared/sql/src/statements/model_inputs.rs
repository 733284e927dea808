//! What a model call needs, or the stored response that makes it unnecessary.

use itemsmith_domain::{Digest, RequestStatus};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::params::text;
use crate::{Answer, DecodeError, Query, Statement};

/// Reads what the model call of one attempt needs; `None` when its prompt is not stored.
#[derive(Debug, Clone, Copy)]
pub struct ReadModelInputs {
    /// The request.
    pub id: Uuid,
    /// 1-based.
    pub iteration: u32,
}

/// What the model call of one attempt needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelInputs {
    /// The response is stored: no call is due.
    Answered(StoredResponse),
    /// The call is due.
    Due {
        /// Where the request stands; only a running one goes on.
        status: RequestStatus,
        /// The model.
        model: String,
        /// The prompt's text.
        prompt: String,
    },
}

/// A stored response without its text; small enough for a step's result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredResponse {
    /// SHA-256 of its text.
    pub digest: Digest,
    /// Why the model stopped.
    pub finish_reason: Option<String>,
}

impl Query for ReadModelInputs {
    type Output = Option<ModelInputs>;

    fn statement(&self) -> Statement {
        Statement {
            sql: include_str!("model_inputs.sql"),
            params: vec![text(self.id), text(self.iteration)],
        }
    }

    fn decode(&self, answer: Answer) -> Result<Self::Output, DecodeError> {
        if answer.rows.is_empty() {
            return Ok(None);
        }
        let mut row = answer.one()?;
        if let Some(digest) = row.digest_optional("response_digest")? {
            let finish_reason = row.optional("finish_reason")?;
            return Ok(Some(ModelInputs::Answered(StoredResponse {
                digest,
                finish_reason,
            })));
        }
        Ok(Some(ModelInputs::Due {
            status: row.name("status")?,
            model: row.text("model")?,
            prompt: row.text("prompt")?,
        }))
    }
}
