//! The handle through which a durable function names its steps.

mod ids;
mod state;
mod ticket;

use std::borrow::Cow;
use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};

use crate::answer::Violation;
use crate::call::{Call, CallContext};
use crate::client::OutgoingEvent;
use crate::drive::Outcome;
use crate::duration::time_string;
use crate::failure::{Failure, StepError};
use crate::memory::Memo;
use crate::op::OpCode;
use ids::Named;
#[cfg(test)]
pub(crate) use ids::hash;
pub(crate) use state::{Ask, Phase, Slot, State};
use ticket::{Recorded, Resume, Running, Ticket};

/// What [`Step::wait_for_event`] waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitFor {
    /// The event's name.
    pub event: String,
    /// For how long, to the millisecond.
    pub timeout: Duration,
    /// Condition over `event` (the run's) and `async` (the one waited for).
    pub if_expr: Option<String>,
}

/// The steps of one call of a durable function.
///
/// Every method takes an id and gives a future that does nothing until it is awaited. An id may
/// repeat: repeats are told apart by the order of the calls, so ids in loops and concurrent
/// branches should carry what they are about.
pub struct Step {
    pub(crate) call: Call,
    pub(crate) state: RefCell<State>,
}

/// What a `send_event` step remembers.
#[derive(Serialize, Deserialize)]
struct SentIds {
    ids: Vec<String>,
}

impl Step {
    pub(crate) fn new(mut call: Call) -> Self {
        let memory = std::mem::take(&mut call.memory);
        let state = State {
            memory,
            ..State::default()
        };
        Self {
            call,
            state: RefCell::new(state),
        }
    }

    /// What is known about the present call.
    pub fn call(&self) -> &CallContext {
        &self.call.context
    }

    /// Runs `body` once and remembers its result.
    ///
    /// The body runs at least once (a result can be lost on its way): give what it calls an
    /// idempotency key. Its result should be small.
    ///
    /// # Errors
    /// The body failed for good: finally, or on its last attempt.
    pub fn run<'a, T, F>(
        &'a self,
        id: impl Into<Cow<'a, str>>,
        body: F,
    ) -> impl Future<Output = Result<T, StepError>>
    where
        T: Serialize + DeserializeOwned,
        F: AsyncFn() -> Result<T, Failure>,
    {
        let id = id.into();
        let ask = Ask {
            code: OpCode::StepRun,
            name: None,
            opts: None,
        };
        let ticket = self.name(id, ask);
        async move { self.go(ticket, body).await }
    }

    /// Waits (to the millisecond), holding nothing while it does.
    ///
    /// # Errors
    /// None that the protocol knows of.
    pub fn sleep<'a>(
        &'a self,
        id: impl Into<Cow<'a, str>>,
        duration: Duration,
    ) -> impl Future<Output = Result<(), StepError>> {
        let duration = time_string(duration);
        let opts = json!({ "duration": duration });
        let ask = Ask {
            code: OpCode::Sleep,
            name: Some(duration),
            opts: Some(opts),
        };
        let ticket = self.name(id.into(), ask);
        async move {
            let slot = ticket.slot;
            // What a sleep is remembered by (`null`) says nothing.
            match ticket.await {
                Resume::Memo(Memo::Error(error)) => Err((*error).into()),
                Resume::Memo(_) => Ok(()),
                Resume::Go => self.abandon(slot).await,
            }
        }
    }

    /// Runs another function (`<app>-<function>`) with `data` and waits for its result, for at
    /// most `timeout` (the server's longest if `None`).
    ///
    /// # Errors
    /// That function failed for good, does not exist, or took too long.
    pub fn invoke<'a, T: DeserializeOwned>(
        &'a self,
        id: impl Into<Cow<'a, str>>,
        function: &str,
        data: impl Serialize,
        timeout: Option<Duration>,
    ) -> impl Future<Output = Result<T, StepError>> {
        let id = id.into();
        let data = serde_json::to_value(data).unwrap_or_else(|error| {
            let reason = error.to_string();
            let id = id.clone().into_owned();
            self.state
                .borrow_mut()
                .violate(Violation::ResultUnserializable { id, reason });
            serde_json::Value::Null
        });
        let mut opts = json!({ "function_id": function, "payload": { "data": data } });
        if let Some(timeout) = timeout {
            opts["timeout"] = time_string(timeout).into();
        }
        let ask = Ask {
            code: OpCode::InvokeFunction,
            name: None,
            opts: Some(opts),
        };
        let ticket = self.name(id, ask);
        async move { self.recall(ticket).await }
    }

    /// Waits for an event, given whole ([`crate::Event`] fits); `None` when the time is up first.
    ///
    /// # Errors
    /// None that the protocol knows of.
    pub fn wait_for_event<'a, T: DeserializeOwned>(
        &'a self,
        id: impl Into<Cow<'a, str>>,
        wait: WaitFor,
    ) -> impl Future<Output = Result<Option<T>, StepError>> {
        let mut opts = json!({ "event": wait.event, "timeout": time_string(wait.timeout) });
        if let Some(expression) = wait.if_expr {
            opts["if"] = expression.into();
        }
        let ask = Ask {
            code: OpCode::WaitForEvent,
            name: Some(wait.event),
            opts: Some(opts),
        };
        let ticket = self.name(id.into(), ask);
        async move { self.recall(ticket).await }
    }

    /// Sends events as one step and gives their ids. `send` posts
    /// [`crate::client::event_request`] and reads the answer with
    /// [`crate::client::parse_event_response`].
    ///
    /// # Errors
    /// They could not be sent, for good.
    pub fn send_event<'a, F>(
        &'a self,
        id: impl Into<Cow<'a, str>>,
        events: Vec<OutgoingEvent>,
        send: F,
    ) -> impl Future<Output = Result<Vec<String>, StepError>>
    where
        F: AsyncFn(&[OutgoingEvent]) -> Result<Vec<String>, Failure>,
    {
        let opts = json!({ "type": "step.sendEvent" });
        let ask = Ask {
            code: OpCode::StepRun,
            name: Some("sendEvent".to_owned()),
            opts: Some(opts),
        };
        let ticket = self.name(id.into(), ask);
        async move {
            let body = async || send(&events).await.map(|ids| SentIds { ids });
            self.go(ticket, body).await.map(|sent| sent.ids)
        }
    }

    /// Takes a place for a step; this, not the first poll, fixes a repeat's number.
    fn name(&self, id: Cow<'_, str>, ask: Ask) -> Ticket<'_> {
        let mut state = self.state.borrow_mut();
        let id = id.into_owned();
        if let Some(outer) = state.in_body {
            let outer = state.slots[outer].id.clone();
            state.violate(Violation::NestedStep { outer, inner: id });
            return Ticket {
                step: self,
                slot: None,
            };
        }
        match state.ids.next(&id) {
            Ok(Named { hash, index }) => {
                let known = state.memory.take(&hash);
                let (memo, rank) =
                    known.map_or((None, usize::MAX), |step| (Some(step.memo), step.rank));
                let (phase, waker, polled) = (Phase::Named, None, 0);
                state.slots.push(Slot {
                    id,
                    index,
                    hash,
                    ask,
                    memo,
                    rank,
                    phase,
                    waker,
                    polled,
                });
                Ticket {
                    step: self,
                    slot: Some(state.slots.len() - 1),
                }
            }
            Err(id) => {
                state.violate(Violation::IdCollision { id });
                Ticket {
                    step: self,
                    slot: None,
                }
            }
        }
    }

    /// A step with a body: what it is remembered by, or its body run now.
    async fn go<T, F>(&self, ticket: Ticket<'_>, body: F) -> Result<T, StepError>
    where
        T: Serialize + DeserializeOwned,
        F: AsyncFn() -> Result<T, Failure>,
    {
        let slot = ticket.slot;
        let memo = match (ticket.await, slot) {
            (Resume::Memo(memo), _) => memo,
            (Resume::Go, None) => pending().await,
            (Resume::Go, Some(slot)) => {
                let body = async {
                    let value = body().await.map_err(Outcome::Failed)?;
                    to_raw_value(&value).map_err(|error| Outcome::Unserializable(error.to_string()))
                };
                self.run_body(slot, pin!(body)).await;
                // Not the value itself: the code must see what it sees on every replay.
                Recorded { step: self, slot }.await
            }
        };
        self.decode(slot, memo).await
    }

    /// A step without a body: what it is remembered by.
    async fn recall<T: DeserializeOwned>(&self, ticket: Ticket<'_>) -> Result<T, StepError> {
        let slot = ticket.slot;
        match ticket.await {
            Resume::Memo(memo) => self.decode(slot, memo).await,
            Resume::Go => self.abandon(slot).await,
        }
    }

    /// Runs a granted body to its end and records what became of it.
    async fn run_body(
        &self,
        slot: usize,
        mut body: Pin<&mut dyn Future<Output = Result<Box<RawValue>, Outcome>>>,
    ) {
        let running = Running { step: self, slot };
        let result = poll_fn(|context| running.poll(body.as_mut(), context)).await;
        let outcome = result.map_or_else(|outcome| outcome, Outcome::Returned);
        self.state.borrow_mut().outcome = Some(outcome);
    }

    /// Reads what a step is remembered by; one that does not fit its type ends the call.
    async fn decode<T: DeserializeOwned>(
        &self,
        slot: Option<usize>,
        memo: Memo,
    ) -> Result<T, StepError> {
        let value = match memo {
            Memo::Data(raw) => serde_json::from_str(raw.get()).ok(),
            Memo::Error(error) => return Err((*error).into()),
        };
        match (value, slot) {
            (Some(value), _) => Ok(value),
            (None, Some(slot)) => {
                {
                    let mut state = self.state.borrow_mut();
                    let id = state.slots[slot].id.clone();
                    let expected = std::any::type_name::<T>().to_owned();
                    state.violate(Violation::ResultMismatch { id, expected });
                }
                pending().await
            }
            (None, None) => pending().await,
        }
    }

    /// Only steps with a body are ever granted.
    async fn abandon<T>(&self, slot: Option<usize>) -> T {
        if let Some(slot) = slot {
            let mut state = self.state.borrow_mut();
            let id = state.slots[slot].id.clone();
            state.violate(Violation::StepAbandoned { id });
        }
        pending().await
    }
}
