//! Flow control as functions register it. What each setting does is told in the core's `flow`
//! module.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::{
    super::{clock::Millis, event::StoredEvent, expression::Expression},
    pace::Pace,
};

/// A function's flow control.
#[derive(Debug, Default)]
pub(in super::super) struct Flow {
    /// Most calls at once; up to two limits, those with a key first.
    pub(in super::super) concurrency: Vec<Concurrency>,
    /// Delays the starts of runs.
    pub(in super::super) throttle: Option<Rate>,
    /// Drops events.
    pub(in super::super) rate_limit: Option<Rate>,
    /// Waits for the last event of several.
    pub(in super::super) debounce: Option<Debounce>,
    /// Collects events for one run.
    pub(in super::super) batch: Option<BatchEvents>,
    /// One run at a time.
    pub(in super::super) singleton: Option<Singleton>,
    /// The head start of a run, in seconds.
    pub(in super::super) priority: Option<Expression>,
    /// One run per value in 24 h.
    pub(in super::super) idempotency: Option<Key>,
}

/// At most so many calls at once.
#[derive(Debug)]
pub(in super::super) struct Concurrency {
    pub(in super::super) limit: usize,
    pub(in super::super) scope: Scope,
    /// One limit for each of its values.
    pub(in super::super) key: Option<Key>,
}

/// What a limit on calls counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Scope {
    /// The calls of this function.
    Function,
    /// Everything under the same key. This engine has one environment and one account, but what
    /// is counted by one is not counted by the other.
    Environment,
    /// The same.
    Account,
}

/// An expression over `event` whose values are counted apart.
#[derive(Debug)]
pub(in super::super) struct Key {
    /// As it was written.
    pub(in super::super) text: String,
    pub(super) expression: Expression,
}

impl Key {
    /// Its value as JSON text, or a digest of a long one. What cannot be computed is `false`, as
    /// on Inngest.
    pub(in super::super) fn value(&self, event: &StoredEvent) -> String {
        match self.expression.key(event) {
            None => NO_KEY.to_owned(),
            Some(value) if value.len() > LONGEST_VALUE => {
                let digest = Sha256::digest(&value);
                digest.iter().fold("sha256:".to_owned(), |mut text, byte| {
                    // Writing to a string cannot fail.
                    let _ = write!(text, "{byte:02x}");
                    text
                })
            }
            Some(value) => value,
        }
    }

    /// The same, or `None` where that is `false`: such an event is not limited at all.
    pub(in super::super) fn exempting(&self, event: &StoredEvent) -> Option<String> {
        Some(self.value(event)).filter(|value| value != NO_KEY)
    }
}

/// The longest value kept as it is. An index of Postgres takes 2.7 kB in all, and a value beyond
/// that would make every later write fail.
const LONGEST_VALUE: usize = 256;
/// The value of a key that an event does not have.
const NO_KEY: &str = "false";

/// So many in a period.
#[derive(Debug)]
pub(in super::super) struct Rate {
    pub(in super::super) pace: Pace,
    pub(in super::super) key: Option<Key>,
}

/// Waits for quiet.
#[derive(Debug)]
pub(in super::super) struct Debounce {
    /// Without a further event.
    pub(in super::super) period: Millis,
    /// The longest to wait in all.
    pub(in super::super) timeout: Option<Millis>,
    pub(in super::super) key: Option<Key>,
}

/// Several events for one run.
#[derive(Debug)]
pub(in super::super) struct BatchEvents {
    pub(in super::super) max_size: usize,
    /// From its first event.
    pub(in super::super) timeout: Millis,
    pub(in super::super) key: Option<Key>,
    /// Events for which it does not hold start a run of their own.
    pub(in super::super) condition: Option<Expression>,
}

/// One run at a time.
#[derive(Debug)]
pub(in super::super) struct Singleton {
    /// Whether a new run takes the place of the one under way; if not, it does not start.
    pub(in super::super) replaces: bool,
    pub(in super::super) key: Option<Key>,
}
