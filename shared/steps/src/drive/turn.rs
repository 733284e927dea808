//! The synchronous part of a call: how far the run's memory carries the function, and what is to
//! be done where it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use super::Body;
use crate::answer::{Answer, Violation};
use crate::failure::{Failure, Retry};
use crate::hash::Hash;
use crate::op::OpCode;
use crate::step::Step;

/// A future that wakes itself this often in a row without any step moving waits for something
/// that is not a step. Far above the few polls in which combinators settle.
const MAX_IDLE_POLLS: u32 = 10_000;

/// What is to be done next.
pub(super) enum Turn {
    /// Run the body of this step.
    Run(usize),
    /// The call is over.
    Answer(Answer),
}

/// Notices whether anything asked for another poll.
struct Probe(AtomicBool);

impl Wake for Probe {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Polls one function until it needs something that its run does not remember.
pub(super) struct Turns<'a> {
    step: &'a Step,
    /// The one step that is asked for.
    target: Option<Hash>,
    probe: Arc<Probe>,
    waker: Waker,
}

impl<'a> Turns<'a> {
    pub(super) fn new(step: &'a Step) -> Self {
        let probe = Arc::new(Probe(AtomicBool::new(false)));
        let waker = Waker::from(Arc::clone(&probe));
        let target = step.call.target.as_deref().and_then(Hash::parse);
        Self {
            step,
            target,
            probe,
            waker,
        }
    }

    /// Carries the function on, from where it is.
    pub(super) fn next(&self, mut body: Body<'_, '_>) -> Turn {
        let step = self.step;
        loop {
            if let Some(answer) = self.settle(body.as_mut()) {
                return Turn::Answer(answer);
            }
            if let Some(slot) = self.target.and_then(|hash| parked(step, hash)) {
                return run_or_plan(step, slot);
            }
            if step.state.borrow_mut().release_next() {
                continue;
            }
            let before = waiting(step);
            step.state.borrow_mut().roll_call();
            if let Some(answer) = self.settle(body.as_mut()) {
                return Turn::Answer(answer);
            }
            if waiting(step) == before {
                return decide(step);
            }
        }
    }

    /// Polls until nothing moves; an answer if the function came to its end or broke a rule.
    fn settle(&self, mut body: Body<'_, '_>) -> Option<Answer> {
        let mut context = Context::from_waker(&self.waker);
        for _ in 0..MAX_IDLE_POLLS {
            self.probe.0.store(false, Ordering::Relaxed);
            let polled = body.as_mut().poll(&mut context);
            if let Some(violation) = self.step.state.borrow_mut().violation.take() {
                return Some(Answer::Misused(violation));
            }
            match polled {
                Poll::Ready(result) => return Some(ended(self.step, result)),
                Poll::Pending if !self.probe.0.load(Ordering::Relaxed) => return None,
                Poll::Pending => {}
            }
        }
        Some(Answer::Misused(Violation::ForeignAwait))
    }
}

/// The answer of a function that came to its end.
fn ended(step: &Step, result: Result<serde_json::Value, Failure>) -> Answer {
    match (&step.call.target, result) {
        // The server waits for that step's result and would take anything else for it.
        (Some(hash), _) => Answer::Misused(Violation::TargetNotReached { hash: hash.clone() }),
        (None, Ok(value)) => Answer::Finished(value),
        // As with a step's body: there is nothing to wait for after the last attempt.
        (None, Err(failure)) if step.call.context.is_last_attempt() => {
            Answer::Failed(failure.with_retry(Retry::Never))
        }
        (None, Err(failure)) => Answer::Failed(failure),
    }
}

/// The parked step of that hash.
fn parked(step: &Step, hash: Hash) -> Option<usize> {
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

/// Does the step that is asked for: one without a body is reported once more.
fn run_or_plan(step: &Step, slot: usize) -> Turn {
    let state = step.state.borrow();
    match state.slots[slot].ask.code {
        OpCode::StepRun => Turn::Run(slot),
        _ => Turn::Answer(Answer::op(state.slots[slot].plan())),
    }
}

/// Only new steps wait: what to do about them.
fn decide(step: &Step) -> Turn {
    let state = step.state.borrow();
    let misused = |violation| Turn::Answer(Answer::Misused(violation));
    if let Some(hash) = &step.call.target {
        return misused(Violation::TargetNotReached { hash: hash.clone() });
    }
    let new = state.new_steps();
    let Some(&first) = new.first() else {
        return misused(Violation::ForeignAwait);
    };
    if let Some(hash) = state.memory.unreached() {
        let (hash, id) = (hash.to_string(), state.slots[first].id.clone());
        return misused(Violation::StepsChanged { hash, id });
    }
    let runs = |slot: usize| {
        let ask = &state.slots[slot].ask;
        ask.code == OpCode::StepRun && !ask.in_race
    };
    if new.len() == 1 && step.call.immediate && runs(first) {
        return Turn::Run(first);
    }
    let ops = new.iter().map(|&slot| state.slots[slot].plan()).collect();
    Turn::Answer(Answer::Ops {
        ops,
        retry_after: None,
    })
}
