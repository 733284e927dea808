//! Takes a queued request for a run.

use itemsmith_domain::{Digest, RequestStatus, Seed};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::params::text;
use crate::{Answer, DecodeError, Query, Statement};

/// Moves a request from queued to running for `run_id`; a repeat by the same run changes nothing.
#[derive(Debug, Clone, Copy)]
pub struct LoadAndStart<'a> {
    /// The request.
    pub id: Uuid,
    /// The event bus's id of the run.
    pub run_id: &'a str,
}

/// What came of [`LoadAndStart`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// There is no such request.
    Missing,
    /// It is this run's to work on.
    Ours(Summary),
    /// Another run has it; this one should stop.
    AnotherRun,
    /// It has already ended, perhaps by this very run.
    Ended(RequestStatus),
}

/// What a run needs to know of its request; small enough for a step's result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Where it stands now.
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
    /// SHA-256 of the item's canonical form.
    pub source_hash: Digest,
}

impl Query for LoadAndStart<'_> {
    type Output = Started;

    fn statement(&self) -> Statement {
        Statement {
            sql: include_str!("load_and_start.sql"),
            params: vec![text(self.id), text(self.run_id)],
        }
    }

    fn decode(&self, answer: Answer) -> Result<Started, DecodeError> {
        if answer.rows.is_empty() {
            return Ok(Started::Missing);
        }
        let mut row = answer.one()?;
        let status: RequestStatus = row.name("status")?;
        if status.is_terminal() {
            return Ok(Started::Ended(status));
        }
        if !row.boolean("ours")? {
            return Ok(Started::AnotherRun);
        }
        Ok(Started::Ours(Summary {
            status,
            seed: row.seed("seed")?,
            allowed_widgets: row.json("allowed_widgets")?,
            model: row.text("model")?,
            max_attempts: row.parse("max_attempts")?,
            debug: row.boolean("debug")?,
            source_hash: row.digest("source_hash")?,
        }))
    }
}
