//! The handle through which a durable function names its steps.

mod ids;
mod infer;
mod invoke;
mod race;
mod send;
mod state;
mod ticket;
mod wait;

use std::borrow::Cow;
use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};

use crate::answer::Violation;
use crate::call::{Call, CallContext, Event, InvalidData};
use crate::drive::Outcome;
use crate::failure::{Failure, StepError};
use crate::memory::Memo;
use crate::op::OpCode;
use ids::Named;
pub use infer::{Inference, ModelFormat};
pub use invoke::FunctionRef;
pub(crate) use state::{Ask, Phase, Slot, State};
use ticket::{Recorded, Resume, Running, Ticket};
pub use wait::{OnConflict, Signal, WaitFor, WaitForSignal};

/// The steps of one call of a durable function.
///
/// Every method takes an id and gives a future that does nothing until it is awaited. An id may
/// repeat: repeats are told apart by the order of the calls, so ids in loops and concurrent
/// branches should carry what they are about.
pub struct Step {
    pub(crate) call: Call,
    pub(crate) state: RefCell<State>,
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

    /// The data of the event that started the run.
    ///
    /// # Errors
    /// It does not fit `T`.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T, InvalidData> {
        self.call.context.event.decode()
    }

    /// The data of all the events that started the run, for functions that take batches.
    ///
    /// # Errors
    /// That of one of them does not fit `T`.
    pub fn inputs<T: DeserializeOwned>(&self) -> Result<Vec<T>, InvalidData> {
        let events = self.call.context.events.iter();
        events.map(Event::decode).collect()
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
        let ticket = self.name(id.into(), Ask::new(OpCode::StepRun));
        async move { self.go(ticket, body).await }
    }

    /// Takes a place for a step; this, not the first poll, fixes a repeat's number.
    fn name(&self, id: Cow<'_, str>, mut ask: Ask) -> Ticket<'_> {
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
        if state.in_race {
            ask.race();
        }
        match state.ids.next(&id) {
            Ok(Named { hash, index }) => {
                let known = state.memory.take(hash);
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

    /// An argument as JSON; one that cannot be written ends the call.
    fn argument(&self, id: &str, argument: impl Serialize) -> serde_json::Value {
        serde_json::to_value(argument).unwrap_or_else(|error| {
            let (id, reason) = (id.to_owned(), error.to_string());
            self.state
                .borrow_mut()
                .violate(Violation::ArgumentUnserializable { id, reason });
            serde_json::Value::Null
        })
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
