//! Idempotency keys: one run for each value in a day.

use std::collections::HashMap;

use super::{
    super::{super::clock::Millis, DEDUPLICATION},
    Keyed,
};

/// How many there may be before those whose day is over are dropped for the first time.
const FEW: usize = 1024;

/// Keys of the last day. Empty while no function has any.
#[derive(Default)]
pub(in super::super) struct Keys {
    /// Until when another run is refused.
    until: HashMap<Keyed, Millis>,
    /// How many there may be before those whose day is over are dropped.
    most: usize,
}

impl Keys {
    /// Whether a run was begun under this key within a day.
    pub(super) fn refuses(&self, key: &Keyed, now: Millis) -> bool {
        self.until.get(key).is_some_and(|until| *until > now)
    }

    /// A run was begun under this key.
    pub(in super::super) fn insert(&mut self, key: Keyed, begun: Millis, now: Millis) {
        if self.until.len() >= self.most {
            self.until.retain(|_, until| *until > now);
            self.most = (self.until.len() * 2).max(FEW);
        }
        self.until.insert(key, begun + DEDUPLICATION);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.until.len()
    }
}
