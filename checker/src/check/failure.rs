//! Why a request got no verdict.

use crate::{engine::EngineError, policy::PolicyError, sandbox::SandboxError};

/// Why a request got no verdict. None of these says anything about the template.
#[derive(Debug, thiserror::Error)]
pub enum CheckFailure {
    /// The request breaks a rule.
    #[error("{pointer}: {detail}")]
    Invalid {
        /// JSON Pointer into the body.
        pointer: &'static str,
        /// The rule.
        detail: String,
    },
    /// The contract pack is not known.
    #[error("no contract pack is called `{name}`; there is: {}", known.join(", "))]
    UnknownContract {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// Too many checks run and wait already.
    #[error("too many checks are waiting")]
    Overloaded,
    /// The type check gave no answer.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The policy rules could not run.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The execution gave no answer.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// A task was lost: a defect.
    #[error("the check stopped on an internal error")]
    Internal,
}
