//! Ends a request without a template.

use itemsmith_domain::{FailureReason, event::FAILED};
use uuid::Uuid;

use super::{complete::Finish, params::text};
use crate::{Answer, DecodeError, Query, Statement, ledger::event_id};

/// Moves a request from queued or running to failed, and writes `template/failed` with the number of
/// attempts that were judged.
#[derive(Debug, Clone, Copy)]
pub struct Fail<'a> {
    /// The request.
    pub id: Uuid,
    /// The run that gave up; a request that another run has is left alone. `None` ends it anyway.
    pub run_id: Option<&'a str>,
    /// Why.
    pub reason: FailureReason,
}

impl Query for Fail<'_> {
    type Output = Finish;

    fn statement(&self) -> Statement {
        Statement {
            sql: include_str!("fail.sql"),
            params: vec![
                text(self.id),
                self.run_id.map(str::to_owned),
                text(self.reason.as_str()),
                Some(event_id(FAILED, self.id, None)),
                text(FAILED),
            ],
        }
    }

    fn decode(&self, answer: Answer) -> Result<Finish, DecodeError> {
        Finish::decode(answer)
    }
}
