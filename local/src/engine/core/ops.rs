//! Reported steps: remembered, planned, waited for, invoked, or tried again.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use ulid::Ulid;

use super::{
    super::{
        attempts::Attempts,
        clock::Millis,
        duration,
        event::{INVOKED, StoredEvent},
        expression::Expression,
        run::{Job, JobId, Run, Step, StepId, StepStatus},
        wire::{self, Op},
    },
    Core,
    ingest::WaitOpts,
};

/// The most steps of one run, as on Inngest.
const MOST_STEPS: usize = 1000;
/// The longest id of a step; SDKs send 40 hex digits.
const LONGEST_ID: usize = 256;
/// The version of execution from which steps planned together are awaited together.
const GATHERS: i32 = 2;
/// A wait without a time-out ends after a year, as on Inngest.
const LONGEST_WAIT: &str = "365d";

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
        let together = ops.len() > 1 && run.version >= GATHERS;
        if ops.len() > 1 && !run.parallel {
            run.parallel = true;
            self.batch.run(run);
        }
        let mut progress = Progress::default();
        for op in &ops {
            let apart = op
                .opt::<String>("parallelMode")
                .is_some_and(|mode| mode == "race");
            let together = together && !apart;
            if let Err(error) = self.operation(&job, op, last, together, &mut progress, now) {
                return self.fail(job.run, wire::error_json(&error), now);
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
        self.conclude(id, &job, progress.done, now);
    }

    /// The call is over: look for what comes next, or leave the run to what it waits for.
    fn conclude(&mut self, id: JobId, job: &Job, done: bool, now: Millis) {
        let Some(run) = self.runs.get_mut(&job.run) else {
            return;
        };
        let again =
            job.target.is_none() && (done || std::mem::take(&mut run.dirty)) && !run.is_gathering();
        if again {
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
    ) -> Result<(), String> {
        let id: StepId = op.id.as_str().into();
        if op.id.is_empty() || op.id.len() > LONGEST_ID || op.id.contains('\0') {
            return Err(format!(
                "a step's id is empty, longer than {LONGEST_ID} or holds a NUL"
            ));
        }
        let run = self.runs.get(&job.run).ok_or("the run is over")?;
        let known = run.steps.get(&id);
        if known.is_some_and(|step| step.status == StepStatus::Done) {
            // A remembered step is never run or changed again.
            return Ok(());
        }
        if known.is_none() && run.steps.len() >= MOST_STEPS {
            return Err(format!("the run has more than {MOST_STEPS} steps"));
        }
        let fresh = known.is_none_or(|step| step.status == StepStatus::Retrying);
        let step = known
            .cloned()
            .unwrap_or_else(|| new_step(op, together, now));
        let step = Step {
            op: op.op.clone(),
            started_at: job.called_at,
            ..step
        };
        match op.op.as_str() {
            "StepRun" | "Step" => {
                let data = op.data.as_deref().map_or("null", RawValue::get);
                self.step_done(job, id, step, "data", data, now);
                progress.done = true;
            }
            "StepError" | "StepFailed" => {
                let error = error_of(op);
                let final_one = last || op.op == "StepFailed" || !self.may_retry(job);
                let step = Step {
                    failures: step.failures + 1,
                    attempts: step.attempts.and(job.called_at, now, &error),
                    error: Some(error.as_str().into()),
                    ..step
                };
                if final_one {
                    self.step_done(job, id, step, "error", &error, now);
                    progress.done = true;
                } else {
                    let planned = job.target.is_some();
                    let status = if planned {
                        StepStatus::Planned
                    } else {
                        StepStatus::Retrying
                    };
                    self.put_step(job.run, id, Step { status, ..step });
                    progress.failed = true;
                }
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
            "InvokeFunction" => {
                progress.done |= self.invoke(job, id, op, step, now)?;
            }
            "RunComplete" => {
                let data = op.data.as_deref().map_or("null", RawValue::get).to_owned();
                self.complete(job.run, data, now);
            }
            other => return Err(format!("`{other}` is not supported by this engine")),
        }
        Ok(())
    }

    /// Remembers the result or the final error of a step's body.
    fn step_done(
        &mut self,
        job: &Job,
        id: StepId,
        step: Step,
        field: &str,
        value: &str,
        now: Millis,
    ) {
        // Its timer and wait are not set: it was planned or is new.
        if let Some(run) = self.runs.get_mut(&job.run) {
            run.steps.insert(id.clone(), step);
        }
        self.remember(job.run, &id, format!("{{\"{field}\":{value}}}").into(), now);
    }

    fn wait_for(
        &mut self,
        run: Ulid,
        id: StepId,
        op: &Op,
        step: Step,
        now: Millis,
    ) -> Result<(), String> {
        let opts = op.opts.as_deref().map_or("{}", RawValue::get);
        let opts: WaitOpts = serde_json::from_str(opts)
            .map_err(|error| format!("the arguments of WaitForEvent are not valid: {error}"))?;
        if let Some(condition) = opts.condition.filter(|text| !text.is_empty()) {
            Expression::parse(&condition)?;
        }
        let timeout = opts.timeout.filter(|text| !text.is_empty());
        let due = Some(duration::moment(
            timeout.as_deref().unwrap_or(LONGEST_WAIT),
            now,
        )?);
        self.waits
            .entry(opts.event)
            .or_default()
            .insert((run, id.clone()));
        self.put_step(
            run,
            id,
            Step {
                status: StepStatus::Waiting,
                due,
                ..step
            },
        );
        Ok(())
    }

    /// Starts another function for a step; true if the step is done at once, because it cannot be.
    fn invoke(
        &mut self,
        job: &Job,
        id: StepId,
        op: &Op,
        step: Step,
        now: Millis,
    ) -> Result<bool, String> {
        let slug: String = op
            .opt("function_id")
            .ok_or("InvokeFunction has no function_id")?;
        let timeout: Option<String> = op.opt("timeout").filter(|text: &String| !text.is_empty());
        let due = duration::moment(timeout.as_deref().unwrap_or(LONGEST_WAIT), now)?;
        let Some(function) = self.functions.get(&slug).cloned() else {
            let error = wire::error_json(&format!("could not find function `{slug}`"));
            self.step_done(job, id, step, "error", &error, now);
            return Ok(true);
        };
        let step = Step {
            status: StepStatus::Waiting,
            due: Some(due),
            ..step
        };
        self.put_step(job.run, id.clone(), step);
        let data = self.invocation_data(job.run, &id, op, &slug, due);
        let event = Arc::new(StoredEvent::internal(INVOKED, &data, now));
        self.batch.events.push(Arc::clone(&event));
        let parent = (job.run, id.clone());
        if self.start(&function, &event, Some(parent), now).is_none() {
            let error = "the function was already invoked with this idempotency key";
            let memo = format!("{{\"error\":{}}}", wire::error_json(error));
            self.remember(job.run, &id, memo.into(), now);
            return Ok(true);
        }
        Ok(false)
    }

    /// The invoked function's data: the payload's, and under `_inngest` who invoked it.
    fn invocation_data(&self, run: Ulid, id: &str, op: &Op, slug: &str, due: Millis) -> String {
        #[derive(Serialize)]
        struct Origin<'a> {
            source_app_id: &'a str,
            source_fn_id: &'a str,
            source_fn_v: u32,
            fn_id: &'a str,
            correlation_id: String,
            expire: Millis,
            gid: &'a str,
            name: &'a str,
        }
        let source = self.runs.get(&run).map_or("", |run| &*run.function);
        let origin = Origin {
            source_app_id: self
                .functions
                .get(source)
                .map_or("", |function| &function.app),
            source_fn_id: source,
            source_fn_v: 1,
            fn_id: slug,
            correlation_id: format!("{run}.{id}"),
            expire: due,
            gid: "",
            name: op.label(),
        };
        let origin = serde_json::to_string(&origin).expect("strings and numbers serialise");
        // Spliced as text, so that the payload stays byte for byte what the step sent.
        match payload_fields(op).as_str() {
            "" => format!("{{\"_inngest\":{origin}}}"),
            fields => format!("{{{fields},\"_inngest\":{origin}}}"),
        }
    }
}

/// The fields of the payload's data, without their braces.
fn payload_fields(op: &Op) -> String {
    #[derive(Deserialize)]
    struct Payload {
        #[serde(default)]
        data: Option<Box<RawValue>>,
    }
    let data = op
        .opt::<Payload>("payload")
        .and_then(|payload| payload.data);
    data.as_deref()
        .and_then(|data| data.get().strip_prefix('{')?.strip_suffix('}'))
        .map_or_else(String::new, |fields| fields.trim().to_owned())
}

fn new_step(op: &Op, together: bool, now: Millis) -> Step {
    Step {
        // The database's text holds no NUL.
        name: op.label().replace('\0', ""),
        op: op.op.clone(),
        status: StepStatus::Retrying,
        seq: None,
        opts: op.opts.as_deref().map(|opts| opts.get().into()),
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
