//! What one call of a durable function comes to.

use std::time::Duration;

use serde_json::Value;

use crate::failure::Failure;
use crate::op::Op;

/// The outcome of one call.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The function returned this; the run is over.
    Finished(Value),
    /// Steps to remember or to carry out, and the end of a run whose steps are checkpointed; never
    /// empty.
    Ops {
        /// In the order in which the function reached them.
        ops: Vec<Op>,
        /// When to retry a failed step, if its body said so.
        retry_after: Option<Duration>,
    },
    /// The function itself failed.
    Failed(Failure),
    /// The function broke a rule of durable execution.
    Misused(Violation),
}

impl Answer {
    /// One operation.
    pub(crate) fn op(op: Op) -> Self {
        Self::Ops {
            ops: vec![op],
            retry_after: None,
        }
    }
}

/// A broken rule of durable execution, told to whoever wrote the function.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// The function waits for something that is not a step.
    #[error(
        "the function awaits something that is not a step; do I/O inside `step.run` (or await every step future that is kept)"
    )]
    ForeignAwait,
    /// A step was begun inside another step's body.
    #[error("step `{inner}` was begun inside the body of step `{outer}`; begin it after that one")]
    NestedStep {
        /// The step whose body was running.
        outer: String,
        /// The step that was begun in it.
        inner: String,
    },
    /// Two different steps would be stored under one id.
    #[error(
        "step id `{id}` is already taken by a repeat of another step; give one of them another id"
    )]
    IdCollision {
        /// The id, with its repeat suffix.
        id: String,
    },
    /// The result in the run's memory is not of the type that the code expects.
    #[error(
        "the stored result of step `{id}` does not fit `{expected}`; a step whose type changes needs a new id"
    )]
    ResultMismatch {
        /// The step's id.
        id: String,
        /// The Rust type that was expected.
        expected: String,
    },
    /// A step's result could not be written as JSON.
    #[error("the result of step `{id}` cannot be written as JSON: {reason}")]
    ResultUnserializable {
        /// The step's id, or `function` for the function's own result.
        id: String,
        /// Why.
        reason: String,
    },
    /// What another function or a model is to be given could not be written as JSON.
    #[error("what step `{id}` is given cannot be written as JSON: {reason}")]
    ArgumentUnserializable {
        /// The step's id.
        id: String,
        /// Why.
        reason: String,
    },
    /// The server asked for a step that the function does not reach.
    #[error(
        "the step asked for ({hash}) is not reached; functions must reach the same steps on every call"
    )]
    TargetNotReached {
        /// The hashed id that was asked for.
        hash: String,
    },
    /// The run remembers a step that the function no longer has, and wants a new one instead.
    #[error(
        "the run remembers a step ({hash}) that the function did not reach before its new step `{id}`; a function that changes its steps needs a new id while runs are under way"
    )]
    StepsChanged {
        /// The hashed id in the run's memory.
        hash: String,
        /// The new step.
        id: String,
    },
    /// A step was dropped while its body was running.
    #[error("step `{id}` was dropped while its body ran; await it to its end")]
    StepAbandoned {
        /// The step's id.
        id: String,
    },
}
