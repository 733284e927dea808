//! Events come in: deduplicated, kept, matched to functions, waits and cancellations.

use std::{collections::HashMap, sync::Arc};

use ulid::Ulid;

use super::{
    super::{
        clock::Millis,
        event::{NewEvent, StoredEvent},
        expression::Expression,
        function::{Function, Trigger, covers},
        run::StepId,
    },
    Core,
};

/// How long accepted ids are held in memory. A look-up in the database is at most seconds old
/// when it is used, so a few minutes close the gap between the two with room to spare.
const RECENT: Millis = 5 * 60 * 1000;

/// Ids that senders chose, accepted a moment ago.
#[derive(Default)]
pub(super) struct Recent {
    ids: HashMap<String, (String, Millis)>,
    pruned_at: Millis,
}

impl Recent {
    fn get(&self, id: &str) -> Option<&String> {
        self.ids.get(id).map(|(internal, _)| internal)
    }

    fn insert(&mut self, id: String, internal: String, now: Millis) {
        if now - self.pruned_at > RECENT {
            self.ids.retain(|_, (_, at)| now - *at < RECENT);
            self.pruned_at = now;
        }
        self.ids.insert(id, (internal, now));
    }
}

impl Core {
    /// Takes events and gives their internal ids in their order. `known` are those of their ids that the database already had.
    pub(in super::super) fn ingest(
        &mut self,
        events: Vec<NewEvent>,
        known: &HashMap<String, String>,
        now: Millis,
    ) -> Vec<String> {
        events
            .into_iter()
            .map(|event| self.ingest_one(event, known, now))
            .collect()
    }

    fn ingest_one(
        &mut self,
        event: NewEvent,
        known: &HashMap<String, String>,
        now: Millis,
    ) -> String {
        let seeded = event.seeded_id().map(|id| id.to_string());
        let chosen = event.id.clone().filter(|id| !id.is_empty()).or(seeded);
        if let Some(chosen) = &chosen
            && let Some(internal) = self.recent.get(chosen).or_else(|| known.get(chosen))
        {
            return internal.clone();
        }
        let event = event.into_stored(now);
        let internal = event.id.to_string();
        if let Some(chosen) = chosen {
            self.recent.insert(chosen, internal.clone(), now);
        }
        self.publish(Arc::new(event), now);
        internal
    }

    /// Keeps an event and starts, wakes and cancels what it concerns.
    pub(super) fn publish(&mut self, event: Arc<StoredEvent>, now: Millis) {
        self.batch.events.push(Arc::clone(&event));
        self.wake(&event, now);
        self.cancel_on(&event, now);
        let started: Vec<Arc<Function>> = self
            .functions
            .values()
            .filter(|function| {
                function
                    .triggers
                    .iter()
                    .any(|trigger| fires(trigger, &event))
            })
            .cloned()
            .collect();
        for function in started {
            self.trigger(&function, &event, None, now);
        }
    }

    /// Ends the waits for this event.
    fn wake(&mut self, event: &Arc<StoredEvent>, now: Millis) {
        let Some(waiting) = self.waits.get(&event.name) else {
            return;
        };
        let woken: Vec<(Ulid, StepId)> = waiting
            .iter()
            .filter(|(run, step)| self.awaits(*run, step, event))
            .cloned()
            .collect();
        for (run, step) in woken {
            self.end_wait(&event.name, run, &step);
            self.remember(run, &step, event.body.as_str().into(), now);
            self.go_on(run, now);
        }
    }

    /// Whether this waiting step's condition holds for the event.
    fn awaits(&self, run: Ulid, step: &StepId, event: &StoredEvent) -> bool {
        let Some(run) = self.runs.get(&run) else {
            return false;
        };
        let Some(step) = run.steps.get(step) else {
            return false;
        };
        let Some(opts) = &step.opts else { return false };
        let Ok(opts) = serde_json::from_str::<WaitOpts>(opts) else {
            return false;
        };
        match opts.condition.filter(|text| !text.is_empty()) {
            None => true,
            Some(text) => Expression::parse(&text)
                .is_ok_and(|condition| condition.holds(&run.events[0], Some(event))),
        }
    }

    /// Forgets that a step waits for events of this name.
    pub(super) fn end_wait(&mut self, name: &str, run: Ulid, step: &StepId) {
        if let Some(waiting) = self.waits.get_mut(name) {
            waiting.remove(&(run, step.clone()));
            if waiting.is_empty() {
                self.waits.remove(name);
            }
        }
    }
}

/// The arguments of `WaitForEvent`.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct WaitOpts {
    /// The event's name.
    #[serde(default)]
    pub(super) event: String,
    /// Over `event` (the run's) and `async` (the one awaited).
    #[serde(default, rename = "if", skip_serializing_if = "Option::is_none")]
    pub(super) condition: Option<String>,
    /// How long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) timeout: Option<String>,
}

fn fires(trigger: &Trigger, event: &StoredEvent) -> bool {
    match trigger {
        Trigger::Event { name, condition } => {
            covers(name, &event.name)
                && condition
                    .as_ref()
                    .is_none_or(|condition| condition.holds(event, None))
        }
        Trigger::Cron(_) => false,
    }
}
