//! The engine's state and every decision about it. No I/O: what is decided goes into a [`Batch`],
//! what is due comes out as calls. One task owns it, so there are no locks and no races.

mod checkpoint;
mod dispatch;
mod finish;
mod flow;
mod ingest;
mod invoke;
mod limits;
mod ops;
mod outcome;
mod register;
mod rerun;
mod signal;
mod timers;
mod waits;
mod watch;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use ulid::Ulid;

use super::{
    batch::Batch,
    clock::Millis,
    function::{App, Function},
    run::{Job, JobId, Run, Step, StepId, StepStatus},
    store::Loaded,
};
pub(super) use checkpoint::{Checkpoint, Checkpointed};
pub(super) use dispatch::CallRequest;
use ops::GATHERS;
use timers::Timer;
pub(super) use watch::CallView;

/// Events and idempotency keys are remembered for a day, as on Inngest.
pub(super) const DEDUPLICATION: Millis = 24 * 3600 * 1000;

/// What the core is told at start.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// The wait before the first retry.
    pub(super) retry_base: Duration,
    /// How long an unreachable app costs no attempt.
    pub(super) unreachable_grace: Millis,
    /// Calls at once.
    pub(super) max_calls: usize,
}

/// The engine's state.
pub(super) struct Core {
    rules: Rules,
    apps: HashMap<String, App>,
    functions: HashMap<String, Arc<Function>>,
    runs: HashMap<Ulid, Run>,
    jobs: HashMap<JobId, Job>,
    next_job: JobId,
    /// Steps that wait for an event, by its name.
    waits: HashMap<String, HashSet<(Ulid, StepId)>>,
    /// Steps that wait for a signal, by its name.
    signals: signal::Signals,
    timers: BTreeSet<(Millis, Timer)>,
    /// Calls that may be made, older runs' first.
    ready: flow::Queue,
    flow: flow::State,
    in_flight: usize,
    /// Ids that senders chose, of the last minutes; older ones are looked up in the database.
    recent: ingest::Recent,
    /// Idempotency keys in use.
    keys: flow::Keys,
    batch: Batch,
    changes: Arc<AtomicU64>,
}

impl Core {
    /// Takes up where the stored state left off.
    pub(super) fn restore(rules: Rules, loaded: Loaded, now: Millis) -> Self {
        let mut core = Self {
            rules,
            apps: HashMap::new(),
            functions: HashMap::new(),
            runs: loaded.runs,
            jobs: loaded.jobs,
            next_job: loaded.next_job,
            waits: HashMap::new(),
            signals: HashMap::new(),
            timers: BTreeSet::new(),
            ready: flow::Queue::new(),
            flow: flow::State::default(),
            in_flight: 0,
            recent: ingest::Recent::default(),
            keys: flow::Keys::default(),
            batch: Batch::default(),
            changes: Arc::default(),
        };
        for (function, key, created) in loaded.keys {
            core.keys.insert((function.into(), key), created, now);
        }
        core.restore_apps(loaded.apps, now);
        core.restore_timers(now);
        core.restore_flow(loaded.gates, loaded.gatherings);
        core.restore_signals();
        core
    }

    /// What is to be written now, if anything.
    pub(super) fn take_batch(&mut self) -> Option<Batch> {
        if self.batch.has_rows() {
            self.change_after_commit();
        }
        (!self.batch.is_empty()).then(|| std::mem::take(&mut self.batch))
    }

    /// Answers somebody once everything decided so far is committed.
    pub(super) fn after_commit(&mut self, reply: impl FnOnce() + Send + Sync + 'static) {
        self.batch
            .effects
            .push(super::batch::Effect::Reply(Box::new(reply)));
    }

    /// The functions, for display.
    pub(super) fn functions(&self) -> impl Iterator<Item = &Arc<Function>> {
        self.functions.values()
    }

    /// A call that may be made once it is committed.
    fn add_job(&mut self, run: Ulid, target: Option<StepId>, due: Millis) {
        let Some(state) = self.runs.get_mut(&run) else {
            return;
        };
        let id = self.next_job;
        self.next_job += 1;
        state.jobs.insert(id);
        if target.is_none() {
            state.discovery = Some(id);
        }
        let job = Job {
            run,
            target,
            attempt: 0,
            due,
            called_at: None,
            in_flight: false,
            request_id: None,
            told: 0,
            unreachable: None,
        };
        self.put_job(id, job);
    }

    /// Keeps a call and lets it go once it is committed.
    fn put_job(&mut self, id: JobId, job: Job) {
        self.batch.jobs.insert(id, Some(job.clone()));
        self.batch.effects.push(super::batch::Effect::Job(id));
        self.jobs.insert(id, job);
    }

    /// Queues a call that may be made now.
    fn make_ready(&mut self, id: JobId) {
        let run = self.jobs.get(&id).and_then(|job| self.runs.get(&job.run));
        if let Some(run) = run {
            self.ready.insert((run.score(), id));
        }
    }

    fn remove_job(&mut self, id: JobId) {
        let Some(job) = self.jobs.remove(&id) else {
            return;
        };
        self.batch.jobs.insert(id, None);
        if let Some(run) = self.runs.get_mut(&job.run) {
            run.jobs.remove(&id);
            if run.discovery == Some(id) {
                run.discovery = None;
            }
        }
    }

    /// Keeps a step that is not remembered yet, with its timer and its wait.
    fn put_step(&mut self, run: Ulid, id: StepId, step: Step) {
        if let (StepStatus::Waiting, Some(due)) = (step.status, step.due) {
            self.timers.insert((due, Timer::Step(run, id.clone())));
        }
        self.batch.steps.insert((run, id.clone()), step.clone());
        if let Some(run) = self.runs.get_mut(&run) {
            run.steps.insert(id, step);
        }
    }

    /// Remembers a step's result. A step that is already remembered stays as it is.
    fn remember(&mut self, run: Ulid, id: &StepId, memo: Arc<str>, now: Millis) {
        let Some(state) = self.runs.get_mut(&run) else {
            return;
        };
        let Some(step) = state.steps.get_mut(id) else {
            return;
        };
        if step.status == StepStatus::Done {
            return;
        }
        if let Some(due) = step.due {
            self.timers.remove(&(due, Timer::Step(run, id.clone())));
        }
        step.status = StepStatus::Done;
        step.seq = i32::try_from(state.order.len()).ok();
        step.memo = Some(memo);
        step.ended_at = Some(now);
        self.batch.steps.insert((run, id.clone()), step.clone());
        state.order.push(id.clone());
    }

    /// Lets steps run as they are found again, and with it checkpoints, once nothing that was
    /// planned in parallel is outstanding.
    fn end_parallel(&mut self, run: Ulid) {
        let Some(state) = self.runs.get_mut(&run) else {
            return;
        };
        let outstanding =
            |step: &Step| matches!(step.status, StepStatus::Planned | StepStatus::Waiting);
        if state.parallel && state.version >= GATHERS && !state.steps.values().any(outstanding) {
            state.parallel = false;
            self.batch.run(state);
        }
    }

    /// Looks for what comes next, unless that is under way or other steps are awaited first.
    fn go_on(&mut self, run: Ulid, now: Millis) {
        let Some(state) = self.runs.get_mut(&run) else {
            return;
        };
        if state.is_gathering() {
            return;
        }
        match state.discovery.and_then(|id| self.jobs.get(&id)) {
            Some(job) if job.in_flight => state.dirty = true,
            // It will see what is remembered when it is made.
            Some(_) => {}
            None => {
                self.end_parallel(run);
                self.add_job(run, None, now);
            }
        }
    }
}

#[cfg(test)]
mod tests;
