//! Stores the prompt of an attempt, which begins it.

use itemsmith_domain::Digest;
use uuid::Uuid;

use super::params::text;
use crate::{Answer, DecodeError, Query, Statement};

/// Stores the prompt of one attempt; the first one stays.
#[derive(Debug, Clone, Copy)]
pub struct SavePrompt<'a> {
    /// The request.
    pub id: Uuid,
    /// 1-based.
    pub iteration: u32,
    /// The prompt's text.
    pub prompt: &'a str,
    /// SHA-256 of `prompt`.
    pub digest: &'a Digest,
}

/// The stored prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedPrompt {
    /// SHA-256 of the prompt that is stored: another one's when this was a repeat.
    pub digest: Digest,
    /// SHA-256 of the response, when there is one already.
    pub response_digest: Option<Digest>,
}

impl Query for SavePrompt<'_> {
    type Output = SavedPrompt;

    fn statement(&self) -> Statement {
        Statement {
            sql: include_str!("save_prompt.sql"),
            params: vec![
                text(self.id),
                text(self.iteration),
                text(self.prompt),
                text(self.digest),
            ],
        }
    }

    fn decode(&self, answer: Answer) -> Result<SavedPrompt, DecodeError> {
        let mut row = answer.one()?;
        Ok(SavedPrompt {
            digest: row.digest("prompt_digest")?,
            response_digest: row.digest_optional("response_digest")?,
        })
    }
}
