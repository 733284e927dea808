//! Checkpointing: reporting steps while the function goes on, so that a run of ordinary steps
//! takes one call instead of one for each step.
//!
//! [`crate::drive`] does no I/O. What it wants from whoever polls it (the time, or steps sent to
//! the server) it leaves on a [`Link`]; [`crate::serve()`] polls the app, does what was asked for
//! and polls again.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use crate::op::Op;

/// Whether a function's steps are checkpointed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checkpointing {
    /// Each step takes a call of its own.
    Off,
    /// Steps run one after the other in one call.
    On(Checkpoints),
}

impl Default for Checkpointing {
    /// On, and safe: every step is reported before the next one runs.
    fn default() -> Self {
        Self::On(Checkpoints::default())
    }
}

/// How steps are checkpointed. Whatever was not reported when a process dies runs again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoints {
    /// Reports this many steps together; 1 (as 0 does) reports each step before the next one runs.
    pub buffered_steps: u32,
    /// Reports what is there after this long, looked at between steps; zero for never.
    pub max_interval: Duration,
    /// Begins no further step in a call that took this long; zero for no limit. Stay below the
    /// time that the host gives a request, less the longest step.
    pub max_runtime: Duration,
}

impl Default for Checkpoints {
    /// One step at a time and at most ten seconds in a call, as the TypeScript SDK has it.
    fn default() -> Self {
        Self {
            buffered_steps: 1,
            max_interval: Duration::ZERO,
            max_runtime: Duration::from_secs(10),
        }
    }
}

/// What became of reported steps.
#[derive(Debug)]
pub(crate) enum Checkpointed {
    /// The run remembers them.
    Stored,
    /// The server has given the run to another call: this one must stop.
    Stale,
    /// They were not taken; here they are again, for the answer to carry.
    Refused(Vec<Op>),
}

/// What a call wants from whoever polls it.
#[derive(Debug)]
pub(crate) enum Want {
    /// To be polled again, with the time as it is then.
    Time,
    /// To have these steps sent to the server.
    Checkpoint(Vec<Op>),
}

/// Between a call and whoever polls it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Link(Rc<RefCell<Ends>>);

#[derive(Debug, Default)]
struct Ends {
    now_ms: u64,
    want: Option<Want>,
    got: Option<Checkpointed>,
    /// Wakes whoever polls the call.
    host: Option<Waker>,
    /// Wakes the call, which may be polled by a combinator that polls only what was woken.
    call: Option<Waker>,
}

impl Link {
    /// Milliseconds since the Unix epoch, as of the last poll.
    pub(crate) fn now_ms(&self) -> u64 {
        self.0.borrow().now_ms
    }

    /// The time of this moment.
    pub(crate) async fn time(&self) -> u64 {
        self.ask(Want::Time, |ends| {
            ends.want.is_none().then_some(ends.now_ms)
        })
        .await
    }

    /// Sends steps to the server.
    pub(crate) async fn checkpoint(&self, steps: Vec<Op>) -> Checkpointed {
        self.ask(Want::Checkpoint(steps), |ends| ends.got.take())
            .await
    }

    async fn ask<T>(&self, want: Want, answer: impl Fn(&mut Ends) -> Option<T>) -> T {
        let mut want = Some(want);
        poll_fn(|context| {
            let mut ends = self.0.borrow_mut();
            if let Some(want) = want.take() {
                ends.want = Some(want);
                ends.call = Some(context.waker().clone());
                if let Some(host) = ends.host.take() {
                    host.wake();
                }
                return Poll::Pending;
            }
            match answer(&mut ends) {
                Some(answer) => Poll::Ready(answer),
                None => {
                    ends.call = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }

    /// The host's side: what the call wants, once `poll` finds it waiting for that.
    pub(crate) async fn serve<T>(
        &self,
        mut poll: impl FnMut(&mut std::task::Context<'_>) -> Poll<T>,
        now_ms: impl Fn() -> u64,
    ) -> Result<T, Vec<Op>> {
        poll_fn(|context| {
            loop {
                {
                    let mut ends = self.0.borrow_mut();
                    ends.now_ms = now_ms();
                    ends.host = Some(context.waker().clone());
                }
                if let Poll::Ready(done) = poll(context) {
                    return Poll::Ready(Ok(done));
                }
                let want = self.0.borrow_mut().want.take();
                match want {
                    Some(Want::Time) => self.wake_call(),
                    Some(Want::Checkpoint(steps)) => return Poll::Ready(Err(steps)),
                    None => return Poll::Pending,
                }
            }
        })
        .await
    }

    /// The host's side: what became of the steps.
    pub(crate) fn answer(&self, checkpointed: Checkpointed) {
        self.0.borrow_mut().got = Some(checkpointed);
        self.wake_call();
    }

    fn wake_call(&self) {
        let call = self.0.borrow_mut().call.take();
        if let Some(call) = call {
            call.wake();
        }
    }
}
