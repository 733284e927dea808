//! Checkpoints: an app that goes on after a step reports it while its call is still under way.

use ulid::Ulid;

use super::{
    super::{
        clock::Millis,
        run::{JobId, Step, StepId, StepStatus},
        wire::Op,
    },
    Core,
    limits::{self, Exceeded},
    ops::{began_at, new_step},
};

/// Steps that an app has run and goes on from.
pub(in super::super) struct Checkpoint {
    /// Their run.
    pub(in super::super) run: Ulid,
    /// The function's UUID, as the call told it.
    pub(in super::super) function: Option<String>,
    /// The call's job, as the call told it; an app that tells none is taken at its word.
    pub(in super::super) job: Option<JobId>,
    /// The call's own id. SDKs before 2026 do not send it: then the job alone decides.
    pub(in super::super) request_id: Option<String>,
    /// What was run.
    pub(in super::super) steps: Vec<Op>,
}

/// What became of a checkpoint.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) enum Checkpointed {
    /// The steps are remembered: go on.
    Taken,
    /// The call was given up, and another one takes or took its place: stop. Its steps are
    /// remembered all the same, for they were run.
    Stale,
    /// No such run is under way.
    Over,
    /// It asks for what a checkpoint cannot do.
    Refused(String),
}

impl Core {
    /// Remembers the steps of a call that is under way. Steps known already stay as they are, so
    /// a checkpoint may come twice.
    pub(in super::super) fn checkpoint(
        &mut self,
        checkpoint: &Checkpoint,
        now: Millis,
    ) -> Checkpointed {
        let Some(run) = self.runs.get(&checkpoint.run) else {
            return Checkpointed::Over;
        };
        let uuid = super::super::client::function_uuid(&run.function);
        if checkpoint.function.as_ref().is_some_and(|id| *id != uuid) {
            return Checkpointed::Refused("fn_id is not the run's function".to_owned());
        }
        // Refused as a whole, before anything is remembered.
        if let Some(op) = checkpoint.steps.iter().find(|op| !is_done(op)) {
            return Checkpointed::Refused(format!("cannot checkpoint opcode: {}", op.op));
        }
        for op in &checkpoint.steps {
            if let Err(Exceeded { message, .. }) = self.checkpoint_step(checkpoint.run, op, now) {
                return Checkpointed::Refused(message);
            }
        }
        if self.is_stale(checkpoint) {
            return Checkpointed::Stale;
        }
        self.begin_attempts_anew(checkpoint.job);
        Checkpointed::Taken
    }

    fn checkpoint_step(&mut self, run: Ulid, op: &Op, now: Millis) -> Result<(), Exceeded> {
        let Some(state) = self.runs.get(&run) else {
            return Ok(());
        };
        let id: StepId = op.id.as_str().into();
        let known = state.steps.get(&id);
        // A planned or waiting step gets its result from whom it waits for.
        if known.is_some_and(|step| step.status != StepStatus::Retrying) {
            return Ok(());
        }
        limits::check(state, op)?;
        // It came after the step before it, in a call that looks for new steps.
        let before = state.order.last().and_then(|id| state.steps.get(id));
        let call = state.discovery.and_then(|id| self.jobs.get(&id));
        let from = before
            .and_then(|step| step.ended_at)
            .max(call.and_then(|call| call.called_at));
        let step = Step {
            started_at: began_at(op, from, now),
            ..known.cloned().unwrap_or_else(|| new_step(op, false, now))
        };
        self.result(run, id, step, op, now);
        Ok(())
    }

    /// Whether the checkpoint's call is not the one under way.
    fn is_stale(&self, checkpoint: &Checkpoint) -> bool {
        let Some(id) = checkpoint.job else {
            return false;
        };
        let job = self
            .jobs
            .get(&id)
            .filter(|job| job.run == checkpoint.run && job.in_flight);
        let Some(job) = job else { return true };
        checkpoint
            .request_id
            .as_ref()
            .is_some_and(|told| job.request_id.is_none_or(|id| id.to_string() != *told))
    }

    /// The attempts of a call are its next step's: one that was run leaves them all to the next.
    fn begin_attempts_anew(&mut self, id: Option<JobId>) {
        let Some(id) = id else { return };
        let Some(job) = self.jobs.get_mut(&id).filter(|job| job.attempt > 0) else {
            return;
        };
        job.attempt = 0;
        self.batch.jobs.insert(id, Some(job.clone()));
    }
}

/// Whether the operation tells of a step that was run and may be remembered as it is.
fn is_done(op: &Op) -> bool {
    matches!(op.op.as_str(), "StepRun" | "Step") && limits::is_id(&op.id)
}
