//! Runs, their steps and their calls to come, as the engine holds them in memory.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use ulid::Ulid;

use super::{
    attempts::Attempts,
    clock::{self, Millis},
    event::StoredEvent,
};

/// A call to come or under way.
pub(super) type JobId = i64;
/// The hashed id of a step.
pub(super) type StepId = Arc<str>;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RunStatus {
    /// Not over.
    Running,
    /// The function returned.
    Completed,
    /// The function failed for good.
    Failed,
    /// Somebody or something stopped it.
    Cancelled,
}

impl RunStatus {
    /// As the REST routes and the database have it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StepStatus {
    /// A call of its own will run it.
    Planned,
    /// For time, an event or another function.
    Waiting,
    /// Its body failed; the run will reach it again.
    Retrying,
    /// Remembered.
    Done,
}

impl StepStatus {
    /// As the REST routes and the database have it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "Planned",
            Self::Waiting => "Waiting",
            Self::Retrying => "Retrying",
            Self::Done => "Done",
        }
    }

    /// Reads it back.
    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Planned, Self::Waiting, Self::Retrying, Self::Done]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// One step of a run.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// As it was written, for people.
    pub(super) name: String,
    /// The operation that reported it.
    pub(super) op: String,
    /// Where it stands.
    pub(super) status: StepStatus,
    /// Its place in the order of completion, from 0.
    pub(super) seq: Option<i32>,
    /// The operation's arguments as JSON.
    pub(super) opts: Option<Arc<str>>,
    /// What the function gets for it, as JSON: `{"data":…}`, `{"error":…}`, an event or null.
    pub(super) memo: Option<Arc<str>>,
    /// Whether the run goes on only when this step, too, is done (planned together with others).
    pub(super) together: bool,
    /// When its wait ends.
    pub(super) due: Option<Millis>,
    /// Failed attempts so far.
    pub(super) failures: u32,
    /// The last failure, as JSON.
    pub(super) error: Option<Arc<str>>,
    /// The attempts that failed, for people.
    pub(super) attempts: Attempts,
    /// First reported.
    pub(super) created_at: Millis,
    /// When the call began that reported it last.
    pub(super) started_at: Option<Millis>,
    /// Remembered.
    pub(super) ended_at: Option<Millis>,
}

/// One run that is not over.
#[derive(Debug)]
pub(super) struct Run {
    /// Its id.
    pub(super) id: Ulid,
    /// The function's slug.
    pub(super) function: Arc<str>,
    /// What it was started with.
    pub(super) events: Vec<Arc<StoredEvent>>,
    /// Everything reported so far.
    pub(super) steps: HashMap<StepId, Step>,
    /// Done steps in the order of completion.
    pub(super) order: Vec<StepId>,
    /// The SDK's execution version; −1 until its first answer.
    pub(super) version: i32,
    /// Whether steps were planned in parallel: immediate execution is off from then on.
    pub(super) parallel: bool,
    /// The step of another run that waits for this one.
    pub(super) parent: Option<(Ulid, StepId)>,
    /// The run that this one repeats.
    pub(super) rerun_of: Option<Ulid>,
    /// Calls that failed outside of any step, for people.
    pub(super) attempts: Attempts,
    /// The value of the function's idempotency key.
    pub(super) idempotency: Option<String>,
    /// The call that looks for new steps, if one is to come or under way.
    pub(super) discovery: Option<JobId>,
    /// A step was done while that call was under way: look again afterwards.
    pub(super) dirty: bool,
    /// All its calls to come or under way.
    pub(super) jobs: HashSet<JobId>,
    /// When it was created.
    pub(super) created_at: Millis,
    /// When its first call was made.
    pub(super) started_at: Option<Millis>,
    /// What flow control heeds of it.
    pub(super) flow: RunFlow,
}

/// What flow control heeds of a run. Worked out from its function and its first event, never
/// stored.
#[derive(Debug, Default)]
pub(super) struct RunFlow {
    /// What each of its calls takes, the narrowest first.
    pub(super) slots: Vec<Slot>,
    /// Under which value of its key its start is throttled.
    pub(super) throttle: Option<String>,
    /// Under which value of its key it is the only one.
    pub(super) singleton: Option<String>,
    /// How much earlier than it was created it counts as created, by its priority.
    pub(super) head_start: Millis,
}

/// Events that will start one run: a batch, or a debounced one.
#[derive(Debug, Clone)]
pub(super) struct Gathering {
    /// In the order of their arrival.
    pub(super) events: Vec<Arc<StoredEvent>>,
    /// When the run starts.
    pub(super) due: Millis,
    /// Until when `due` can be put off.
    pub(super) latest: Option<Millis>,
}

/// Room for a number of calls at once.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    /// What is counted together.
    pub(super) name: Arc<str>,
    /// How many there are.
    pub(super) limit: usize,
}

impl Run {
    /// A run that nothing was done for yet.
    pub(super) fn new(function: Arc<str>, events: Vec<Arc<StoredEvent>>, now: Millis) -> Self {
        Self {
            id: clock::new_id(now),
            function,
            events,
            steps: HashMap::new(),
            order: Vec::new(),
            version: -1,
            parallel: false,
            parent: None,
            rerun_of: None,
            attempts: Attempts::default(),
            idempotency: None,
            discovery: None,
            dirty: false,
            jobs: HashSet::new(),
            created_at: now,
            started_at: None,
            flow: RunFlow::default(),
        }
    }

    /// Its place in every queue: older runs first, but for their priority.
    pub(super) fn score(&self) -> Millis {
        self.created_at.saturating_sub(self.flow.head_start)
    }

    /// Whether steps planned together are still outstanding.
    pub(super) fn is_gathering(&self) -> bool {
        self.steps.values().any(|step| {
            step.together && matches!(step.status, StepStatus::Planned | StepStatus::Waiting)
        })
    }

    /// Whether anything at all will move this run on.
    pub(super) fn is_stuck(&self) -> bool {
        self.jobs.is_empty()
            && !self
                .steps
                .values()
                .any(|step| step.status == StepStatus::Waiting)
    }
}

/// A call to come or under way.
#[derive(Debug, Clone)]
pub(super) struct Job {
    /// Its run.
    pub(super) run: Ulid,
    /// The planned step to run; `None` looks for new steps.
    pub(super) target: Option<StepId>,
    /// Failed attempts so far.
    pub(super) attempt: u32,
    /// Not before.
    pub(super) due: Millis,
    /// When it was made last; not stored.
    pub(super) called_at: Option<Millis>,
    /// Under way.
    pub(super) in_flight: bool,
    /// Which call is under way: a checkpoint with another id comes from one that was given up.
    /// Not stored, so calls from before a restart are given up too.
    pub(super) request_id: Option<Ulid>,
    /// How many remembered steps it was told of: more of them are something to go on with.
    pub(super) told: usize,
    /// Since when the app could not be reached, and how often it was tried since.
    pub(super) unreachable: Option<(Millis, u32)>,
}
