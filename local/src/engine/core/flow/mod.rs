//! Flow control: when runs start, and when their calls are made.
//!
//! | setting | here | where Inngest differs |
//! |---|---|---|
//! | `concurrency` | up to two limits on calls under way, each for the function or, with a key, for the environment or the account; a run that sleeps or waits holds nothing. Calls wait in a queue per value of the key, older runs first, so that no value is in another's way. A cancelled run's call holds its place until it is over | one environment and one account; no limit by plan |
//! | `throttle` | the first calls of runs pass at `limit` in `period`, `limit` + `burst` at once after a silence; the others wait, older runs first | the same |
//! | `rateLimit` | events pass at `limit` in `period`, evenly: a tenth of `limit` and one at once; the others start no run. An invocation fails with “invoked function is rate limited” | the same |
//! | `debounce` | the run starts with the last event (by `ts`) once none came for `period`, or `timeout` after the first | its timers are up to 3 s late |
//! | `batchEvents` | one run with up to `maxSize` events or 10 MiB, or those that came within `timeout`; events for which `if` does not hold start a run each | the largest size and time-out depend on the plan |
//! | `singleton` | `skip` starts no second run; `cancel` cancels the one under way, also while it waits for its first call | a burst in the mode `cancel` may skip a run |
//! | `priority.run` | −600 to 600 seconds by which a run counts as older in every queue | the server itself takes up to 12 hours |
//! | `idempotency` | one run per value in 24 h; takes the place of `rateLimit`. Counts when the run starts | counts when the event arrives, so that a debounced run gets its first event |
//! | `timeouts.start` | cancels a run that has waited so long for its first call, whatever held it | the same |
//! | an event's `ts` in the future | the run's first call is made then | the same |
//!
//! A key that cannot be computed counts as `false`; a rate limit, a singleton or an idempotency
//! key that is `false` does not apply. An invocation is an event like any other: it is batched,
//! debounced, limited or skipped. The step that invoked gets the result of the run that its event
//! became part of; if there is none (skipped, or replaced by a later event), it waits for its
//! time-out. Combinations that Inngest refuses are refused at sync.
//!
//! What has to survive a crash (events that are gathered, the state of rates) is written in the
//! statement of the transition that changed it. A throttled start is written before the call
//! leaves, so that a crash never lets more through. Everything else follows from the runs.

mod admit;
mod gather;
mod keys;
mod start;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use ulid::Ulid;

use super::{
    super::{
        batch::GateKey,
        clock::Millis,
        event::StoredEvent,
        function::{Function, Key, Micros, Scope},
        run::{Gathering, JobId, RunFlow, Slot},
    },
    Core, Timer, timers,
};
pub(super) use keys::Keys;
pub(in super::super) use start::Started;

/// The most seconds of head start, and of the opposite, that a priority gives.
const PRIORITY: Millis = 600;

/// A function and the value of a key.
pub(super) type Keyed = (Arc<str>, String);
/// Calls in their order: by their run's age and priority, then by their own.
pub(super) type Queue = BTreeSet<(Millis, JobId)>;

/// What flow control remembers between transitions. Empty while nothing uses it.
#[derive(Default)]
pub(super) struct State {
    /// The theoretical arrival of the next, for each rate in use.
    gates: HashMap<GateKey, Micros>,
    /// How many of them there may be before those without meaning are dropped.
    most_gates: usize,
    /// Events that will start one run.
    gatherings: HashMap<Keyed, Gathering>,
    /// The run that is the only one of its kind.
    singletons: HashMap<Keyed, Ulid>,
    /// Calls under way by what they take.
    in_use: HashMap<Arc<str>, usize>,
    /// What a call has taken.
    taken: HashMap<JobId, Vec<Arc<str>>>,
    /// Calls that wait for room, by what is full and by how much room they know of.
    held: BTreeMap<(Arc<str>, usize), Queue>,
    /// First calls that wait for their throttle.
    throttled: HashMap<GateKey, Queue>,
}

impl Core {
    /// Takes up gates and gatherings where the stored state left off.
    pub(super) fn restore_flow(
        &mut self,
        gates: Vec<(GateKey, Micros)>,
        gatherings: Vec<(Keyed, Gathering)>,
    ) {
        self.flow.gates.extend(gates);
        for (key, gathering) in gatherings {
            self.arm(&key, gathering.due);
            self.flow.gatherings.insert(key, gathering);
        }
    }

    /// Applies an app's settings, new or changed, to what is under way.
    pub(super) fn refresh_flow(&mut self, app: &str) {
        for run in self.runs.values_mut() {
            let Some(function) = self
                .functions
                .get(&*run.function)
                .filter(|function| function.app == app)
            else {
                continue;
            };
            run.flow = plan(function, &run.events[0]);
            if let Some(key) = &run.flow.singleton {
                let key = (Arc::clone(&run.function), key.clone());
                self.flow.singletons.entry(key).or_insert(run.id);
            }
            // A time-out may be new, or have passed while the function was not known.
            self.timers.extend(timers::deadline(run, function));
        }
        // Limits may have changed: whoever waits asks again.
        let held = std::mem::take(&mut self.flow.held).into_values();
        let throttled = std::mem::take(&mut self.flow.throttled).into_values();
        self.ready.extend(held.chain(throttled).flatten());
        // A gathering that came due while its function was not known.
        let due: Vec<_> = self
            .flow
            .gatherings
            .iter()
            .map(|(key, gathering)| (key.clone(), gathering.due))
            .collect();
        for (key, due) in due {
            self.arm(&key, due);
        }
    }

    /// Forgets what an ended run held.
    pub(super) fn leave_flow(&mut self, id: Ulid, function: &Arc<str>, flow: &RunFlow) {
        if let Some(key) = &flow.singleton {
            let key = (Arc::clone(function), key.clone());
            if self.flow.singletons.get(&key) == Some(&id) {
                self.flow.singletons.remove(&key);
            }
        }
        // One of its calls may have been the one that a release let through.
        for slot in &flow.slots {
            self.wake_slot(&slot.name);
        }
    }

    fn arm(&mut self, key: &Keyed, due: Millis) {
        let (function, key) = key.clone();
        self.timers.insert((due, Timer::Gathering(function, key)));
    }
}

impl State {
    fn arrival(&self, key: &GateKey) -> Micros {
        self.gates.get(key).copied().unwrap_or_default()
    }

    fn set_arrival(&mut self, key: GateKey, arrival: Micros, now: Millis) {
        if self.gates.len() >= self.most_gates {
            // An arrival in the past means the same as none.
            self.gates.retain(|_, arrival| *arrival > now * 1000);
            self.most_gates = (self.gates.len() * 2).max(1024);
        }
        self.gates.insert(key, arrival);
    }
}

/// What a function's settings mean for a run of this event.
pub(super) fn plan(function: &Function, event: &StoredEvent) -> RunFlow {
    let flow = &function.flow;
    RunFlow {
        slots: flow
            .concurrency
            .iter()
            .map(|limit| Slot {
                name: slot_name(&function.slug, limit.scope, limit.key.as_ref(), event),
                limit: limit.limit,
            })
            .collect(),
        throttle: flow
            .throttle
            .as_ref()
            .map(|throttle| value(throttle.key.as_ref(), event)),
        singleton: only_key(function, event),
        head_start: flow
            .priority
            .as_ref()
            .and_then(|priority| priority.key(event)?.parse::<Millis>().ok())
            .map_or(0, |seconds| seconds.clamp(-PRIORITY, PRIORITY) * 1000),
    }
}

/// Under which value a run of this event is the only one of its function, if it is.
fn only_key(function: &Function, event: &StoredEvent) -> Option<String> {
    match &function.flow.singleton.as_ref()?.key {
        None => Some(String::new()),
        Some(key) => key.exempting(event),
    }
}

fn value(key: Option<&Key>, event: &StoredEvent) -> String {
    key.map_or_else(String::new, |key| key.value(event))
}

/// What is counted together: in a function by the expression and its value, elsewhere by the
/// value alone, whichever function it comes from.
fn slot_name(slug: &str, scope: Scope, key: Option<&Key>, event: &StoredEvent) -> Arc<str> {
    let value = value(key, event);
    let text = key.map_or("", |key| key.text.as_str());
    match scope {
        Scope::Function => format!("fn {slug} {text} {value}"),
        Scope::Environment => format!("env {value}"),
        Scope::Account => format!("account {value}"),
    }
    .into()
}

#[cfg(test)]
mod tests;
