//! Drives one call of a durable function to its answer.
//!
//! A step that the run does not remember parks the function's future. The driver polls under a
//! waker of its own until nothing moves, lets remembered steps go on one at a time in the order in
//! which they completed, and once only new steps wait it decides: report them, or run one body in
//! place by polling the same future with the real waker.

use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::answer::{Answer, Violation};
use crate::call::{Call, Memo};
use crate::failure::{ErrorBody, Failure, Retry};
use crate::op::{Op, OpCode};
use crate::step::{Phase, Step};

/// A future that wakes itself this often in a row without any step moving waits for something
/// that is not a step. Far above the few polls in which combinators settle.
const MAX_IDLE_POLLS: u32 = 10_000;

/// What became of a step's body.
pub(crate) enum Outcome {
    Returned(Box<RawValue>),
    Failed(Failure),
    Unserializable(String),
}

type Body<'a, 'b> = Pin<&'a mut (dyn Future<Output = Result<Value, Failure>> + 'b)>;

/// Runs `function` as far as the run's memory carries it and says what comes next.
///
/// At most one step's body runs in one call. Dropping the future drops the function and the body.
pub async fn drive<T, F>(call: Call, function: F) -> Answer
where
    T: Serialize,
    F: AsyncFnOnce(&Step) -> Result<T, Failure>,
{
    let step = Step::new(call);
    let body = async {
        let value = function(&step).await?;
        serde_json::to_value(value).map_err(|error| {
            let (id, reason) = ("function".to_owned(), error.to_string());
            step.state
                .borrow_mut()
                .violate(Violation::ResultUnserializable { id, reason });
            Failure::fatal(
                "ResultUnserializable",
                "the result cannot be written as JSON",
            )
        })
    };
    replay(&step, pin!(body)).await
}

/// Notices whether anything asked for another poll.
struct Probe(AtomicBool);

impl Wake for Probe {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The part of [`drive`] that is the same for every function.
async fn replay(step: &Step, mut body: Body<'_, '_>) -> Answer {
    if let Some(op) = echo(step) {
        return Answer::Ops {
            ops: vec![op],
            retry_after: None,
        };
    }
    let order: BTreeMap<String, usize> = step
        .call
        .order
        .iter()
        .cloned()
        .enumerate()
        .map(|(rank, hash)| (hash, rank))
        .collect();
    loop {
        if let Some(answer) = settle(step, body.as_mut()) {
            return answer;
        }
        let target = step.call.target.as_deref();
        if let Some(slot) = target.and_then(|hash| parked(step, hash)) {
            return execute(step, body, slot).await;
        }
        if step.state.borrow_mut().release_next(&order) {
            continue;
        }
        let before = waiting(step);
        step.state.borrow_mut().roll_call();
        if let Some(answer) = settle(step, body.as_mut()) {
            return answer;
        }
        if waiting(step) != before {
            continue;
        }
        return match decide(step) {
            Decision::Answer(answer) => answer,
            Decision::Execute(slot) => execute(step, body, slot).await,
        };
    }
}

/// Polls until nothing moves; an answer if the function came to its end or broke a rule.
fn settle(step: &Step, mut body: Body<'_, '_>) -> Option<Answer> {
    let probe = Arc::new(Probe(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&probe));
    let mut context = Context::from_waker(&waker);
    for _ in 0..MAX_IDLE_POLLS {
        let polled = body.as_mut().poll(&mut context);
        if let Some(violation) = step.state.borrow_mut().violation.take() {
            return Some(Answer::Misused(violation));
        }
        match polled {
            Poll::Ready(result) => return Some(ended(step, result)),
            Poll::Pending if !probe.0.swap(false, Ordering::Relaxed) => return None,
            Poll::Pending => {}
        }
    }
    Some(Answer::Misused(Violation::ForeignAwait))
}

/// The answer of a function that came to its end.
fn ended(step: &Step, result: Result<Value, Failure>) -> Answer {
    match (&step.call.target, result) {
        // The server waits for that step's result and would take anything else for it.
        (Some(hash), _) => Answer::Misused(Violation::TargetNotReached { hash: hash.clone() }),
        (None, Ok(value)) => Answer::Finished(value),
        (None, Err(failure)) => Answer::Failed(failure),
    }
}

/// A step that is asked for though the run remembers it (a call delivered twice) is reported
/// again, not run again.
fn echo(step: &Step) -> Option<Op> {
    let hash = step.call.target.as_ref()?;
    let (op, data, error) = match step.call.recall(hash, OpCode::StepRun)? {
        Memo::Data(data) => (OpCode::StepRun, Some(data), None),
        Memo::Error(error) => (OpCode::StepFailed, error.serialized(), Some(*error)),
        Memo::Malformed => return None,
    };
    let (id, name) = (hash.clone(), String::new());
    Some(Op {
        id,
        op,
        name: name.clone(),
        display_name: name,
        opts: None,
        data,
        error,
    })
}

/// The parked step of that hash.
fn parked(step: &Step, hash: &str) -> Option<usize> {
    let state = step.state.borrow();
    state
        .parked
        .iter()
        .copied()
        .find(|&slot| state.slots[slot].hash == hash)
}

/// How much the function has named and how much of it waits.
fn waiting(step: &Step) -> (usize, usize) {
    let state = step.state.borrow();
    (state.slots.len(), state.parked.len())
}

enum Decision {
    Answer(Answer),
    Execute(usize),
}

/// Only new steps wait: what to do about them.
fn decide(step: &Step) -> Decision {
    let state = step.state.borrow();
    let misused = |violation| Decision::Answer(Answer::Misused(violation));
    if let Some(hash) = &step.call.target {
        return misused(Violation::TargetNotReached { hash: hash.clone() });
    }
    let new = state.new_steps();
    let Some(&first) = new.first() else {
        return misused(Violation::ForeignAwait);
    };
    let reached: BTreeSet<&str> = state.slots.iter().map(|slot| slot.hash.as_str()).collect();
    if let Some(hash) = step.call.remembered().find(|hash| !reached.contains(hash)) {
        let (hash, id) = (hash.to_owned(), state.slots[first].id.clone());
        return misused(Violation::StepsChanged { hash, id });
    }
    let runs = |slot: usize| state.slots[slot].ask.code == OpCode::StepRun;
    if new.len() == 1 && step.call.immediate && runs(first) {
        return Decision::Execute(first);
    }
    let ops = new.iter().map(|&slot| state.slots[slot].plan()).collect();
    Decision::Answer(Answer::Ops {
        ops,
        retry_after: None,
    })
}

/// Runs one step's body and reports it.
async fn execute(step: &Step, mut body: Body<'_, '_>, slot: usize) -> Answer {
    {
        let mut state = step.state.borrow_mut();
        if state.slots[slot].ask.code != OpCode::StepRun {
            // Nothing of ours to run: report the step once more.
            return Answer::Ops {
                ops: vec![state.slots[slot].plan()],
                retry_after: None,
            };
        }
        state.resume(slot, Phase::Granted);
    }
    poll_fn(|context| {
        let polled = body.as_mut().poll(context);
        let mut state = step.state.borrow_mut();
        if let Some(violation) = state.violation.take() {
            return Poll::Ready(Answer::Misused(violation));
        }
        let outcome = state.outcome.take();
        let op = |code| state.slots[slot].op(code);
        let id = || state.slots[slot].id.clone();
        match (outcome, polled) {
            (Some(outcome), _) => Poll::Ready(report(step, outcome, op)),
            (None, Poll::Pending) if state.begun == Some(slot) => Poll::Pending,
            // The function went on without the step, or does not await it any more.
            (None, _) => Poll::Ready(Answer::Misused(Violation::StepAbandoned { id: id() })),
        }
    })
    .await
}

/// Reports a body that came to its end; a failed one is to be tried again, or failed for good.
fn report(step: &Step, outcome: Outcome, op: impl Fn(OpCode) -> Op) -> Answer {
    let failure = match outcome {
        Outcome::Returned(data) => {
            let op = Op {
                data: Some(data),
                ..op(OpCode::StepRun)
            };
            return Answer::Ops {
                ops: vec![op],
                retry_after: None,
            };
        }
        Outcome::Unserializable(reason) => {
            let id = op(OpCode::StepRun).display_name;
            return Answer::Misused(Violation::ResultUnserializable { id, reason });
        }
        Outcome::Failed(failure) => failure,
    };
    let retry = failure.retry;
    let error = ErrorBody::from(failure);
    if retry == Retry::Never || step.call.context.is_last_attempt() {
        let data = error.serialized();
        let op = Op {
            data,
            error: Some(error),
            ..op(OpCode::StepFailed)
        };
        return Answer::Ops {
            ops: vec![op],
            retry_after: None,
        };
    }
    let retry_after = match retry {
        Retry::After(delay) => Some(delay),
        Retry::Default | Retry::Never => None,
    };
    let op = Op {
        error: Some(error),
        ..op(OpCode::StepError)
    };
    Answer::Ops {
        ops: vec![op],
        retry_after,
    }
}
