//! Drives one call of a durable function to its answer.
//!
//! A step that the run does not remember parks the function's future. The driver polls under a
//! waker of its own until nothing moves, lets remembered steps go on one at a time in the order in
//! which they completed, and once only new steps wait it decides: report them, or run one body in
//! place by polling the same future with the real waker. Where the call checkpoints, that body's
//! result is remembered from then on, and the function goes on in the same future.

mod log;
mod turn;

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::answer::{Answer, Violation};
use crate::call::Call;
use crate::failure::{ErrorBody, Failure, Retry};
use crate::hash::Hash;
use crate::memory::Memo;
use crate::op::{Op, OpCode, Timing};
use crate::step::{Phase, Step};
use log::{Begin, Log};
use turn::{Turn, Turns};

/// What became of a step's body.
pub(crate) enum Outcome {
    Returned(Box<RawValue>),
    Failed(Failure),
    Unserializable(String),
}

type Body<'a, 'b> = Pin<&'a mut (dyn Future<Output = Result<Value, Failure>> + 'b)>;

/// Runs `function` as far as the run's memory carries it and says what comes next.
///
/// One step's body runs in a call, and many, one after the other, in one that [`crate::serve()`]
/// makes with checkpoints. Dropping the future drops the function and the body.
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
    run(&step, pin!(body)).await
}

/// The part of [`drive`] that is the same for every function.
async fn run(step: &Step, mut body: Body<'_, '_>) -> Answer {
    if let Some(op) = echo(step) {
        return Answer::op(op);
    }
    let turns = Turns::new(step);
    let mut log = Log::new(&step.call);
    loop {
        let slot = match turns.next(body.as_mut()) {
            Turn::Run(slot) => slot,
            Turn::Answer(answer) => return log.close(answer).await,
        };
        let began = match log.begin().await {
            Begin::At(time) => time,
            Begin::NoMore => {
                let plan = step.state.borrow().slots[slot].plan();
                return log.close(Answer::op(plan)).await;
            }
        };
        let outcome = execute(step, body.as_mut(), slot).await;
        let ended = log.time().await;
        let ran = outcome.and_then(|outcome| report(step, slot, outcome));
        let (mut op, retry_after) = match ran {
            Ok(ran) => ran,
            Err(violation) => return log.close(Answer::Misused(violation)).await,
        };
        op.timing = began.zip(ended).map(Timing::between);
        if op.op != OpCode::StepRun {
            let ops = vec![op];
            return log.close(Answer::Ops { ops, retry_after }).await;
        }
        let result = op.data.clone();
        if let Some(answer) = log.keep(op).await {
            return answer;
        }
        step.state.borrow_mut().remember(slot, result);
    }
}

/// A step that is asked for though the run remembers it (a call delivered twice) is reported
/// again, not run again.
fn echo(step: &Step) -> Option<Op> {
    let hash = step.call.target.as_ref()?;
    let state = step.state.borrow();
    let bare = |code| Op::bare(hash.clone(), code);
    Some(match state.memory.peek(Hash::parse(hash)?)? {
        Memo::Data(data) => Op {
            data: Some(data.clone()),
            ..bare(OpCode::StepRun)
        },
        Memo::Error(error) => Op {
            data: error.serialized(),
            error: Some((**error).clone()),
            ..bare(OpCode::StepFailed)
        },
    })
}

/// Runs one step's body to its end.
async fn execute(step: &Step, mut body: Body<'_, '_>, slot: usize) -> Result<Outcome, Violation> {
    step.state.borrow_mut().resume(slot, Phase::Granted);
    poll_fn(|context| {
        let polled = body.as_mut().poll(context);
        let mut state = step.state.borrow_mut();
        if let Some(violation) = state.violation.take() {
            return Poll::Ready(Err(violation));
        }
        match (state.outcome.take(), polled) {
            (Some(outcome), _) => Poll::Ready(Ok(outcome)),
            (None, Poll::Pending) if state.begun == Some(slot) => Poll::Pending,
            // The function went on without the step, or does not await it any more.
            (None, _) => {
                let id = state.slots[slot].id.clone();
                Poll::Ready(Err(Violation::StepAbandoned { id }))
            }
        }
    })
    .await
}

/// Reports a body that came to its end; a failed one is to be tried again (with the time to wait
/// that it asks for), or failed for good.
fn report(step: &Step, slot: usize, outcome: Outcome) -> Result<(Op, Option<Duration>), Violation> {
    let state = step.state.borrow();
    let slot = &state.slots[slot];
    let failure = match outcome {
        Outcome::Returned(data) => {
            let op = Op {
                data: Some(data),
                ..slot.op(OpCode::StepRun)
            };
            return Ok((op, None));
        }
        Outcome::Unserializable(reason) => {
            let id = slot.id.clone();
            return Err(Violation::ResultUnserializable { id, reason });
        }
        Outcome::Failed(failure) => failure,
    };
    let retry = failure.retry;
    let error = ErrorBody::from(failure);
    if retry == Retry::Never || step.call.context.is_last_attempt() {
        let op = Op {
            data: error.serialized(),
            error: Some(error),
            ..slot.op(OpCode::StepFailed)
        };
        return Ok((op, None));
    }
    let retry_after = match retry {
        Retry::After(delay) => Some(delay),
        Retry::Default | Retry::Never => None,
    };
    let op = Op {
        error: Some(error),
        ..slot.op(OpCode::StepError)
    };
    Ok((op, retry_after))
}
