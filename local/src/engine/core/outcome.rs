//! What an answer means for its run: go on, try again, or end.

use super::{
    super::{
        clock::Millis,
        retry,
        run::{Job, JobId},
        wire::{self, Answer, Outcome},
    },
    Core, Timer,
};

impl Core {
    /// Takes the answer to a call.
    pub(in super::super) fn call_done(&mut self, id: JobId, answer: Answer, now: Millis) {
        let Some(job) = self.jobs.get_mut(&id) else {
            // Its run was ended meanwhile.
            return;
        };
        job.in_flight = false;
        job.request_id = None;
        let job = job.clone();
        let Some(run) = self.runs.get_mut(&job.run) else {
            return;
        };
        if let Some(version) = answer.version.filter(|version| *version != run.version) {
            run.version = version;
            self.batch.run(run);
        }
        match answer.outcome {
            Outcome::Unreachable(error) => self.unreachable(id, job, &error, now),
            Outcome::Finished(result) => self.complete(job.run, result, now),
            Outcome::Ops { ops, last } => {
                self.operations(id, job, ops, last, answer.retry_at, now);
            }
            Outcome::Failed { error, last } => {
                self.attempt_failed(id, job, error, last, answer.retry_at, now);
            }
        }
    }

    /// Nobody listens: an app that restarts. That costs an attempt only after the grace.
    fn unreachable(&mut self, id: JobId, mut job: Job, error: &str, now: Millis) {
        let (since, tries) = job.unreachable.unwrap_or((now, 0));
        if now - since >= self.rules.unreachable_grace {
            job.unreachable = None;
            let error = wire::error_json(&format!("the app cannot be reached: {error}"));
            self.attempt_failed(id, job, error, false, None, now);
            return;
        }
        if tries == 0 {
            tracing::warn!(runId = %job.run, %error, "the app cannot be reached; trying again");
        }
        job.unreachable = Some((since, tries + 1));
        // In memory only: after a restart the call is due at once.
        job.due = now + retry::unreachable_back_off(tries);
        self.timers.insert((job.due, Timer::Job(id)));
        self.jobs.insert(id, job);
    }

    /// The function itself failed, or the call did.
    pub(super) fn attempt_failed(
        &mut self,
        id: JobId,
        job: Job,
        error: String,
        last: bool,
        retry_at: Option<Millis>,
        now: Millis,
    ) {
        self.note_attempt(&job, &error, now);
        if last || !self.may_retry(&job) {
            self.fail(job.run, error, now);
        } else {
            tracing::warn!(runId = %job.run, attempt = job.attempt, %error, "attempt failed");
            self.try_again(id, job, retry_at, now);
        }
    }

    /// Lists a failed call for people: with the step that it was for, or with the run.
    fn note_attempt(&mut self, job: &Job, error: &str, now: Millis) {
        let Some(run) = self.runs.get_mut(&job.run) else {
            return;
        };
        let Some(target) = &job.target else {
            run.attempts = run.attempts.and(job.called_at, now, error);
            return self.batch.run(run);
        };
        if let Some(step) = run.steps.get_mut(target) {
            step.attempts = step.attempts.and(job.called_at, now, error);
            let key = (job.run, target.clone());
            self.batch.steps.insert(key, step.clone());
        }
    }

    /// Whether this call has attempts left.
    pub(super) fn may_retry(&self, job: &Job) -> bool {
        let retries = self
            .runs
            .get(&job.run)
            .and_then(|run| self.functions.get(&*run.function))
            .map_or(retry::DEFAULT_RETRIES, |function| function.retries);
        job.attempt < retries
    }

    /// Puts a call off to its next attempt.
    pub(super) fn try_again(
        &mut self,
        id: JobId,
        mut job: Job,
        retry_at: Option<Millis>,
        now: Millis,
    ) {
        job.due =
            retry_at.unwrap_or_else(|| now + retry::back_off(self.rules.retry_base, job.attempt));
        job.attempt += 1;
        job.unreachable = None;
        self.put_job(id, job);
    }
}
