//! The outbox: events that the bus has not acknowledged.

use serde_json::value::RawValue;
use uuid::Uuid;

use super::params::{json, text};
use crate::{Answer, DecodeError, Query, Statement};

/// Claims events for posting, in the order of the ledger; unacknowledged ones become due again.
#[derive(Debug, Clone, Copy)]
pub struct ClaimOutbox {
    /// Only this request's, due or not; otherwise those of all requests that are due.
    pub request: Option<Uuid>,
    /// At most so many.
    pub limit: u32,
}

/// An event to be posted.
#[derive(Debug, Clone)]
pub struct OutboxEvent {
    /// The same however often it is posted.
    pub event_id: String,
    /// The request.
    pub request_id: Uuid,
    /// Such as `template/requested`.
    pub name: String,
    /// The exact text of its data.
    pub data: Box<RawValue>,
    /// How often it was claimed, this time included.
    pub attempts: u32,
    /// When it happened: milliseconds since the epoch.
    pub created_ms: u64,
}

impl Query for ClaimOutbox {
    type Output = Vec<OutboxEvent>;

    fn statement(&self) -> Statement {
        Statement {
            sql: include_str!("outbox_claim.sql"),
            params: vec![self.request.and_then(text), text(self.limit)],
        }
    }

    fn decode(&self, answer: Answer) -> Result<Self::Output, DecodeError> {
        answer.each(|row| {
            let wrong = |_| DecodeError {
                column: "data",
                problem: "expected JSON",
            };
            Ok(OutboxEvent {
                event_id: row.text("event_id")?,
                request_id: row.uuid("request_id")?,
                name: row.text("name")?,
                data: RawValue::from_string(row.text("data")?).map_err(wrong)?,
                attempts: row.parse("attempts")?,
                created_ms: row.parse("created_ms")?,
            })
        })
    }
}

/// Deletes events that the bus has acknowledged; gives how many there still were.
#[derive(Debug, Clone, Copy)]
pub struct AckOutbox<'a> {
    /// Their ids.
    pub event_ids: &'a [String],
}

impl Query for AckOutbox<'_> {
    type Output = u64;

    fn statement(&self) -> Statement {
        Statement {
            sql: include_str!("outbox_ack.sql"),
            params: vec![json(self.event_ids)],
        }
    }

    fn decode(&self, answer: Answer) -> Result<u64, DecodeError> {
        answer.one()?.parse("gone")
    }
}
