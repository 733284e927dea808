//! The status machine of a request and of an iteration.

use serde::{Deserialize, Serialize};

/// Where a generation request stands: queued → running → succeeded | failed | cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestStatus {
    /// Accepted, no function has taken it yet.
    Queued,
    /// A run is working on it.
    Running,
    /// A proven template is stored.
    Succeeded,
    /// Ended without a template; a [`FailureReason`] says why.
    Failed,
    /// Stopped by its owner.
    Cancelled,
}

impl RequestStatus {
    /// Whether nothing can follow.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }

    /// Whether the machine may move from `self` to `next`.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Queued => matches!(next, Self::Running | Self::Failed | Self::Cancelled),
            Self::Running => next.is_terminal(),
            Self::Succeeded | Self::Failed | Self::Cancelled => false,
        }
    }

    /// The name on the wire and in Postgres.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// The verdict on one iteration, exactly the proposal's three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IterationStatus {
    /// No finding.
    Success,
    /// A TypeScript finding, or the resource limit while checking.
    TypecheckFailed,
    /// A policy, execution or model-reply finding.
    ValidationFailed,
}

impl IterationStatus {
    /// The name on the wire and in Postgres.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::TypecheckFailed => "typecheck_failed",
            Self::ValidationFailed => "validation_failed",
        }
    }
}

/// Why a request failed; stable names that clients may match on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureReason {
    /// Every attempt was used and none was proven.
    AttemptsExhausted,
    /// The model refused the call for good, or could not be reached within its retries.
    ModelRejected,
    /// The checker could not be reached within its retries.
    CheckerUnavailable,
    /// The request's deadline passed.
    Deadline,
    /// The request's budget was used up.
    Budget,
    /// Anything else; the logs say what.
    Internal,
}

impl FailureReason {
    /// The name on the wire and in Postgres.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AttemptsExhausted => "attempts_exhausted",
            Self::ModelRejected => "model_rejected",
            Self::CheckerUnavailable => "checker_unavailable",
            Self::Deadline => "deadline",
            Self::Budget => "budget",
            Self::Internal => "internal",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RequestStatus::{self, Cancelled, Failed, Queued, Running, Succeeded};

    const ALL: [RequestStatus; 5] = [Queued, Running, Succeeded, Failed, Cancelled];

    #[test]
    fn a_terminal_status_never_moves() {
        for from in ALL.into_iter().filter(|s| s.is_terminal()) {
            assert!(ALL.into_iter().all(|to| !from.may_become(to)));
        }
    }

    #[test]
    fn success_needs_a_run() {
        assert!(!Queued.may_become(Succeeded));
        assert!(Running.may_become(Succeeded));
    }
}
