//! Reported steps: remembered, planned, waited for, invoked, or tried again.

use std::sync::Arc;

use serde_json::value::RawValue;
use ulid::Ulid;

use super::{
    super::{
        attempts::Attempts,
        clock::Millis,
        duration,
        run::{Job, JobId, Run, Step, StepId, StepStatus},
        wire::{self, Op},
    },
    Core,
    limits::{self, Exceeded},
};

/// The version of execution from which steps planned together are awaited together.
pub(super) const GATHERS: i32 = 2;

/// What a list of operations came to.
#[derive(Default)]
struct Progress {
    /// A step was remembered: there is something to go on with.
    done: bool,
    /// A step's body failed and has attempts left.
    failed: bool,
}

impl Core {
    /// Takes the operations that a call reported.
    pub(super) fn operations(
        &mut self,
        id: JobId,
        job: Job,
        ops: Vec<Op>,
        last: bool,
        retry_at: Option<Millis>,
        now: Millis,
    ) {
        let Some(run) = self.runs.get_mut(&job.run) else {
            return;
        };
        // Results that come together were run one after another and kept until now.
        let several = ops.iter().filter(|op| !op.is_result()).count() > 1;
        let together = several && run.version >= GATHERS;
        if several && !run.parallel {
            run.parallel = true;
            self.batch.run(run);
        }
        let mut progress = Progress::default();
        for op in &ops {
            let together = together && !is_race(op);
            if let Err(error) = self.operation(&job, op, last, together, &mut progress, now) {
                return self.fail(job.run, error.to_json(), now);
            }
            if !self.runs.contains_key(&job.run) {
                return;
            }
        }
        if progress.failed {
            return self.try_again(id, job, retry_at, now);
        }
        let target = job.target.as_ref();
        let missed = target.is_some_and(|target| {
            let run = self.runs.get(&job.run);
            run.and_then(|run| run.steps.get(target))
                .is_some_and(|step| step.status == StepStatus::Planned)
        });
        if missed {
            let error = wire::error_json("the app did not run the step that it was asked to run");
            return self.attempt_failed(id, job, error, last, retry_at, now);
        }
        // Nothing but results that were all checkpointed before, by this call or by one given up.
        let repeated = ops.iter().all(Op::is_result)
            && (self.runs.get(&job.run)).is_some_and(|run| run.order.len() > job.told);
        self.conclude(id, &job, progress.done || repeated, now);
    }

    /// Takes steps that were reported together with requests which the engine makes now; their
    /// call is over when those are answered.
    pub(in super::super) fn reported(
        &mut self,
        id: JobId,
        request_id: Ulid,
        ops: &[Op],
        now: Millis,
    ) {
        let job = self.jobs.get(&id);
        let Some(job) = job
            .filter(|job| job.request_id == Some(request_id))
            .cloned()
        else {
            return;
        };
        let Some(run) = self.runs.get_mut(&job.run) else {
            return;
        };
        if !run.parallel {
            run.parallel = true;
            self.batch.run(run);
        }
        // Its version comes with the answer; SDKs that leave requests to the engine gather.
        let mut progress = Progress::default();
        for op in ops {
            if let Err(error) = self.operation(&job, op, false, !is_race(op), &mut progress, now) {
                return self.fail(job.run, error.to_json(), now);
            }
            if !self.runs.contains_key(&job.run) {
                return;
            }
        }
    }

    /// The call is over: look for what comes next, or leave the run to what it waits for.
    fn conclude(&mut self, id: JobId, job: &Job, done: bool, now: Millis) {
        let Some(run) = self.runs.get_mut(&job.run) else {
            return;
        };
        let news = done || std::mem::take(&mut run.dirty);
        let again = job.target.is_none() && news && !run.is_gathering();
        if again {
            self.end_parallel(job.run);
            // The same row, begun anew: one write per step.
            let next = Job {
                attempt: 0,
                due: now,
                unreachable: None,
                ..job.clone()
            };
            return self.put_job(id, next);
        }
        self.remove_job(id);
        if job.target.is_some() && done {
            self.go_on(job.run, now);
        }
        if self.runs.get(&job.run).is_some_and(Run::is_stuck) {
            let error = "the app reported nothing that the run could go on with";
            self.fail(job.run, wire::error_json(error), now);
        }
    }

    fn operation(
        &mut self,
        job: &Job,
        op: &Op,
        last: bool,
        together: bool,
        progress: &mut Progress,
        now: Millis,
    ) -> Result<(), Exceeded> {
        match op.op.as_str() {
            "RunComplete" => {
                let data = op.data.as_deref().map_or("null", RawValue::get).to_owned();
                self.complete(job.run, data, now);
                return Ok(());
            }
            // The app wants to be called again, and nothing else.
            "DiscoveryRequest" => {
                progress.done = true;
                return Ok(());
            }
            _ => {}
        }
        let id: StepId = op.id.as_str().into();
        let run = self
            .runs
            .get(&job.run)
            .ok_or_else(|| "the run is over".to_owned())?;
        let known = run.steps.get(&id);
        if known.is_some_and(|step| step.status == StepStatus::Done) {
            // A remembered step is never run or changed again.
            return Ok(());
        }
        limits::check(run, op)?;
        let fresh = known.is_none_or(|step| step.status == StepStatus::Retrying);
        let step = known
            .cloned()
            .unwrap_or_else(|| new_step(op, together, now));
        let step = Step {
            op: op.op.clone(),
            opts: step.opts.or_else(|| opts_of(op)),
            started_at: began_at(op, job.called_at, now),
            ..step
        };
        match op.op.as_str() {
            "StepRun" | "Step" => {
                self.result(job.run, id, step, op, now);
                progress.done = true;
            }
            "StepError" | "StepFailed" => {
                let final_one = last || op.op == "StepFailed" || !self.may_retry(job);
                self.step_failed(job, id, step, op, final_one, progress, now);
            }
            // Reported again while it is outstanding: nothing new.
            _ if !fresh => {}
            "StepPlanned" => {
                self.put_step(
                    job.run,
                    id.clone(),
                    Step {
                        status: StepStatus::Planned,
                        ..step
                    },
                );
                self.add_job(job.run, Some(id), now);
            }
            "Sleep" => {
                let text: String = op
                    .opt("duration")
                    .or_else(|| op.name.clone())
                    .unwrap_or_default();
                let due = Some(duration::moment(&text, now)?);
                self.put_step(
                    job.run,
                    id,
                    Step {
                        status: StepStatus::Waiting,
                        due,
                        ..step
                    },
                );
            }
            "WaitForEvent" => self.wait_for(job.run, id, op, step, now)?,
            "WaitForSignal" => self.wait_for_signal(job.run, id, op, step, now)?,
            // The engine made its request: what the operation holds now is what came of it.
            "AIGateway" | "Gateway" if op.error.is_some() => {
                let final_one = op.no_retry || last || !self.may_retry(job);
                self.step_failed(job, id, step, op, final_one, progress, now);
            }
            "AIGateway" | "Gateway" => {
                self.result(job.run, id, step, op, now);
                progress.done = true;
            }
            "InvokeFunction" => {
                progress.done |= self.invoke(job.run, id, op, step, now)?;
            }
            other => return Err(format!("`{other}` is not supported by this engine").into()),
        }
        Ok(())
    }

    /// Remembers what a step's body gave.
    pub(super) fn result(&mut self, run: Ulid, id: StepId, step: Step, op: &Op, now: Millis) {
        let data = op.data.as_deref().map_or("null", RawValue::get);
        self.step_done(run, id, step, "data", data, now);
    }

    /// Remembers a step's final error, or tries the step again.
    #[expect(clippy::too_many_arguments, reason = "all of one operation")]
    fn step_failed(
        &mut self,
        job: &Job,
        id: StepId,
        step: Step,
        op: &Op,
        final_one: bool,
        progress: &mut Progress,
        now: Millis,
    ) {
        let error = error_of(op);
        let step = Step {
            failures: step.failures + 1,
            attempts: step.attempts.and(job.called_at, now, &error),
            error: Some(error.as_str().into()),
            ..step
        };
        if final_one {
            self.step_done(job.run, id, step, "error", &error, now);
            progress.done = true;
            return;
        }
        let planned = job.target.is_some();
        let status = if planned {
            StepStatus::Planned
        } else {
            StepStatus::Retrying
        };
        self.put_step(job.run, id, Step { status, ..step });
        progress.failed = true;
    }

    /// Remembers the result or the final error of a step's body.
    pub(super) fn step_done(
        &mut self,
        run: Ulid,
        id: StepId,
        step: Step,
        field: &str,
        value: &str,
        now: Millis,
    ) {
        // Its timer and wait are not set: it was planned or is new.
        if let Some(state) = self.runs.get_mut(&run) {
            state.steps.insert(id.clone(), step);
        }
        self.remember(run, &id, format!("{{\"{field}\":{value}}}").into(), now);
    }
}

/// Whether the run goes on without this step when another one planned with it is done.
fn is_race(op: &Op) -> bool {
    op.opt::<String>("parallelMode")
        .is_some_and(|mode| mode == "race")
}

fn opts_of(op: &Op) -> Option<Arc<str>> {
    op.opts.as_deref().map(|opts| opts.get().into())
}

/// A step as it is first heard of.
pub(super) fn new_step(op: &Op, together: bool, now: Millis) -> Step {
    Step {
        // The database's text holds no NUL.
        name: op.label().replace('\0', ""),
        op: op.op.clone(),
        status: StepStatus::Retrying,
        seq: None,
        opts: opts_of(op),
        memo: None,
        together,
        due: None,
        failures: 0,
        error: None,
        attempts: Attempts::default(),
        created_at: now,
        started_at: None,
        ended_at: None,
    }
}

/// The step's error as JSON.
fn error_of(op: &Op) -> String {
    op.error.as_deref().or(op.data.as_deref()).map_or_else(
        || wire::error_json("the step failed"),
        |error| error.get().to_owned(),
    )
}

/// When the step's body began: as the app tells it, but not before `from`, when it can have begun
/// at the earliest. Its clock may be another one, or one of whole seconds.
pub(super) fn began_at(op: &Op, from: Option<Millis>, now: Millis) -> Option<Millis> {
    let told = op.began_at().filter(|at| (1..=now).contains(at));
    told.max(from)
}
