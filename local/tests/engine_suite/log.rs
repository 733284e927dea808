//! What an app under test did.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use tokio::sync::Notify;

/// What the app did, shared with the test.
#[derive(Clone, Default)]
pub struct Log {
    counts: Arc<Mutex<BTreeMap<String, u32>>>,
    values: Arc<Mutex<BTreeMap<String, Value>>>,
    /// Steps named `hold` wait for it.
    pub gate: Arc<Notify>,
}

impl Log {
    /// Counts one more of it and gives the count.
    pub fn count(&self, what: &str) -> u32 {
        let mut counts = self.counts.lock().unwrap();
        let count = counts.entry(what.to_owned()).or_default();
        *count += 1;
        *count
    }

    pub fn of(&self, what: &str) -> u32 {
        self.counts
            .lock()
            .unwrap()
            .get(what)
            .copied()
            .unwrap_or_default()
    }

    pub fn keep(&self, what: &str, value: Value) {
        self.values.lock().unwrap().insert(what.to_owned(), value);
    }

    pub fn kept(&self, what: &str) -> Option<Value> {
        self.values.lock().unwrap().get(what).cloned()
    }

    /// Adds to a list.
    pub fn append(&self, what: &str, value: Value) {
        let mut values = self.values.lock().unwrap();
        let list = values.entry(what.to_owned()).or_insert_with(|| json!([]));
        list.as_array_mut().unwrap().push(value);
    }

    /// What was added to a list.
    pub fn list(&self, what: &str) -> Vec<Value> {
        let list = self.kept(what);
        list.and_then(|list| list.as_array().cloned())
            .unwrap_or_default()
    }

    /// Counts who is inside, until the answer is dropped: returned from, or broken off.
    pub fn inside(&self, what: &str) -> Inside {
        self.enter(what);
        Inside(self.clone(), what.to_owned())
    }

    fn enter(&self, what: &str) {
        let now = self.count(&format!("{what} inside"));
        let mut counts = self.counts.lock().unwrap();
        let most = counts.entry(format!("{what} most")).or_default();
        *most = (*most).max(now);
    }

    fn leave(&self, what: &str) {
        if let Some(inside) = self
            .counts
            .lock()
            .unwrap()
            .get_mut(&format!("{what} inside"))
        {
            *inside -= 1;
        }
    }
}

/// Somebody who is inside.
pub struct Inside(Log, String);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.leave(&self.1);
    }
}
