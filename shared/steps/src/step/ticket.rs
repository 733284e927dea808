//! The future on which every step parks.

use std::pin::Pin;
use std::task::{Context, Poll};

use crate::answer::Violation;
use crate::memory::Memo;
use crate::step::Step;
use crate::step::state::Phase;

/// How a parked step goes on.
pub(crate) enum Resume {
    /// With what the run remembers.
    Memo(Memo),
    /// By running its body now.
    Go,
}

/// A step's place, from the call that names it until it goes on. `slot` is `None` when the step
/// may not exist (a violation is recorded): such a ticket waits for ever.
pub(crate) struct Ticket<'a> {
    pub step: &'a Step,
    pub slot: Option<usize>,
}

impl Future for Ticket<'_> {
    type Output = Resume;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Resume> {
        let Some(index) = self.slot else {
            return Poll::Pending;
        };
        let mut state = self.step.state.borrow_mut();
        let state = &mut *state;
        let round = state.round;
        if let Some(outer) = state.in_body {
            let (outer, inner) = (state.slots[outer].id.clone(), state.slots[index].id.clone());
            state.violate(Violation::NestedStep { outer, inner });
            return Poll::Pending;
        }
        let slot = &mut state.slots[index];
        match slot.phase {
            Phase::Named | Phase::Parked => {
                if slot.phase == Phase::Named {
                    slot.phase = Phase::Parked;
                    state.parked.push(index);
                }
                slot.polled = round;
                match &mut slot.waker {
                    Some(waker) => waker.clone_from(context.waker()),
                    none => *none = Some(context.waker().clone()),
                }
                Poll::Pending
            }
            Phase::Released => {
                slot.phase = Phase::Over;
                slot.memo
                    .take()
                    .map_or(Poll::Pending, |memo| Poll::Ready(Resume::Memo(memo)))
            }
            Phase::Granted => {
                slot.phase = Phase::Over;
                state.begun = Some(index);
                Poll::Ready(Resume::Go)
            }
            Phase::Over => Poll::Pending,
        }
    }
}

impl Drop for Ticket<'_> {
    /// A step that is dropped before it went on (the loser of a race) is no longer wanted.
    fn drop(&mut self) {
        let Some(index) = self.slot else { return };
        let mut state = self.step.state.borrow_mut();
        state.parked.retain(|&parked| parked != index);
        state.slots[index].phase = Phase::Over;
        let waker = state.slots[index].waker.take();
        // Dropping a waker may run code of others.
        drop(state);
        drop(waker);
    }
}

/// A body that has begun; dropped before `finish`, it was abandoned.
pub(crate) struct Running<'a> {
    pub step: &'a Step,
    pub slot: usize,
}

impl Running<'_> {
    /// Polls the body, marking that steps named meanwhile are nested in it.
    pub(crate) fn poll<T>(
        &self,
        body: Pin<&mut dyn Future<Output = T>>,
        context: &mut Context<'_>,
    ) -> Poll<T> {
        self.step.state.borrow_mut().in_body = Some(self.slot);
        let polled = body.poll(context);
        self.step.state.borrow_mut().in_body = None;
        polled
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut state = self.step.state.borrow_mut();
        state.in_body = None;
        if state.outcome.is_none() {
            let id = state.slots[self.slot].id.clone();
            state.violate(Violation::StepAbandoned { id });
        }
    }
}

/// Waits, after a step's body ran, until the run remembers the result: for ever, unless the call
/// checkpoints.
pub(crate) struct Recorded<'a> {
    pub step: &'a Step,
    pub slot: usize,
}

impl Future for Recorded<'_> {
    type Output = Memo;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Memo> {
        let mut state = self.step.state.borrow_mut();
        let slot = &mut state.slots[self.slot];
        if let Some(memo) = slot.memo.take() {
            return Poll::Ready(memo);
        }
        slot.waker = Some(context.waker().clone());
        Poll::Pending
    }
}
