//! Runs end: results, failures and cancellations, and who is told of them.

use std::{ops::RangeInclusive, sync::Arc};

use serde::Serialize;
use serde_json::value::RawValue;
use ulid::Ulid;

use super::{
    super::{
        batch::RunRow,
        clock::Millis,
        event::{CANCELLED, FAILED, FINISHED, StoredEvent},
        expression::Expression,
        function::{Trigger, covers},
        run::{Run, RunStatus, StepStatus},
        wire,
    },
    Core, Timer,
    ingest::WaitOpts,
};

impl Core {
    /// Stops a run; false if it is not under way.
    pub(in super::super) fn cancel(&mut self, run: Ulid, now: Millis) -> bool {
        let error = wire::named_error("FunctionCancelledError", "function cancelled");
        self.end(run, RunStatus::Cancelled, error, now)
    }

    /// Stops the runs that this event cancels.
    pub(super) fn cancel_on(&mut self, event: &Arc<StoredEvent>, now: Millis) {
        if !self
            .functions
            .values()
            .any(|function| !function.cancel.is_empty())
        {
            return;
        }
        let stopped: Vec<Ulid> = self
            .runs
            .values()
            .filter(|run| {
                self.functions.get(&*run.function).is_some_and(|function| {
                    function.cancel.iter().any(|cancel| {
                        covers(&cancel.event, &event.name)
                            && cancel
                                .within
                                .is_none_or(|within| now <= run.created_at + within)
                            && cancel
                                .condition
                                .as_ref()
                                .is_none_or(|c| c.holds(&run.events[0], Some(event)))
                    })
                })
            })
            .map(|run| run.id)
            .collect();
        for run in stopped {
            self.cancel(run, now);
        }
    }

    /// Stops the runs of a function that began in this span; false if nobody knows the function.
    pub(in super::super) fn cancel_matching(
        &mut self,
        slug: &str,
        began: &RangeInclusive<Millis>,
        condition: Option<&Expression>,
        now: Millis,
    ) -> bool {
        let matching = self.runs.values().filter(|run| {
            *run.function == *slug
                && began.contains(&run.started_at.unwrap_or(run.created_at))
                && condition.is_none_or(|condition| condition.holds(&run.events[0], None))
        });
        let stopped: Vec<Ulid> = matching.map(|run| run.id).collect();
        for run in &stopped {
            self.cancel(*run, now);
        }
        !stopped.is_empty() || self.functions.contains_key(slug)
    }

    /// The function returned.
    pub(super) fn complete(&mut self, run: Ulid, result: String, now: Millis) {
        self.end(run, RunStatus::Completed, result, now);
    }

    /// The function failed for good.
    pub(super) fn fail(&mut self, run: Ulid, error: String, now: Millis) {
        self.end(run, RunStatus::Failed, error, now);
    }

    /// Ends a run with its result or its error as JSON; false if it is not under way.
    fn end(&mut self, id: Ulid, status: RunStatus, output: String, now: Millis) -> bool {
        let Some(run) = self.runs.remove(&id) else {
            return false;
        };
        for id in &run.jobs {
            let under_way = self.jobs.remove(id).is_some_and(|job| job.in_flight);
            self.batch.jobs.insert(*id, None);
            // A call under way keeps its room until it is over.
            if !under_way {
                self.release(*id);
            }
        }
        for (step_id, step) in &run.steps {
            if step.status != StepStatus::Waiting {
                continue;
            }
            if let Some(due) = step.due {
                self.timers.remove(&(due, Timer::Step(id, step_id.clone())));
            }
            self.release_signal(id, step_id, step);
            if step.op == "WaitForEvent"
                && let Some(opts) = &step.opts
                && let Ok(opts) = serde_json::from_str::<WaitOpts>(opts)
            {
                self.end_wait(&opts.event, id, step_id);
            }
        }
        tracing::info!(
            runId = %id, function = %run.function, status = status.as_str(), "run ended"
        );
        self.unwatch_deadline(&run);
        self.leave_flow(id, &run.function, &run.flow);
        self.announce(&run, status, &output, now);
        self.settle_parents(&run, status, &output, now);
        self.batch
            .runs
            .insert(id, RunRow::ended(&run, status, output, now));
        true
    }

    /// Gives the result to the steps that wait for it: one, or one for each event of a batch.
    fn settle_parents(&mut self, run: &Run, status: RunStatus, output: &str, now: Millis) {
        let field = if status == RunStatus::Completed {
            "data"
        } else {
            "error"
        };
        let memo: Arc<str> = format!("{{\"{field}\":{output}}}").into();
        // A repeated run is nobody's: the first one answers for these events.
        let batch = if run.events.len() > 1 && run.rerun_of.is_none() {
            run.events.as_slice()
        } else {
            &[]
        };
        let invokers = batch.iter().filter_map(|event| event.invoker());
        for (parent, step) in run.parent.clone().into_iter().chain(invokers) {
            self.remember(parent, &step, Arc::clone(&memo), now);
            self.go_on(parent, now);
        }
    }

    /// Raises the events about the end. A failure is always kept; the others only when a function
    /// or a step listens, for they repeat the run's whole input.
    fn announce(&mut self, run: &Run, status: RunStatus, output: &str, now: Millis) {
        if run.events[0].is_about_an_end() {
            return;
        }
        let names: &[&str] = match status {
            RunStatus::Failed => &[FAILED, FINISHED],
            RunStatus::Cancelled => &[CANCELLED, FINISHED],
            RunStatus::Completed | RunStatus::Running => &[FINISHED],
        };
        for name in names {
            if *name == FAILED || self.is_heard(name) {
                let data = about(run, status, output);
                self.publish(Arc::new(StoredEvent::internal(name, &data, now)), now);
            }
        }
    }

    fn is_heard(&self, event: &str) -> bool {
        self.waits.contains_key(event)
            || self.functions.values().any(|function| {
                function.triggers.iter().any(
                    |trigger| matches!(trigger, Trigger::Event { name, .. } if covers(name, event)),
                )
            })
    }
}

/// The data of an event about a run's end, as failure handlers expect it.
fn about(run: &Run, status: RunStatus, output: &str) -> String {
    #[derive(Serialize)]
    struct Data<'a> {
        function_id: &'a str,
        run_id: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<&'a RawValue>,
        #[serde(skip_serializing_if = "Option::is_none")]
        result: Option<&'a RawValue>,
        #[serde(skip_serializing_if = "Option::is_none")]
        event: Option<&'a RawValue>,
        events: Vec<&'a RawValue>,
        _inngest: Status,
    }
    #[derive(Serialize)]
    struct Status {
        status: &'static str,
    }
    let output = serde_json::from_str::<&RawValue>(output).ok();
    let events: Vec<&RawValue> = run
        .events
        .iter()
        .filter_map(|event| serde_json::from_str(&event.body).ok())
        .collect();
    let succeeded = status == RunStatus::Completed;
    let data = Data {
        function_id: &run.function,
        run_id: run.id.to_string(),
        error: output.filter(|_| !succeeded),
        result: output.filter(|_| succeeded),
        event: events.first().copied(),
        events,
        _inngest: Status {
            status: status.as_str(),
        },
    };
    serde_json::to_string(&data).expect("strings and raw JSON serialise")
}
