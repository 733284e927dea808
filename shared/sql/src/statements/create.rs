//! Accepts a request: key lookup, request row, ledger row and outbox row in one statement.

use itemsmith_domain::{Digest, RequestStatus, Seed, event::REQUESTED};
use uuid::Uuid;

use super::params::{json, text};
use crate::{
    Answer, DecodeError, Query, Statement,
    access::{Gate, gate},
    ledger::{GENESIS, event_id},
};

/// What a client asked for.
#[derive(Debug, Clone, Copy)]
pub struct Create<'a> {
    /// SHA-256 of the API key.
    pub key_hash: &'a Digest,
    /// A fresh UUIDv7; a repeat of the same statement sends the same one.
    pub id: Uuid,
    /// The item as pretty JSON, key order and numbers as they came.
    pub source_text: &'a str,
    /// SHA-256 of the item's canonical form.
    pub source_hash: &'a Digest,
    /// Distinct widget types in order of appearance.
    pub allowed_widgets: &'a [String],
    /// The seed of the prompt and of the stored item.
    pub seed: Seed,
    /// The model's name.
    pub model: &'a str,
    /// Attempts at most.
    pub max_attempts: u32,
    /// Whether prompts and responses can be downloaded.
    pub debug: bool,
    /// The client's `Idempotency-Key`, if it sent one.
    pub idempotency_key: Option<&'a str>,
    /// SHA-256 of the whole body's canonical form.
    pub body_hash: &'a Digest,
    /// Exact text of the data of `template/requested`.
    pub event_data: &'a str,
}

/// What came of [`Create`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreateOutcome {
    /// No such key, or it was revoked: 401.
    Unauthorized,
    /// The key lacks `templates:write`: 403.
    Forbidden,
    /// The idempotency key came with another body before: 422.
    BodyMismatch {
        /// The request of the first body.
        id: Uuid,
    },
    /// The request as it is stored.
    Created(Created),
}

/// The stored request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Its id: of the first request with this idempotency key.
    pub id: Uuid,
    /// Whether an earlier request answered; nothing was written then, and no event is due.
    pub replayed: bool,
    /// Its status now.
    pub status: RequestStatus,
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
    /// RFC 3339.
    pub created_at: String,
}

impl Create<'_> {
    /// The id of the event that the statement puts into the outbox.
    #[must_use]
    pub fn event_id(&self) -> String {
        event_id(REQUESTED, self.id, None)
    }
}

impl Query for Create<'_> {
    type Output = CreateOutcome;

    fn statement(&self) -> Statement {
        // A prefix keeps a client's key apart from our own ids.
        let key = match self.idempotency_key {
            Some(key) => format!("key:{key}"),
            None => format!("id:{}", self.id),
        };
        Statement {
            sql: include_str!("create.sql"),
            params: vec![
                text(self.key_hash),
                text(self.id),
                text(self.source_text),
                text(self.source_hash),
                json(self.allowed_widgets),
                text(self.seed),
                text(self.model),
                text(self.max_attempts),
                text(self.debug),
                Some(key),
                text(self.body_hash),
                text(GENESIS),
                Some(self.event_id()),
                text(self.event_data),
                text(REQUESTED),
            ],
        }
    }

    fn decode(&self, answer: Answer) -> Result<CreateOutcome, DecodeError> {
        let mut row = answer.one()?;
        match gate(&mut row)? {
            Gate::Unauthorized => return Ok(CreateOutcome::Unauthorized),
            Gate::Forbidden => return Ok(CreateOutcome::Forbidden),
            Gate::Open => {}
        }
        let id = row.uuid("id")?;
        if !row.boolean("same_body")? {
            return Ok(CreateOutcome::BodyMismatch { id });
        }
        Ok(CreateOutcome::Created(Created {
            id,
            replayed: id != self.id,
            status: row.name("status")?,
            seed: row.seed("seed")?,
            allowed_widgets: row.json("allowed_widgets")?,
            model: row.text("model")?,
            max_attempts: row.parse("max_attempts")?,
            debug: row.boolean("debug")?,
            created_at: row.text("created_at")?,
        }))
    }
}
