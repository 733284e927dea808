//! What step bodies did, and whether any of them ran although its run remembered it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use sha1::{Digest, Sha1};

/// What bodies did; outlives the app.
#[derive(Debug, Clone, Default)]
pub struct Effects(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    /// How often the body succeeded, by run and step.
    counts: BTreeMap<(String, String), u32>,
    /// Hashed ids that a call listed as remembered, by run.
    remembered: BTreeSet<(String, String)>,
    wrong: Vec<String>,
    calls: usize,
}

impl Effects {
    /// A call came in, remembering these steps.
    pub(super) fn called(&self, run: &str, remembered: impl Iterator<Item = String>) {
        let mut seen = self.lock();
        seen.calls += 1;
        seen.remembered
            .extend(remembered.map(|step| (run.to_owned(), step)));
    }

    /// A body begins.
    pub(super) fn begins(&self, run: &str, id: &str) {
        let hashed: String = Sha1::digest(id)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let mut seen = self.lock();
        if seen.remembered.contains(&(run.to_owned(), hashed)) {
            seen.wrong
                .push(format!("`{id}` of {run} ran although it was remembered"));
        }
    }

    /// A body succeeded.
    pub(super) fn happened(&self, run: &str, id: &str) {
        *self
            .lock()
            .counts
            .entry((run.to_owned(), id.to_owned()))
            .or_default() += 1;
    }

    /// What happened since the last time: how often each step's body succeeded, how many calls came, and
    /// what must never happen.
    #[must_use]
    pub fn take(&self) -> (BTreeMap<(String, String), u32>, usize, Vec<String>) {
        let seen = std::mem::take(&mut *self.lock());
        (seen.counts, seen.calls, seen.wrong)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
