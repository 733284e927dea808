//! What one call knows about the steps that its function has named.
//!
//! A step is a slot here. It is `Named` when the function calls for it, `Parked` once it is
//! awaited, then `Released` (its memory may be taken) or `Granted` (its body may run), and `Over`
//! when it was taken, ran, or was dropped.

use std::task::Waker;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::answer::Violation;
use crate::hash::Hash;
use crate::memory::{Memo, Memory};
use crate::op::{Op, OpCode, Userland};
use crate::step::ids::Ids;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Named,
    Parked,
    Released,
    Granted,
    Over,
}

/// What a step asks of the server.
pub(crate) struct Ask {
    pub code: OpCode,
    /// What it is about; the step's id if `None`.
    pub name: Option<String>,
    pub opts: Option<Value>,
    /// Belongs to a race: the run goes on as soon as one of its steps is over.
    pub in_race: bool,
}

impl Ask {
    /// A step that is about nothing but its id.
    pub(crate) fn new(code: OpCode) -> Self {
        Self {
            code,
            name: None,
            opts: None,
            in_race: false,
        }
    }

    /// The same with arguments.
    pub(crate) fn with(self, opts: Value) -> Self {
        Self {
            opts: Some(opts),
            ..self
        }
    }

    /// The same about something.
    pub(crate) fn about(self, name: impl Into<String>) -> Self {
        Self {
            name: Some(name.into()),
            ..self
        }
    }

    /// Makes it part of a race.
    pub(crate) fn race(&mut self) {
        self.in_race = true;
        let opts = self.opts.get_or_insert_with(|| json!({}));
        opts["parallelMode"] = "race".into();
    }
}

pub(crate) struct Slot {
    pub id: String,
    /// Which repeat of the id this is.
    pub index: Option<u32>,
    pub hash: Hash,
    pub ask: Ask,
    pub memo: Option<Memo>,
    /// Its place among the completed steps.
    pub rank: usize,
    pub phase: Phase,
    pub waker: Option<Waker>,
    /// The round in which the step was last polled: a step that is held but not awaited is not.
    pub polled: u32,
}

impl Slot {
    /// The operation that reports this step without having run anything.
    pub(crate) fn plan(&self) -> Op {
        let op = match self.ask.code {
            OpCode::StepRun => OpCode::StepPlanned,
            other => other,
        };
        self.op(op)
    }

    /// An operation about this step.
    pub(crate) fn op(&self, op: OpCode) -> Op {
        Op {
            id: self.hash.to_string(),
            op,
            name: self.ask.name.as_ref().unwrap_or(&self.id).clone(),
            display_name: self.id.clone(),
            opts: self.ask.opts.clone(),
            data: None,
            error: None,
            userland: Some(Userland {
                id: self.id.clone(),
                index: self.index,
            }),
            timing: None,
        }
    }
}

#[derive(Default)]
pub(crate) struct State {
    pub ids: Ids,
    pub memory: Memory,
    pub slots: Vec<Slot>,
    /// Slots in phase `Parked`, in the order in which they were reached.
    pub parked: Vec<usize>,
    /// The slot whose body is being polled at this moment.
    pub in_body: Option<usize>,
    /// The slot whose body was begun.
    pub begun: Option<usize>,
    /// What became of the body.
    pub outcome: Option<crate::drive::Outcome>,
    pub violation: Option<Violation>,
    /// Steps named now belong to a race.
    pub in_race: bool,
    pub round: u32,
}

impl State {
    /// Keeps the first violation: later ones follow from it.
    pub(crate) fn violate(&mut self, violation: Violation) {
        self.violation.get_or_insert(violation);
    }

    /// Releases the earliest remembered step among those that wait, by the order in which the
    /// steps completed; false if none waits.
    pub(crate) fn release_next(&mut self) -> bool {
        let next = self
            .parked
            .iter()
            .copied()
            .filter(|&slot| self.slots[slot].memo.is_some())
            .min_by_key(|&slot| self.slots[slot].rank);
        if let Some(slot) = next {
            self.resume(slot, Phase::Released);
        }
        next.is_some()
    }

    /// Lets a step whose body ran go on with its result, which the run remembers by now.
    pub(crate) fn remember(&mut self, slot: usize, result: Option<Box<RawValue>>) {
        self.begun = None;
        self.slots[slot].memo = result.map(Memo::Data);
        self.resume(slot, Phase::Over);
    }

    /// Lets a parked step go on.
    pub(crate) fn resume(&mut self, slot: usize, phase: Phase) {
        self.parked.retain(|&parked| parked != slot);
        self.slots[slot].phase = phase;
        if let Some(waker) = self.slots[slot].waker.take() {
            waker.wake();
        }
    }

    /// Starts a new round and wakes every parked step, so that the next poll shows which of them
    /// are awaited.
    pub(crate) fn roll_call(&mut self) {
        self.round += 1;
        for &slot in &self.parked {
            if let Some(waker) = &self.slots[slot].waker {
                waker.wake_by_ref();
            }
        }
    }

    /// Parked steps that answered the last roll call and are not remembered.
    pub(crate) fn new_steps(&self) -> Vec<usize> {
        let is_new = |slot: &Slot| slot.memo.is_none() && slot.polled == self.round;
        self.parked
            .iter()
            .copied()
            .filter(|&slot| is_new(&self.slots[slot]))
            .collect()
    }
}
