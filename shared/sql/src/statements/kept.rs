//! Texts kept by their digest, under no request's name: what one step leaves for the next.

use itemsmith_domain::Digest;

use super::params::text;
use crate::{Answer, DecodeError, Query, Statement};

/// Keeps a text under its digest; gives whether it was new.
#[derive(Debug, Clone, Copy)]
pub struct KeepText<'a> {
    /// SHA-256 of `content`; the schema refuses another.
    pub digest: &'a Digest,
    /// The text.
    pub content: &'a str,
}

impl Query for KeepText<'_> {
    type Output = bool;

    fn statement(&self) -> Statement {
        Statement {
            sql: include_str!("keep_text.sql"),
            params: vec![text(self.digest), text(self.content)],
        }
    }

    fn decode(&self, answer: Answer) -> Result<bool, DecodeError> {
        Ok(answer.one()?.parse::<u64>("stored")? > 0)
    }
}

/// Reads the text kept under a digest.
#[derive(Debug, Clone, Copy)]
pub struct ReadKept<'a> {
    /// Its SHA-256.
    pub digest: &'a Digest,
}

impl Query for ReadKept<'_> {
    type Output = Option<String>;

    fn statement(&self) -> Statement {
        Statement {
            sql: "SELECT content FROM artifacts WHERE digest = $1::text",
            params: vec![text(self.digest)],
        }
    }

    fn decode(&self, answer: Answer) -> Result<Self::Output, DecodeError> {
        if answer.rows.is_empty() {
            return Ok(None);
        }
        answer.one()?.text("content").map(Some)
    }
}
