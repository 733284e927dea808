//! What is seen of the state from outside, and the count of its changes.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use serde::Serialize;
use ulid::Ulid;

use super::{
    super::{clock::Millis, function::App},
    Core,
};

/// A call to come or under way.
#[derive(Debug, Serialize)]
pub(in super::super) struct CallView {
    /// The step to run; `None` looks for new steps.
    step: Option<String>,
    /// Failed attempts so far.
    attempt: u32,
    /// Not before.
    due_at: Millis,
    /// When it was made, if it is under way.
    called_at: Option<Millis>,
}

impl Core {
    /// Counts what changes: whoever saw a count and sees the same again has missed nothing.
    pub(in super::super) fn changes(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.changes)
    }

    /// The apps that registered.
    pub(in super::super) fn apps(&self) -> impl Iterator<Item = &App> {
        self.apps.values()
    }

    /// The calls of a run, in the order in which they were decided on.
    pub(in super::super) fn calls_of(&self, run: Ulid) -> Vec<CallView> {
        let mut ids: Vec<_> = match self.runs.get(&run) {
            Some(run) => run.jobs.iter().copied().collect(),
            None => Vec::new(),
        };
        ids.sort_unstable();
        let jobs = ids.iter().filter_map(|id| self.jobs.get(id));
        jobs.map(|job| CallView {
            step: job.target.as_deref().map(str::to_owned),
            attempt: job.attempt,
            due_at: job.due,
            called_at: job.called_at.filter(|_| job.in_flight),
        })
        .collect()
    }

    /// Something that is not written changed: a call was made.
    pub(super) fn changed(&self) {
        self.changes.fetch_add(1, Ordering::Release);
    }

    /// Counts a change once what was decided is committed: not before, or somebody would read the
    /// old state under the new count.
    pub(super) fn change_after_commit(&mut self) {
        let changes = self.changes();
        self.after_commit(move || {
            changes.fetch_add(1, Ordering::Release);
        });
    }
}
