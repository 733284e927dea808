//! Which calls find room now, and who is next when room is made.

use std::sync::Arc;

use super::{
    super::{
        super::{
            batch::{Effect, GateKey, GateKind},
            clock::Millis,
            function::{Function, Pace},
            run::{JobId, Run, Slot},
        },
        Core, Timer,
    },
    Queue,
};

/// How many starts ask at once when their throttle opens: enough that one whose other limits are
/// full is not in the way of the rest, few enough to cost nothing.
const ASKING: usize = 32;
/// When the next ones ask if those found no room.
const PAUSE: Millis = 250;

impl Core {
    /// Whether this call may be made now. If not, it waits, and is ready again in its turn.
    pub(in super::super) fn admit(&mut self, id: JobId, function: &Function, now: Millis) -> bool {
        let Some(run) = self.jobs.get(&id).and_then(|job| self.runs.get(&job.run)) else {
            return false;
        };
        let gate = gate(function, run);
        if gate.is_none() && run.flow.slots.is_empty() {
            return true;
        }
        let place = (run.score(), id);
        let slots = run.flow.slots.clone();
        if let Some((key, pace)) = &gate {
            let opens = pace.opens_at(self.flow.arrival(key), now);
            if opens > now {
                self.timers.insert((opens, Timer::Gate(key.clone())));
                let waiting = self.flow.throttled.entry(key.clone()).or_default();
                waiting.insert(place);
                self.pass_on(&slots);
                return false;
            }
        }
        if !self.take(id, &slots, place) {
            return false;
        }
        let Some((key, pace)) = gate else {
            return true;
        };
        self.open(id, key, pace, function, now);
        false
    }

    /// Takes room for a call, or lets it wait for what is full.
    fn take(&mut self, id: JobId, slots: &[Slot], place: (Millis, JobId)) -> bool {
        if slots.is_empty() || self.flow.taken.contains_key(&id) {
            return true;
        }
        let in_use = |name: &Arc<str>| self.flow.in_use.get(name).copied().unwrap_or_default();
        if let Some(full) = slots.iter().find(|slot| in_use(&slot.name) >= slot.limit) {
            let class = (Arc::clone(&full.name), full.limit);
            self.flow.held.entry(class).or_default().insert(place);
            self.pass_on(slots);
            return false;
        }
        let names: Vec<_> = slots.iter().map(|slot| Arc::clone(&slot.name)).collect();
        for name in &names {
            *self.flow.in_use.entry(Arc::clone(name)).or_default() += 1;
        }
        self.flow.taken.insert(id, names);
        true
    }

    /// Counts a start against its throttle. Its call leaves once that is committed: a crash never
    /// lets more through.
    fn open(&mut self, id: JobId, key: GateKey, pace: Pace, function: &Function, now: Millis) {
        let arrival = pace.after(self.flow.arrival(&key), now);
        self.flow.set_arrival(key.clone(), arrival, now);
        self.batch.gates.insert(key.clone(), arrival);
        if self.flow.throttled.contains_key(&key) {
            let opens = pace.opens_at(arrival, now);
            self.timers.insert((opens, Timer::Gate(key)));
        }
        let Some(run) = self.jobs.get(&id).map(|job| job.run) else {
            return;
        };
        if let Some(run) = self.runs.get_mut(&run) {
            run.started_at = Some(now);
            self.batch.run(run);
        }
        self.batch.effects.push(Effect::Job(id));
        self.watch_deadline(run, function);
    }

    /// Gives back what a call took, to whoever is next.
    pub(in super::super) fn release(&mut self, id: JobId) {
        let Some(names) = self.flow.taken.remove(&id) else {
            return;
        };
        for name in &names {
            if let Some(count) = self.flow.in_use.get_mut(name) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    self.flow.in_use.remove(name);
                }
            }
        }
        for name in &names {
            self.wake_slot(name);
        }
    }

    /// Room that this call does not use after all is another's.
    fn pass_on(&mut self, slots: &[Slot]) {
        for slot in slots {
            self.wake_slot(&slot.name);
        }
    }

    /// Lets the first call that this has room for ask again.
    pub(super) fn wake_slot(&mut self, name: &Arc<str>) {
        if self.flow.held.is_empty() {
            return;
        }
        let in_use = self.flow.in_use.get(name).copied().unwrap_or_default();
        let roomy = (Arc::clone(name), in_use + 1)..=(Arc::clone(name), usize::MAX);
        // Calls of runs that ended meanwhile do not use up the turn.
        loop {
            let first = self
                .flow
                .held
                .range(roomy.clone())
                .filter_map(|(class, queue)| Some((*queue.first()?, class.clone())))
                .min();
            let Some((place, class)) = first else {
                return;
            };
            if let Some(queue) = self.flow.held.get_mut(&class) {
                queue.remove(&place);
                if queue.is_empty() {
                    self.flow.held.remove(&class);
                }
            }
            if self.jobs.contains_key(&place.1) {
                self.ready.insert(place);
                return;
            }
        }
    }

    /// A throttle opens: the first of those who wait ask again.
    pub(in super::super) fn wake_throttled(&mut self, key: &GateKey, now: Millis) {
        let Some(mut queue) = self.flow.throttled.remove(key) else {
            return;
        };
        let pace = self
            .functions
            .get(&*key.function)
            .and_then(|function| Some(function.flow.throttle.as_ref()?.pace));
        let opens = pace.map_or(now, |pace| pace.opens_at(self.flow.arrival(key), now));
        if opens <= now {
            self.ask(&mut queue);
        }
        if queue.is_empty() {
            return;
        }
        let next = if opens > now { opens } else { now + PAUSE };
        self.timers.insert((next, Timer::Gate(key.clone())));
        self.flow.throttled.insert(key.clone(), queue);
    }

    fn ask(&mut self, queue: &mut Queue) {
        let mut asking = 0;
        while asking < ASKING {
            let Some(place) = queue.pop_first() else {
                return;
            };
            if self.jobs.contains_key(&place.1) {
                self.ready.insert(place);
                asking += 1;
            }
        }
    }
}

/// What this run's start has to pass, if it has not started.
fn gate(function: &Function, run: &Run) -> Option<(GateKey, Pace)> {
    let throttle = function.flow.throttle.as_ref()?;
    let key = run.flow.throttle.as_ref()?;
    if run.started_at.is_some() {
        return None;
    }
    let key = GateKey {
        kind: GateKind::Throttle,
        function: Arc::clone(&run.function),
        key: key.clone(),
    };
    Some((key, throttle.pace))
}
