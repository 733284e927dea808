//! What happens by itself: sleeps end, waits time out, retries come due, cron lines tick.

use std::sync::Arc;

use ulid::Ulid;

use super::{
    super::{
        batch::GateKey,
        clock::Millis,
        event::{SCHEDULED, StoredEvent},
        function::{Function, Trigger},
        run::{JobId, Run, StepId, StepStatus},
        wire,
    },
    Core,
    ingest::WaitOpts,
};

/// Something to happen at a moment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// A committed call comes due.
    Job(JobId),
    /// A step's wait ends.
    Step(Ulid, StepId),
    /// A run took too long.
    Deadline(Ulid),
    /// A function's cron line ticks.
    Cron(String, String),
    /// Events are gathered: a function, and the value of its key.
    Gathering(Arc<str>, String),
    /// A throttle lets the next one through.
    Gate(GateKey),
}

/// When a run takes too long, if its function says so.
pub(super) fn deadline(run: &Run, function: &Function) -> Option<(Millis, Timer)> {
    let at = match run.started_at {
        None => function.start_timeout.map(|limit| run.created_at + limit),
        Some(started) => function.finish_timeout.map(|limit| started + limit),
    };
    Some((at?, Timer::Deadline(run.id)))
}

impl Core {
    /// When the next timer fires.
    pub(in super::super) fn next_timer(&self) -> Option<Millis> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Fires everything that is due.
    pub(in super::super) fn fire_due(&mut self, now: Millis) {
        while self.timers.first().is_some_and(|(at, _)| *at <= now) {
            let Some((at, timer)) = self.timers.pop_first() else {
                return;
            };
            match timer {
                Timer::Job(id) => self.make_ready(id),
                Timer::Step(run, step) => self.end_of_wait(run, &step, now),
                Timer::Deadline(run) => self.deadline(run, now),
                Timer::Cron(slug, line) => self.tick(&slug, &line, at, now),
                Timer::Gathering(slug, key) => self.gathered(&(slug, key), now),
                Timer::Gate(key) => self.wake_throttled(&key, now),
            }
        }
    }

    /// Timers of stored runs and calls; calls that were under way are due at once.
    pub(super) fn restore_timers(&mut self, now: Millis) {
        for (id, job) in &self.jobs {
            self.timers.insert((job.due.max(now), Timer::Job(*id)));
        }
        let mut waits = Vec::new();
        for run in self.runs.values() {
            for (id, step) in &run.steps {
                if step.status != StepStatus::Waiting {
                    continue;
                }
                if let Some(due) = step.due {
                    self.timers.insert((due, Timer::Step(run.id, id.clone())));
                }
                if step.op == "WaitForEvent"
                    && let Some(opts) = &step.opts
                    && let Ok(opts) = serde_json::from_str::<WaitOpts>(opts)
                {
                    waits.push((opts.event, (run.id, id.clone())));
                }
            }
        }
        for (name, wait) in waits {
            self.waits.entry(name).or_default().insert(wait);
        }
    }

    /// Sets the timer of a run that may not take for ever.
    pub(super) fn watch_deadline(&mut self, run: Ulid, function: &Function) {
        if let Some(run) = self.runs.get(&run) {
            self.timers.extend(deadline(run, function));
        }
    }

    /// Forgets the timers of a run that ended: its time-outs may be months away.
    pub(super) fn unwatch_deadline(&mut self, run: &Run) {
        let Some(function) = self.functions.get(&*run.function) else {
            return;
        };
        let waiting = function.start_timeout.map(|limit| run.created_at + limit);
        if let Some(at) = waiting {
            self.timers.remove(&(at, Timer::Deadline(run.id)));
        }
        if let Some(timer) = deadline(run, function) {
            self.timers.remove(&timer);
        }
    }

    fn deadline(&mut self, run: Ulid, now: Millis) {
        let Some(state) = self.runs.get(&run) else {
            return;
        };
        let Some(function) = self.functions.get(&*state.function) else {
            return;
        };
        let late = match state.started_at {
            None => function
                .start_timeout
                .is_some_and(|limit| state.created_at + limit <= now),
            Some(started) => function
                .finish_timeout
                .is_some_and(|limit| started + limit <= now),
        };
        if late {
            self.cancel(run, now);
        }
    }

    /// A sleep is over, or a wait or an invocation timed out.
    fn end_of_wait(&mut self, run: Ulid, id: &StepId, now: Millis) {
        let Some(step) = self.runs.get(&run).and_then(|run| run.steps.get(id)) else {
            return;
        };
        if step.status != StepStatus::Waiting || step.due.is_none_or(|due| due > now) {
            return;
        }
        let memo: Arc<str> = if step.op == "InvokeFunction" {
            let error = wire::named_error(
                "InngestInvokeTimeoutError",
                "timed out waiting for the invoked function to complete",
            );
            format!("{{\"error\":{error}}}").into()
        } else {
            "null".into()
        };
        let awaited = (step.op == "WaitForEvent")
            .then(|| serde_json::from_str::<WaitOpts>(step.opts.as_deref()?).ok())
            .flatten();
        if let Some(opts) = awaited {
            self.end_wait(&opts.event, run, id);
        }
        if let Some(step) = self
            .runs
            .get(&run)
            .and_then(|run| run.steps.get(id))
            .cloned()
        {
            self.release_signal(run, id, &step);
        }
        self.remember(run, id, memo, now);
        self.go_on(run, now);
    }

    fn tick(&mut self, slug: &str, line: &str, at: Millis, now: Millis) {
        let Some(function) = self.functions.get(slug).cloned() else {
            return;
        };
        let schedule = function.triggers.iter().find_map(|trigger| match trigger {
            Trigger::Cron(schedule) if schedule.line == line => Some(schedule),
            _ => None,
        });
        let Some(schedule) = schedule else { return };
        // From `now`: ticks that were missed while the machine slept do not pile up.
        if let Some(next) = schedule.next(now.max(at)) {
            self.timers
                .insert((next, Timer::Cron(slug.to_owned(), line.to_owned())));
        }
        let data = serde_json::json!({ "cron": line }).to_string();
        let event = Arc::new(StoredEvent::internal(SCHEDULED, &data, now));
        self.batch.events.push(Arc::clone(&event));
        self.trigger(&function, &event, None, now);
    }
}
