//! Operations reported to the server: the elements of a 206 answer and of a checkpoint.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::failure::ErrorBody;

/// What the server is told about one step, or about the run.
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
    /// Wait for a signal.
    WaitForSignal,
    /// Run another function and wait for it.
    InvokeFunction,
    /// Call a model while nothing of ours runs.
    #[serde(rename = "AIGateway")]
    AiGateway,
    /// The run is over; `data` is the function's result. Ends the answer of a call whose steps
    /// are checkpointed.
    RunComplete,
    /// Call again. Known for the sake of servers: it belongs to endpoints that run a function in
    /// the request that starts it, which this crate does not serve.
    DiscoveryRequest,
}

/// One reported step. Its debug form shows neither arguments nor results: they hold people's data
/// and, for a model's call, a credential.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Op {
    /// Hex SHA-1 of the step's id.
    pub id: String,
    /// What is reported.
    pub op: OpCode,
    /// What the step is about; empty for [`OpCode::RunComplete`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The step's id as written, for people; empty for [`OpCode::RunComplete`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub display_name: String,
    /// Arguments of the operation; left out when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opts: Option<Value>,
    /// The result of a step that ran. `null`, not left out, where there is none: the official SDKs
    /// send it so, and Inngest's conformance runner tells the two apart.
    pub data: Option<Box<RawValue>>,
    /// The error of a step that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<ErrorBody>,
    /// The id as written and which repeat of it this is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) userland: Option<Userland>,
    /// When the body ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timing: Option<Timing>,
}

/// A step's id before it was hashed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Userland {
    pub id: String,
    /// From 1; none for the first use of an id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
}

/// A stretch of time, in nanoseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Timing {
    /// Since the Unix epoch.
    #[serde(rename = "a")]
    start: u64,
    #[serde(rename = "b")]
    length: u64,
}

const NANOS_IN_MILLI: u64 = 1_000_000;

impl Timing {
    /// From and to in milliseconds since the Unix epoch.
    pub(crate) fn between((start_ms, end_ms): (u64, u64)) -> Self {
        Self {
            start: start_ms.saturating_mul(NANOS_IN_MILLI),
            length: end_ms
                .saturating_sub(start_ms)
                .saturating_mul(NANOS_IN_MILLI),
        }
    }
}

impl Op {
    /// Hex SHA-1 of `complete`: what stands for the run itself.
    const COMPLETE: &str = "0737c22d3bfae812339732d14d8c7dbd6dc4e09c";

    /// No more than which step it is about and what is said of it.
    pub(crate) fn bare(id: String, op: OpCode) -> Self {
        Self {
            id,
            op,
            name: String::new(),
            display_name: String::new(),
            opts: None,
            data: None,
            error: None,
            userland: None,
            timing: None,
        }
    }

    /// The run's end.
    pub(crate) fn run_complete(result: Box<RawValue>) -> Self {
        Self {
            data: Some(result),
            ..Self::bare(Self::COMPLETE.to_owned(), OpCode::RunComplete)
        }
    }

    /// Whether a failed step failed for good; `None` for anything but a failed step.
    pub(crate) fn is_final_failure(&self) -> Option<bool> {
        match self.op {
            OpCode::StepFailed => Some(true),
            OpCode::StepError => Some(false),
            _ => None,
        }
    }
}

impl fmt::Debug for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Op")
            .field("op", &self.op)
            .field("display_name", &self.display_name)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::hash::Hash;

    #[test]
    fn the_end_of_a_run_has_the_id_that_servers_know() {
        assert_eq!(Op::COMPLETE, Hash::of("complete").to_string());
    }

    #[test]
    fn arguments_and_results_do_not_show() {
        let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
        let op = Op {
            opts: Some(json!({ "auth_key": "secret-key" })),
            ..Op::run_complete(raw("\"secret-result\""))
        };
        let shown = format!("{op:?}");
        assert!(!shown.contains("secret"), "{shown}");
    }
}
