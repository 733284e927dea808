//! Events that wait to start a run together, or for a later one to take their place.

use std::sync::Arc;

use super::{
    super::{
        super::{
            clock::Millis,
            event::StoredEvent,
            function::{BatchEvents, Debounce, Function},
            run::Gathering,
        },
        Core, Timer,
    },
    Keyed,
};

/// A batch starts when its events are this large together, as on Inngest: 10 MiB.
const LARGEST: usize = 10 * 1024 * 1024;

impl Core {
    /// Adds an event to its batch, and starts the run if that is full.
    pub(super) fn collect(
        &mut self,
        function: &Function,
        batch: &BatchEvents,
        event: &Arc<StoredEvent>,
        now: Millis,
    ) {
        let value = batch.key.as_ref().map(|key| key.value(event));
        let key: Keyed = (function.slug.as_str().into(), value.unwrap_or_default());
        let gathering = self
            .flow
            .gatherings
            .entry(key.clone())
            .or_insert_with(|| Gathering {
                events: Vec::new(),
                due: now + batch.timeout,
                latest: None,
            });
        gathering.events.push(Arc::clone(event));
        let size: usize = gathering.events.iter().map(|event| event.body.len()).sum();
        if gathering.events.len() >= batch.max_size || size >= LARGEST {
            let due = gathering.due;
            let (function, value) = key.clone();
            self.timers
                .remove(&(due, Timer::Gathering(function, value)));
            self.gathered(&key, now);
        } else {
            self.keep_gathering(&key);
        }
    }

    /// Puts a run off, with this event in place of the one before.
    pub(super) fn debounce(
        &mut self,
        function: &Function,
        debounce: &Debounce,
        event: &Arc<StoredEvent>,
        now: Millis,
    ) {
        let value = debounce.key.as_ref().map(|key| key.value(event));
        let key: Keyed = (function.slug.as_str().into(), value.unwrap_or_default());
        let before = self.flow.gatherings.get(&key);
        if before.is_some_and(|before| before.events[0].ts() > event.ts()) {
            // It happened before the one that waits.
            return;
        }
        let latest = match before {
            Some(before) => before.latest,
            None => debounce.timeout.map(|timeout| now + timeout),
        };
        if let Some(due) = before.map(|before| before.due) {
            let (function, value) = key.clone();
            self.timers
                .remove(&(due, Timer::Gathering(function, value)));
        }
        let due = now + debounce.period;
        let gathering = Gathering {
            events: vec![Arc::clone(event)],
            due: latest.map_or(due, |latest| due.min(latest)),
            latest,
        };
        self.flow.gatherings.insert(key.clone(), gathering);
        self.keep_gathering(&key);
    }

    fn keep_gathering(&mut self, key: &Keyed) {
        let Some(gathering) = self.flow.gatherings.get(key) else {
            return;
        };
        let due = gathering.due;
        self.batch
            .gatherings
            .insert(key.clone(), Some(gathering.clone()));
        self.arm(key, due);
    }

    /// Starts the run that these events were gathered for.
    pub(in super::super) fn gathered(&mut self, key: &Keyed, now: Millis) {
        // A function that is not registered now may be again in a moment: nothing is lost.
        let Some(function) = self.functions.get(&*key.0).cloned() else {
            return;
        };
        let Some(gathering) = self.flow.gatherings.remove(key) else {
            return;
        };
        self.batch.gatherings.insert(key.clone(), None);
        let parent = match gathering.events.as_slice() {
            [event] => event.invoker(),
            // Each event's own; see where the run ends.
            _ => None,
        };
        self.launch(&function, gathering.events, parent, now);
    }
}
