//! Which committed calls are made now, within the limits on calls at once.

use std::sync::Arc;

use ulid::Ulid;

use super::{
    super::{
        batch::Effect,
        clock::{self, Millis},
        event::StoredEvent,
        function::Function,
        run::{JobId, StepId},
        wire::{self, Answer},
    },
    Core, Timer,
};

/// A call to make: everything it needs, shared with the state and unchanged by it.
pub(in super::super) struct CallRequest {
    /// Which call it is.
    pub(in super::super) job: JobId,
    /// Sent along, and back with every checkpoint.
    pub(in super::super) request_id: Ulid,
    /// The function called.
    pub(in super::super) function: Arc<Function>,
    /// Its run.
    pub(in super::super) run_id: String,
    /// The step to run; `None` looks for new steps.
    pub(in super::super) target: Option<StepId>,
    /// Failed attempts so far.
    pub(in super::super) attempt: u32,
    /// Remembered steps in the order of completion.
    pub(in super::super) steps: Vec<(StepId, Arc<str>)>,
    /// What the run was started with.
    pub(in super::super) events: Vec<Arc<StoredEvent>>,
    /// The SDK's execution version.
    pub(in super::super) version: i32,
    /// Whether steps must be planned before they run.
    pub(in super::super) parallel: bool,
}

impl Core {
    /// Releases what a commit allows.
    pub(in super::super) fn committed(&mut self, effects: Vec<Effect>, now: Millis) {
        for effect in effects {
            match effect {
                Effect::Reply(reply) => reply(),
                Effect::Job(id) => {
                    let Some(job) = self.jobs.get(&id) else {
                        continue;
                    };
                    if job.due <= now {
                        self.make_ready(id);
                    } else {
                        self.timers.insert((job.due, Timer::Job(id)));
                    }
                }
            }
        }
    }

    /// The calls to make now.
    pub(in super::super) fn due_calls(&mut self, now: Millis) -> Vec<CallRequest> {
        let mut calls = Vec::new();
        while self.in_flight < self.rules.max_calls {
            let Some((_, id)) = self.ready.pop_first() else {
                break;
            };
            if let Some(call) = self.call(id, now) {
                calls.push(call);
            }
        }
        calls
    }

    fn call(&mut self, id: JobId, now: Millis) -> Option<CallRequest> {
        // A call may have been overtaken: its run ended, it is under way, or was put off again.
        let job = self
            .jobs
            .get(&id)
            .filter(|job| !job.in_flight && job.due <= now)?;
        let slug = Arc::clone(&self.runs.get(&job.run)?.function);
        let Some(function) = self.functions.get(&*slug).cloned() else {
            let error = format!("function `{slug}` is not registered any more");
            let answer: Answer = wire::failed(wire::error_json(&error), false);
            self.call_done(id, answer, now);
            return None;
        };
        if !self.admit(id, &function, now) {
            return None;
        }
        let job = self.jobs.get_mut(&id)?;
        let run = self.runs.get_mut(&job.run)?;
        self.in_flight += 1;
        job.in_flight = true;
        job.called_at = Some(now);
        let request_id = clock::new_id(now);
        job.request_id = Some(request_id);
        job.told = run.order.len();
        let begins = run.started_at.is_none();
        if begins {
            run.started_at = Some(now);
            // Without time-outs nothing depends on it before the run's next transition. With them,
            // a crash must not make a run that began look like one that still waits.
            if function.start_timeout.is_some() || function.finish_timeout.is_some() {
                self.batch.run(run);
            }
        }
        let steps = run
            .order
            .iter()
            .filter_map(|step| Some((step.clone(), run.steps.get(step)?.memo.clone()?)))
            .collect();
        let call = CallRequest {
            job: id,
            request_id,
            run_id: run.id.to_string(),
            target: job.target.clone(),
            attempt: job.attempt,
            steps,
            events: run.events.clone(),
            version: run.version,
            parallel: run.parallel,
            function: Arc::clone(&function),
        };
        let run = run.id;
        self.changed();
        if begins {
            self.watch_deadline(run, &function);
        }
        Some(call)
    }

    /// A call is over, whatever became of it: room for the next.
    pub(in super::super) fn call_over(&mut self, id: JobId) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.release(id);
    }
}
