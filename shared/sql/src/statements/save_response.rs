//! Stores the model's response to an attempt.

use itemsmith_domain::Digest;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    model_inputs::StoredResponse,
    params::{json, text},
};
use crate::{Answer, DecodeError, Query, Statement};

/// Stores the response of one attempt; the first one stays. `None` when the attempt has no prompt.
#[derive(Debug, Clone, Copy)]
pub struct SaveResponse<'a> {
    /// The request.
    pub id: Uuid,
    /// 1-based.
    pub iteration: u32,
    /// The reply's whole text, empty for an empty or refused one.
    pub response: &'a str,
    /// SHA-256 of `response`.
    pub digest: &'a Digest,
    /// The model that answered, as it names itself.
    pub model: &'a str,
    /// Why it stopped.
    pub finish_reason: Option<&'a str>,
    /// Tokens, when it counted them.
    pub usage: Option<Usage>,
}

/// Tokens of one model call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Of the prompt.
    pub prompt_tokens: u64,
    /// Of the reply.
    pub completion_tokens: u64,
    /// Of the prompt, as far as the provider's cache held them.
    #[serde(default)]
    pub cached_tokens: u64,
}

/// The stored response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedResponse {
    /// Whether this statement stored it, rather than an earlier one.
    pub stored: bool,
    /// What is stored.
    pub response: StoredResponse,
}

impl Query for SaveResponse<'_> {
    type Output = Option<SavedResponse>;

    fn statement(&self) -> Statement {
        Statement {
            sql: include_str!("save_response.sql"),
            params: vec![
                text(self.id),
                text(self.iteration),
                text(self.response),
                text(self.digest),
                text(self.model),
                self.finish_reason.map(str::to_owned),
                self.usage.as_ref().and_then(json),
            ],
        }
    }

    fn decode(&self, answer: Answer) -> Result<Self::Output, DecodeError> {
        if answer.rows.is_empty() {
            return Ok(None);
        }
        let mut row = answer.one()?;
        Ok(Some(SavedResponse {
            stored: row.boolean("stored")?,
            response: StoredResponse {
                digest: row.digest("response_digest")?,
                finish_reason: row.optional("finish_reason")?,
            },
        }))
    }
}
