//! Ends a request with its template.

use itemsmith_domain::{RequestStatus, event::COMPLETED};
use uuid::Uuid;

use super::params::text;
use crate::{Answer, DecodeError, Query, Statement, ledger::event_id};

/// Moves a request from running to succeeded, for the run that has it; its output is stored before.
#[derive(Debug, Clone, Copy)]
pub struct Complete<'a> {
    /// The request.
    pub id: Uuid,
    /// The run that has it.
    pub run_id: &'a str,
    /// Exact text of the data of `template/completed`.
    pub event_data: &'a str,
}

/// What came of a statement that ends a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// There is no such request.
    Missing,
    /// Another run has it; nothing was changed.
    Refused(RequestStatus),
    /// It has ended.
    Ended {
        /// How: perhaps otherwise than asked, when something else was faster.
        status: RequestStatus,
        /// Whether this statement did it.
        changed: bool,
    },
}

impl Finish {
    /// Reads the `changed` and `status` columns.
    pub(super) fn decode(answer: Answer) -> Result<Self, DecodeError> {
        if answer.rows.is_empty() {
            return Ok(Self::Missing);
        }
        let mut row = answer.one()?;
        let status: RequestStatus = row.name("status")?;
        if !status.is_terminal() {
            return Ok(Self::Refused(status));
        }
        Ok(Self::Ended {
            status,
            changed: row.boolean("changed")?,
        })
    }
}

impl Query for Complete<'_> {
    type Output = Finish;

    fn statement(&self) -> Statement {
        Statement {
            sql: include_str!("complete.sql"),
            params: vec![
                text(self.id),
                text(self.run_id),
                Some(event_id(COMPLETED, self.id, None)),
                text(self.event_data),
                text(COMPLETED),
            ],
        }
    }

    fn decode(&self, answer: Answer) -> Result<Finish, DecodeError> {
        Finish::decode(answer)
    }
}
