//! What a call has done so far and not reported, and when it is time to report it.

use serde_json::value::to_raw_value;

use crate::answer::{Answer, Violation};
use crate::call::Call;
use crate::checkpoint::{Checkpointed, Checkpoints, Link};
use crate::failure::Failure;
use crate::op::Op;

/// The steps that ran in this call.
pub(super) struct Log {
    link: Option<Link>,
    /// How to checkpoint; the first step ends the call if `None`.
    checkpoints: Option<Checkpoints>,
    /// The call is a retry. Its first step goes out in the answer, so that the next one has
    /// attempts of its own.
    is_retry: bool,
    unreported: Vec<Op>,
    call_began_ms: u64,
    reported_ms: u64,
}

/// Whether a step may begin.
pub(super) enum Begin {
    /// Now, in milliseconds since the Unix epoch if there is a clock.
    At(Option<u64>),
    /// The call took its time: the step gets a call of its own.
    NoMore,
}

impl Log {
    pub(super) fn new(call: &Call) -> Self {
        let link = call.link.clone();
        let now = link.as_ref().map_or(0, Link::now_ms);
        Self {
            checkpoints: call.checkpoints.filter(|_| link.is_some()),
            link,
            is_retry: call.context.attempt > 0,
            unreported: Vec::new(),
            call_began_ms: now,
            reported_ms: now,
        }
    }

    /// The time, if there is a clock.
    pub(super) async fn time(&self) -> Option<u64> {
        match &self.link {
            Some(link) => Some(link.time().await),
            None => None,
        }
    }

    /// Asks whether another step may begin.
    pub(super) async fn begin(&self) -> Begin {
        let now = self.time().await;
        let over = |checkpoints: Checkpoints| {
            let limit = checkpoints.max_runtime;
            let took = now.unwrap_or_default().saturating_sub(self.call_began_ms);
            !limit.is_zero() && u128::from(took) >= limit.as_millis()
        };
        if self.checkpoints.is_some_and(over) {
            Begin::NoMore
        } else {
            Begin::At(now)
        }
    }

    /// Takes in a step that ran. An answer ends the call; without one the function goes on.
    pub(super) async fn keep(&mut self, op: Op) -> Option<Answer> {
        let Some(checkpoints) = self.checkpoints.filter(|_| !self.is_retry) else {
            return Some(Answer::op(op));
        };
        self.unreported.push(op);
        let now = self.link.as_ref().map_or(0, Link::now_ms);
        let waited = u128::from(now.saturating_sub(self.reported_ms));
        let interval = checkpoints.max_interval;
        let is_full = self.unreported.len() >= checkpoints.buffered_steps as usize;
        if is_full || (!interval.is_zero() && waited >= interval.as_millis()) {
            self.reported_ms = now;
            return self.report().await;
        }
        None
    }

    /// Ends the call: reports what is not reported yet, then gives the answer. The result of a
    /// function takes the steps along.
    pub(super) async fn close(mut self, answer: Answer) -> Answer {
        match answer {
            Answer::Finished(result) if self.checkpoints.is_some() => {
                let result = match to_raw_value(&result) {
                    Ok(result) => result,
                    Err(error) => {
                        let (id, reason) = ("function".to_owned(), error.to_string());
                        return Answer::Misused(Violation::ResultUnserializable { id, reason });
                    }
                };
                let mut ops = self.unreported;
                ops.push(Op::run_complete(result));
                Answer::Ops {
                    ops,
                    retry_after: None,
                }
            }
            answer => self.report().await.unwrap_or(answer),
        }
    }

    /// Reports what is not reported yet. An answer ends the call: the steps themselves if the
    /// server would not take them, so that nothing that ran is lost.
    async fn report(&mut self) -> Option<Answer> {
        let link = self.link.as_ref()?;
        if self.unreported.is_empty() {
            return None;
        }
        let steps = std::mem::take(&mut self.unreported);
        match link.checkpoint(steps).await {
            Checkpointed::Stored => None,
            Checkpointed::Stale => Some(Answer::Failed(Failure::fatal(
                "StaleDispatchError",
                "the run has moved on to another call; this one stops",
            ))),
            Checkpointed::Refused(ops) => Some(Answer::Ops {
                ops,
                retry_after: None,
            }),
        }
    }
}
