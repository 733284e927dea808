//! Errors of the database, classified once: the class is the metric label and the retry decision.

use crate::DecodeError;

/// What kind of trouble it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Nothing was changed; the same statement may succeed at once (40001, 40P01).
    Contended,
    /// The database is down, starting, overloaded or unreachable. The outcome of the statement is
    /// unknown; every statement here is idempotent, so it may be sent again.
    Unavailable,
    /// A unique constraint (23505): somebody else was faster; sending it again reads what is stored.
    Conflict,
    /// A guard of the schema refused the change (other integrity constraints, our own triggers).
    Refused,
    /// A value cannot be stored (class 22): the input was not checked well enough.
    Invalid,
    /// The statement or its answer is larger than the wire allows.
    TooLarge,
    /// The connection string, user or password is wrong.
    Rejected,
    /// The schema is older than the code (42P01, 42703, 42883): migrations have not run.
    NotMigrated,
    /// The answer could not be read.
    Protocol,
    /// Anything else.
    Other,
}

impl ErrorKind {
    /// The metric label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Contended => "contended",
            Self::Unavailable => "unavailable",
            Self::Conflict => "conflict",
            Self::Refused => "refused",
            Self::Invalid => "invalid",
            Self::TooLarge => "too_large",
            Self::Rejected => "rejected",
            Self::NotMigrated => "not_migrated",
            Self::Protocol => "protocol",
            Self::Other => "other",
        }
    }

    /// Whether sending the same statement again can help.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Contended | Self::Unavailable | Self::Conflict)
    }

    /// The class of a SQLSTATE.
    #[must_use]
    pub fn of_sqlstate(code: &str) -> Self {
        match code {
            "40001" | "40P01" => Self::Contended,
            "23505" => Self::Conflict,
            "42P01" | "42703" | "42883" | "42704" => Self::NotMigrated,
            // 57P01–57P05: shut down, crashed, starting; 57014: cancelled, a time-out; 25006: a
            // standby that has not taken over yet.
            "57P01" | "57P02" | "57P03" | "57P05" | "57014" | "55P03" | "25006" => {
                Self::Unavailable
            }
            "54000" => Self::TooLarge,
            _ => match code.get(..2) {
                Some("08" | "53" | "58") => Self::Unavailable,
                Some("23") => Self::Refused,
                // What the schema's own triggers raise.
                Some("IS") => Self::Refused,
                Some("22") => Self::Invalid,
                Some("28" | "3D") => Self::Rejected,
                _ => Self::Other,
            },
        }
    }
}

/// A failed statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the database refused the statement: {message} ({})", code.as_deref().unwrap_or("no code"))]
pub struct SqlError {
    /// The class.
    pub kind: ErrorKind,
    /// The server's message; it may quote values, so it is for logs, not for clients.
    pub message: String,
    /// SQLSTATE.
    pub code: Option<String>,
    /// The constraint that was violated.
    pub constraint: Option<String>,
    /// More about it.
    pub detail: Option<String>,
}

impl SqlError {
    /// An error without a SQLSTATE.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            code: None,
            constraint: None,
            detail: None,
        }
    }
}

impl From<DecodeError> for SqlError {
    fn from(error: DecodeError) -> Self {
        Self::new(ErrorKind::Protocol, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::ErrorKind;

    #[test]
    fn only_what_a_repeat_can_mend_is_retried() {
        for code in [
            "40001", "40P01", "57P01", "57P03", "08006", "53300", "25006", "23505",
        ] {
            assert!(ErrorKind::of_sqlstate(code).is_retryable(), "{code}");
        }
        for code in [
            "23514", "22P02", "28P01", "3D000", "42P01", "IS001", "XX000", "",
        ] {
            assert!(!ErrorKind::of_sqlstate(code).is_retryable(), "{code}");
        }
    }
}
