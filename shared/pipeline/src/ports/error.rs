//! Why a port could not do its work, and what a retry may hope for.

use std::time::Duration;

use itemsmith_domain::FailureReason;

/// Whether trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retrying {
    /// Yes, at the pipeline's own pace.
    Soon,
    /// Yes, but not before this long.
    After(Duration),
    /// No: the same call gives the same answer.
    Never,
}

/// Trouble with something outside the pipeline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {message}")]
pub struct PortError {
    /// What a request ends with if this does not pass.
    pub reason: FailureReason,
    /// Stable short name: the metric label.
    pub kind: &'static str,
    /// For a person, without secrets.
    pub message: String,
    /// Whether trying again can help.
    pub retrying: Retrying,
}

impl PortError {
    /// Trouble that may pass.
    #[must_use]
    pub fn passing(reason: FailureReason, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            reason,
            kind,
            message: message.into(),
            retrying: Retrying::Soon,
        }
    }

    /// Trouble that will not pass.
    #[must_use]
    pub fn lasting(reason: FailureReason, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            reason,
            kind,
            message: message.into(),
            retrying: Retrying::Never,
        }
    }
}
