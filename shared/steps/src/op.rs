//! Operations reported to the server: the elements of a 206 answer.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::failure::ErrorBody;

/// What the server is told about one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OpCode {
    /// The step's body ran; `data` is its result.
    StepRun,
    /// The step's body failed and may be tried again.
    StepError,
    /// The step's body failed for good.
    StepFailed,
    /// The step exists and wants a call of its own.
    StepPlanned,
    /// Wait.
    Sleep,
    /// Wait for an event.
    WaitForEvent,
    /// Run another function and wait for it.
    InvokeFunction,
}

/// One reported step.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Op {
    /// Hex SHA-1 of the step's id.
    pub id: String,
    /// What is reported.
    pub op: OpCode,
    /// The step's id as written, without its repeat suffix.
    pub name: String,
    /// The same, for people.
    pub display_name: String,
    /// Arguments of the operation; left out when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opts: Option<Value>,
    /// The result of a step that ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
    /// The error of a step that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<ErrorBody>,
}

impl Op {
    /// Whether a failed step failed for good; `None` for anything but a failed step.
    pub(crate) fn is_final_failure(&self) -> Option<bool> {
        match self.op {
            OpCode::StepFailed => Some(true),
            OpCode::StepError => Some(false),
            _ => None,
        }
    }
}
