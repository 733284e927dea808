//! Runs that a person begins: an old one again, or a function by hand.

use std::sync::Arc;

use ulid::Ulid;

use super::{
    super::{
        clock::Millis,
        event::{INVOKED, StoredEvent},
        run::Run,
    },
    Core,
};

impl Core {
    /// Begins a run with the events of another; `None` if its function is not registered. Whoever
    /// asks for it means it: an idempotency key does not hold it back, and no other run hears of
    /// its result.
    pub(in super::super) fn rerun(
        &mut self,
        original: Ulid,
        slug: &str,
        events: Vec<Arc<StoredEvent>>,
        now: Millis,
    ) -> Option<Ulid> {
        let function = self.functions.get(slug).cloned()?;
        // With the run, in case that they were just about to be deleted for their age.
        self.batch.events.extend(events.iter().cloned());
        let run = Run {
            rerun_of: Some(original),
            ..Run::new(slug.into(), events, now)
        };
        Some(self.begin(run, &function))
    }

    /// Begins a run of one function with this data (a JSON object); `None` if it is not registered.
    pub(in super::super) fn invoke_by_hand(
        &mut self,
        slug: &str,
        data: &str,
        now: Millis,
    ) -> Option<Ulid> {
        let function = self.functions.get(slug).cloned()?;
        let event = Arc::new(StoredEvent::internal(INVOKED, data, now));
        self.batch.events.push(Arc::clone(&event));
        let run = Run::new(slug.into(), vec![event], now);
        Some(self.begin(run, &function))
    }
}
