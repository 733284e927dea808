//! One call from the server: which run, which step, and what the run remembers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// An event that started the run, or that a step waited for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The event's id, its deduplication key.
    #[serde(default)]
    pub id: Option<String>,
    /// The event's name.
    #[serde(default)]
    pub name: String,
    /// The payload.
    #[serde(default)]
    pub data: Value,
    /// Milliseconds since the Unix epoch.
    #[serde(default)]
    pub ts: Option<i64>,
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
    /// How often it may be tried in all.
    pub max_attempts: Option<u32>,
    /// The event that started the run.
    pub event: Event,
    /// All the events that started the run: one, unless the function takes batches.
    pub events: Vec<Event>,
}

/// One call, parsed.
#[derive(Clone, Debug, Default)]
pub struct Call {
    pub(crate) context: CallContext,
    pub(crate) steps: BTreeMap<String, Box<RawValue>>,
    pub(crate) order: Vec<String>,
    pub(crate) target: Option<String>,
    pub(crate) immediate: bool,
}
