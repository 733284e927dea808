//! Whether the database answers and how far its schema is.

use crate::{Answer, DecodeError, Query, Statement};

/// Asks the database for the version of its schema.
#[derive(Debug, Clone, Copy)]
pub struct Readiness;

/// What the database says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ready {
    /// The last migration that ran.
    pub migration: u32,
}

impl Query for Readiness {
    type Output = Ready;

    fn statement(&self) -> Statement {
        Statement {
            sql: "SELECT coalesce(max(version), 0) AS migration FROM refinery_schema_history",
            params: Vec::new(),
        }
    }

    fn decode(&self, answer: Answer) -> Result<Ready, DecodeError> {
        Ok(Ready {
            migration: answer.one()?.parse("migration")?,
        })
    }
}
