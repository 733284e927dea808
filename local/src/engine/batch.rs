//! What one write to the database holds, and what may happen once it is committed.

use std::{collections::HashMap, sync::Arc};

use ulid::Ulid;

use super::{
    attempts::Attempts,
    clock::Millis,
    event::StoredEvent,
    function::Micros,
    run::{Gathering, Job, JobId, Run, RunStatus, Step, StepId},
};

/// Rows to write in one statement. Rows are whole and the last one of a key wins, so a batch can
/// be merged from many transitions and written again after an unknown outcome.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) events: Vec<Arc<StoredEvent>>,
    pub(super) runs: HashMap<Ulid, RunRow>,
    pub(super) steps: HashMap<(Ulid, StepId), Step>,
    /// `None` deletes the row.
    pub(super) jobs: HashMap<JobId, Option<Job>>,
    pub(super) apps: HashMap<String, AppRow>,
    /// The theoretical arrival of the next.
    pub(super) gates: HashMap<GateKey, Micros>,
    /// By function and key; `None` deletes the row.
    pub(super) gatherings: HashMap<(Arc<str>, String), Option<Gathering>>,
    /// Released after the commit, in order.
    pub(super) effects: Vec<Effect>,
}

/// A run as it is written.
pub(super) struct RunRow {
    pub(super) function: Arc<str>,
    /// The ids of its events, joined by commas.
    pub(super) events: String,
    pub(super) status: RunStatus,
    pub(super) version: i32,
    pub(super) parallel: bool,
    /// The result or the error, as JSON.
    pub(super) output: Option<String>,
    pub(super) parent: Option<(Ulid, StepId)>,
    pub(super) rerun_of: Option<Ulid>,
    pub(super) attempts: Attempts,
    pub(super) idempotency: Option<String>,
    pub(super) created_at: Millis,
    pub(super) started_at: Option<Millis>,
    pub(super) ended_at: Option<Millis>,
}

/// The ids of events, joined by commas.
pub(super) fn event_ids(events: &[Arc<StoredEvent>]) -> String {
    let ids: Vec<String> = events.iter().map(|event| event.id.to_string()).collect();
    ids.join(",")
}

impl RunRow {
    /// A run that is not over.
    pub(super) fn running(run: &Run) -> Self {
        Self {
            function: Arc::clone(&run.function),
            events: event_ids(&run.events),
            status: RunStatus::Running,
            version: run.version,
            parallel: run.parallel,
            output: None,
            parent: run.parent.clone(),
            rerun_of: run.rerun_of,
            attempts: run.attempts.clone(),
            idempotency: run.idempotency.clone(),
            created_at: run.created_at,
            started_at: run.started_at,
            ended_at: None,
        }
    }

    /// A run that is over.
    pub(super) fn ended(run: &Run, status: RunStatus, output: String, now: Millis) -> Self {
        Self {
            status,
            output: Some(output),
            ended_at: Some(now),
            ..Self::running(run)
        }
    }
}

/// Which rate limit or throttle.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct GateKey {
    pub(super) kind: GateKind,
    pub(super) function: Arc<str>,
    /// The value of its key.
    pub(super) key: String,
}

/// What passes through a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum GateKind {
    /// Events; what does not pass is dropped.
    RateLimit,
    /// Starts of runs; what does not pass waits.
    Throttle,
}

impl GateKind {
    /// As the database has it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::RateLimit => "rateLimit",
            Self::Throttle => "throttle",
        }
    }

    /// Reads it back.
    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::RateLimit, Self::Throttle]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// An app as it is written.
pub(super) struct AppRow {
    pub(super) url: String,
    pub(super) registration: String,
    pub(super) synced_at: Millis,
}

/// What may happen once the batch is committed.
pub(super) enum Effect {
    /// This call may be made when it is due.
    Job(JobId),
    /// Somebody waits for the commit.
    Reply(Box<dyn FnOnce() + Send + Sync>),
}

impl Batch {
    /// Nothing to write and nothing to release.
    pub(super) fn is_empty(&self) -> bool {
        self.effects.is_empty() && !self.has_rows()
    }

    /// Whether the database has anything to do.
    pub(super) fn has_rows(&self) -> bool {
        !(self.events.is_empty()
            && self.runs.is_empty()
            && self.steps.is_empty()
            && self.jobs.is_empty()
            && self.apps.is_empty()
            && self.gates.is_empty()
            && self.gatherings.is_empty())
    }

    /// Writes a run that is not over.
    pub(super) fn run(&mut self, run: &Run) {
        self.runs.insert(run.id, RunRow::running(run));
    }
}
