//! Every SQL statement as a value with its row decoder, and the SQL-over-HTTP wire.
//!
//! A statement is a small struct that implements [`Query`]: it gives its text with text parameters,
//! and decodes the text rows that come back. Nothing here does I/O, so the same statements run over
//! HTTP at the edge, over a plain connection in tests, and compile for `wasm32-unknown-unknown`.
//!
//! Three rules hold for every statement that writes:
//! - it is idempotent: a repeat changes nothing and answers with what is stored, because a lost
//!   answer after a commit cannot be told from a lost request;
//! - a state change, its ledger row and its outbox row are one statement;
//! - a row that others may change is locked first (`FOR NO KEY UPDATE`) and the outcome is decided on
//!   what the lock shows: the statement's own snapshot may be older than what it waited for.

pub mod access;
pub mod answer;
pub mod error;
pub mod ledger;
pub mod statements;
pub mod wire;

pub use access::Access;
pub use answer::{Answer, DecodeError, Row};
pub use error::{ErrorKind, SqlError};
pub use statements::*;

/// A statement's text and its parameters, ready for the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The text; every placeholder is cast, because parameters travel without a type.
    pub sql: &'static str,
    /// Text form of each parameter; `None` is SQL's null.
    pub params: Vec<Option<String>>,
}

/// A statement that knows how to read its own answer.
pub trait Query {
    /// What the answer means.
    type Output;

    /// The text and the parameters.
    fn statement(&self) -> Statement;

    /// Reads the answer.
    ///
    /// # Errors
    /// When a column is missing or malformed, which means that code and schema disagree.
    fn decode(&self, answer: Answer) -> Result<Self::Output, DecodeError>;
}
