//! From an event for a function to a run of it, or not.

use std::sync::Arc;

use ulid::Ulid;

use super::{
    super::{
        super::{
            batch::{GateKey, GateKind},
            clock::Millis,
            event::StoredEvent,
            function::{Function, Rate},
            run::{Run, StepId},
        },
        Core,
    },
    only_key, plan,
};

/// What became of an event for a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super::super) enum Started {
    /// A run of it.
    Run(Ulid),
    /// It will be part of a run.
    Later,
    /// Nothing: another run is under way. Whoever waits for it waits on.
    Skipped,
    /// Nothing: there were too many. Whoever waits for it is told.
    Limited,
}

impl Core {
    /// Takes an event for a function, as its flow control says.
    pub(in super::super) fn trigger(
        &mut self,
        function: &Function,
        event: &Arc<StoredEvent>,
        parent: Option<(Ulid, StepId)>,
        now: Millis,
    ) -> Started {
        let flow = &function.flow;
        if let Some(batch) = &flow.batch
            && batch
                .condition
                .as_ref()
                .is_none_or(|condition| condition.holds(event, None))
        {
            self.collect(function, batch, event, now);
            return Started::Later;
        }
        // An idempotency key takes the place of a rate limit.
        if let (Some(rate), None) = (&flow.rate_limit, &flow.idempotency)
            && !self.within(function, rate, event, now)
        {
            return Started::Limited;
        }
        if let Some(debounce) = &flow.debounce {
            self.debounce(function, debounce, event, now);
            return Started::Later;
        }
        self.launch(function, vec![Arc::clone(event)], parent, now)
    }

    /// Whether a rate limit lets this event through; counts it if so.
    fn within(
        &mut self,
        function: &Function,
        rate: &Rate,
        event: &StoredEvent,
        now: Millis,
    ) -> bool {
        let key = match &rate.key {
            None => String::new(),
            Some(key) => match key.exempting(event) {
                Some(value) => value,
                None => return true,
            },
        };
        let key = GateKey {
            kind: GateKind::RateLimit,
            function: function.slug.as_str().into(),
            key,
        };
        let arrival = self.flow.arrival(&key);
        if rate.pace.opens_at(arrival, now) > now {
            return false;
        }
        let arrival = rate.pace.after(arrival, now);
        self.flow.set_arrival(key.clone(), arrival, now);
        self.batch.gates.insert(key, arrival);
        true
    }

    /// Starts a run, unless it was or is already there.
    pub(in super::super) fn launch(
        &mut self,
        function: &Function,
        events: Vec<Arc<StoredEvent>>,
        parent: Option<(Ulid, StepId)>,
        now: Millis,
    ) -> Started {
        let slug: Arc<str> = function.slug.as_str().into();
        let idempotency = function
            .flow
            .idempotency
            .as_ref()
            .and_then(|key| key.exempting(&events[0]));
        let only_in_a_day = idempotency
            .as_ref()
            .map(|value| (Arc::clone(&slug), value.clone()));
        if let Some(key) = &only_in_a_day
            && self.keys.refuses(key, now)
        {
            return Started::Limited;
        }
        if let (Some(value), Some(singleton)) =
            (only_key(function, &events[0]), &function.flow.singleton)
        {
            let key = (Arc::clone(&slug), value);
            // Again and again: a cancellation may itself have started one.
            while let Some(holder) = self.flow.singletons.get(&key).copied() {
                if !singleton.replaces {
                    tracing::info!(function = %slug, runId = %holder, "skipped: a run is under way");
                    return Started::Skipped;
                }
                self.cancel(holder, now);
                if self.flow.singletons.get(&key) == Some(&holder) {
                    self.flow.singletons.remove(&key);
                }
            }
        }
        if let Some(key) = only_in_a_day {
            self.keys.insert(key, now, now);
        }
        let run = Run {
            parent,
            idempotency,
            ..Run::new(slug, events, now)
        };
        Started::Run(self.begin(run, function))
    }

    /// Begins a run, whatever else is under way.
    pub(in super::super) fn begin(&mut self, mut run: Run, function: &Function) -> Ulid {
        run.flow = plan(function, &run.events[0]);
        let id = run.id;
        if let Some(value) = &run.flow.singleton {
            let key = (Arc::clone(&run.function), value.clone());
            self.flow.singletons.entry(key).or_insert(id);
        }
        // An event that is dated ahead starts its run then.
        let due = match run.events.as_slice() {
            [event] => event.ts().max(run.created_at),
            _ => run.created_at,
        };
        self.batch.run(&run);
        self.runs.insert(id, run);
        self.add_job(id, None, due);
        self.watch_deadline(id, function);
        id
    }
}
