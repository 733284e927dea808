//! What a function is registered with.

mod check;
mod cron;
mod register;

use std::time::Duration;

use crate::checkpoint::Checkpointing;
pub use check::{AppError, AppErrors, Problem, check};

/// The event that the server sends when a run failed for good.
pub const FUNCTION_FAILED: &str = "inngest/function.failed";

/// What starts a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// An event of that name, if the expression (CEL over `event`) holds.
    Event {
        /// The event's name.
        name: String,
        /// The condition.
        expression: Option<String>,
    },
    /// A cron line of five fields, in UTC unless it begins with `TZ=` and a time zone.
    Cron(String),
    /// The same, each time delayed by up to so much, so that not everything begins at once.
    CronWithJitter {
        /// The cron line.
        cron: String,
        /// The longest delay.
        jitter: Duration,
    },
}

/// What a limit on concurrent calls counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This function.
    Function,
    /// Everything in the environment under the same key.
    Environment,
    /// Everything in the account under the same key.
    Account,
}

/// How many calls may run at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concurrency {
    /// At most so many.
    pub limit: u32,
    /// One limit for each value of this expression.
    pub key: Option<String>,
    /// What it counts.
    pub scope: Scope,
}

/// Runs started in a period: the rest is dropped ([`FunctionConfig::rate_limit`]) or queued
/// ([`FunctionConfig::throttle`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At most so many runs …
    pub limit: u32,
    /// … in this time.
    pub period: Duration,
    /// One limit for each value of this expression.
    pub key: Option<String>,
    /// How many may start at once beyond the limit; for `throttle` only.
    pub burst: Option<u32>,
}

/// Waits for quiet before it starts a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debounce {
    /// How long no further event may come.
    pub period: Duration,
    /// The longest to wait in all.
    pub timeout: Option<Duration>,
    /// One wait for each value of this expression.
    pub key: Option<String>,
}

/// Several events for one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// At most so many events (the server allows 100).
    pub max_size: u32,
    /// The longest to wait for a full batch (1 to 60 s).
    pub timeout: Duration,
    /// One batch for each value of this expression.
    pub key: Option<String>,
    /// Events for which this does not hold start a run of their own.
    pub if_expr: Option<String>,
}

/// What a second run does while one is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SingletonMode {
    /// It does not start.
    Skip,
    /// It takes the other's place.
    Cancel,
}

/// One run at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Singleton {
    /// What a second run does.
    pub mode: SingletonMode,
    /// One run for each value of this expression.
    pub key: Option<String>,
}

/// Limits on a run's time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// From queued to started.
    pub start: Option<Duration>,
    /// From started to finished.
    pub finish: Option<Duration>,
}

/// An event that cancels a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelOn {
    /// The event's name.
    pub event: String,
    /// Condition over `event` (the run's) and `async` (the cancelling one).
    pub if_expr: Option<String>,
    /// Only so long after the run started.
    pub timeout: Option<Duration>,
}

/// Everything that a function is registered with. Start from [`FunctionConfig::new`]; keys and
/// conditions are CEL expressions over `event`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionConfig {
    /// The id without the app's prefix.
    pub id: String,
    /// The name, for people.
    pub name: String,
    /// What starts it; at least one.
    pub triggers: Vec<Trigger>,
    /// Retries after the first attempt, for each step: at most 20. The server decides if `None`:
    /// Inngest's retries three or four times, by its version.
    pub retries: Option<u8>,
    /// Up to two limits on concurrent calls.
    pub concurrency: Vec<Concurrency>,
    /// One run for each value of this expression, for 24 hours.
    pub idempotency: Option<String>,
    /// How long a run may wait to start and take to finish.
    pub timeouts: Option<Timeouts>,
    /// Events that cancel a run.
    pub cancel_on: Vec<CancelOn>,
    /// Starts no more runs than this and drops the rest.
    pub rate_limit: Option<Rate>,
    /// Starts no more runs than this and queues the rest.
    pub throttle: Option<Rate>,
    /// Starts when no event came for a while.
    pub debounce: Option<Debounce>,
    /// Seconds to jump (-600 to 600) in the queue, as an expression.
    pub priority: Option<String>,
    /// Takes several events at once.
    pub batch: Option<Batch>,
    /// One run at a time.
    pub singleton: Option<Singleton>,
    /// Whether steps are checkpointed; as the app has it if `None`. Not registered: it concerns
    /// the endpoint alone.
    pub checkpointing: Option<Checkpointing>,
}

impl FunctionConfig {
    /// A function with its triggers and everything else at the server's defaults.
    pub fn new(id: impl Into<String>, name: impl Into<String>, triggers: Vec<Trigger>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            triggers,
            ..Self::default()
        }
    }

    /// The handler that runs when this function failed for good: a function `<id>-failure` on
    /// [`FUNCTION_FAILED`], whose `event.data` holds `function_id`, `run_id`, `error` and the
    /// failed run's own `event`. Retried once, unless its `retries` are set.
    pub fn failure_handler(&self, app_id: &str) -> Self {
        let handler = Self::new(
            format!("{}-failure", self.id),
            format!("{} (failure)", self.name),
            vec![Trigger::Event {
                name: FUNCTION_FAILED.to_owned(),
                expression: Some(format!("event.data.function_id == '{app_id}-{}'", self.id)),
            }],
        );
        Self {
            retries: Some(1),
            ..handler
        }
    }
}
