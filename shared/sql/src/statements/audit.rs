//! Writes the audit row of a request that has ended.

use serde_json::Value;
use uuid::Uuid;

use super::params::text;
use crate::{Answer, DecodeError, Query, Statement};

/// Writes one audit row per request and event, with a summary that is made in the database: outcome,
/// attempts, findings, tokens and times. Gives the stored summary, or `None` when there is no such
/// request (or another writer's row is not visible yet).
#[derive(Debug, Clone, Copy)]
pub struct RecordAudit<'a> {
    /// The request.
    pub id: Uuid,
    /// The event that ended it, such as `template/completed`.
    pub event: &'a str,
}

impl Query for RecordAudit<'_> {
    type Output = Option<Value>;

    fn statement(&self) -> Statement {
        Statement {
            sql: include_str!("audit.sql"),
            params: vec![text(self.id), text(self.event)],
        }
    }

    fn decode(&self, answer: Answer) -> Result<Self::Output, DecodeError> {
        if answer.rows.is_empty() {
            return Ok(None);
        }
        answer.one()?.json("summary").map(Some)
    }
}
