//! One call from the server: which run, which step, and what the run remembers.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::checkpoint::{Checkpoints, Link};
use crate::failure::Failure;
use crate::memory::{Memory, Recorded, Stack};

/// An event that started the run, or that a step waited for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The event's id, its deduplication key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The event's name.
    #[serde(default)]
    pub name: String,
    /// The payload.
    #[serde(default)]
    pub data: Value,
    /// Milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ts: Option<i64>,
}

impl Event {
    /// The payload as a `T`.
    ///
    /// # Errors
    /// It does not fit.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, InvalidData> {
        T::deserialize(&self.data).map_err(|_| InvalidData {
            event: self.name.clone(),
            expected: std::any::type_name::<T>(),
        })
    }
}

/// An event whose payload does not fit a type. Says no word of the payload. As a [`Failure`] it is
/// final: the payload will not fit on a retry either.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the data of event `{event}` does not fit `{expected}`")]
pub struct InvalidData {
    /// The event's name.
    pub event: String,
    /// The Rust type that was expected.
    pub expected: &'static str,
}

impl From<InvalidData> for Failure {
    fn from(error: InvalidData) -> Self {
        Self::fatal("InvalidData", error.to_string())
    }
}

/// What a durable function may know about its call.
#[derive(Clone, Debug, Default)]
pub struct CallContext {
    /// The run's id: the same on every call of one run.
    pub run_id: String,
    /// The function's id as the server knows it.
    pub fn_id: String,
    /// How often the present step (or the function) was tried before, from 0.
    pub attempt: u32,
    /// How often it may be tried in all, if the server says so.
    pub max_attempts: Option<u32>,
    /// The event that started the run.
    pub event: Event,
    /// All the events that started the run: one, unless the function takes batches.
    pub events: Vec<Event>,
}

impl CallContext {
    /// Whether a failure now is the last one.
    pub fn is_last_attempt(&self) -> bool {
        self.max_attempts
            .is_some_and(|most| self.attempt.saturating_add(1) >= most)
    }
}

/// One call, parsed.
#[derive(Clone, Debug, Default)]
pub struct Call {
    pub(crate) context: CallContext,
    pub(crate) memory: Memory,
    /// The hashed id of the one step to run.
    pub(crate) target: Option<String>,
    /// Whether a single new step may run in this very call.
    pub(crate) immediate: bool,
    /// Whether events and memory must be fetched: they were too large to be sent.
    pub(crate) use_api: bool,
    /// Hashed ids in the order in which the steps completed; empty once the memory knows it.
    stack: Stack,
    /// What the server calls its own request by; without it there are no checkpoints.
    pub(crate) queue_item: Option<String>,
    /// To whoever polls the call.
    pub(crate) link: Option<Link>,
    /// How steps are checkpointed, if they are.
    pub(crate) checkpoints: Option<Checkpoints>,
}

/// A call that cannot be read. Says where, not what: bodies hold people's data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the call's body is not what the protocol says, at line {line} column {column}")]
pub struct CallError {
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
}

impl From<serde_json::Error> for CallError {
    fn from(error: serde_json::Error) -> Self {
        Self {
            line: error.line(),
            column: error.column(),
        }
    }
}

#[derive(Deserialize)]
struct Wire {
    ctx: WireContext,
    #[serde(default, deserialize_with = "or_default")]
    event: Event,
    #[serde(default, deserialize_with = "or_default")]
    events: Vec<Event>,
    #[serde(default, deserialize_with = "or_default")]
    steps: Recorded,
    #[serde(default)]
    use_api: bool,
}

#[derive(Deserialize)]
struct WireContext {
    run_id: String,
    #[serde(default, deserialize_with = "or_default")]
    fn_id: String,
    #[serde(default)]
    attempt: u32,
    max_attempts: Option<u32>,
    #[serde(default)]
    disable_immediate_execution: bool,
    #[serde(default)]
    use_api: bool,
    qi_id: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    stack: WireStack,
}

#[derive(Default, Deserialize)]
struct WireStack {
    #[serde(default, deserialize_with = "or_default")]
    stack: Stack,
}

/// Servers write `null` for what is empty.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Call {
    /// Reads a call's body. `step_id` is the query's `stepId`: `step` to find out what is new, or
    /// the hashed id of the one step to run.
    ///
    /// # Errors
    /// The body is not a call.
    pub fn parse(body: &[u8], step_id: Option<&str>) -> Result<Self, CallError> {
        let Wire {
            ctx,
            event,
            mut events,
            steps,
            use_api,
        } = serde_json::from_slice(body)?;
        if events.is_empty() {
            events.push(event.clone());
        }
        Ok(Self {
            context: CallContext {
                run_id: ctx.run_id,
                fn_id: ctx.fn_id,
                attempt: ctx.attempt,
                max_attempts: ctx.max_attempts,
                event,
                events,
            },
            memory: steps.into_memory(&ctx.stack.stack),
            target: step_id
                .filter(|id| !id.is_empty() && *id != "step")
                .map(str::to_owned),
            immediate: !ctx.disable_immediate_execution,
            use_api: ctx.use_api || use_api,
            stack: ctx.stack.stack,
            queue_item: ctx.qi_id.filter(|id| !id.is_empty()),
            link: None,
            checkpoints: None,
        })
    }

    /// Fills in events and memory that were fetched.
    pub(crate) fn complete(&mut self, batch: &[u8], actions: &[u8]) -> Result<(), CallError> {
        self.context.events = serde_json::from_slice(batch)?;
        if let Some(first) = self.context.events.first() {
            self.context.event = first.clone();
        }
        let steps: Recorded = serde_json::from_slice(actions)?;
        self.memory = steps.into_memory(&self.stack);
        self.use_api = false;
        Ok(())
    }

    /// Whether the call's steps can be checkpointed: not if it asks for one step or wants all
    /// planned, nor if the server did not say what to call its request by.
    pub(crate) fn may_checkpoint(&self) -> bool {
        let asked_by = self.queue_item.is_some() && !self.context.fn_id.is_empty();
        asked_by && self.target.is_none() && self.immediate
    }
}
