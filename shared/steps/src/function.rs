//! What a function is registered with.

use std::time::Duration;

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
    /// A cron line of five fields.
    Cron(String),
}

/// How many calls may run at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concurrency {
    /// At most so many.
    pub limit: u32,
    /// One limit for each value of this expression.
    pub key: Option<String>,
    /// `fn` (the default), `env` or `account`.
    pub scope: Option<&'static str>,
}

/// Everything that a function is registered with. Start from [`FunctionConfig::new`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionConfig {
    /// The id without the app's prefix.
    pub id: String,
    /// The name, for people.
    pub name: String,
    /// What starts it; at least one.
    pub triggers: Vec<Trigger>,
    /// Retries after the first attempt, for each step; the server's default is 3, its most is 20.
    pub retries: Option<u8>,
    /// Up to two limits on concurrent calls.
    pub concurrency: Vec<Concurrency>,
    /// One run for each value of this expression, for 24 hours.
    pub idempotency: Option<String>,
    /// How long a run may wait to start and take to finish.
    pub timeouts: Option<Timeouts>,
    /// Events that cancel a run.
    pub cancel_on: Vec<CancelOn>,
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

impl FunctionConfig {
    /// A function with one or more triggers and everything else at the server's defaults.
    pub fn new(id: impl Into<String>, name: impl Into<String>, triggers: Vec<Trigger>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            triggers,
            ..Self::default()
        }
    }

    /// The handler that runs when this function failed for good: a function `<id>-failure` on
    /// `inngest/function.failed`. `app_id` is the app's.
    pub fn failure_handler(&self, app_id: &str) -> Self {
        Self::new(
            format!("{}-failure", self.id),
            format!("{} (failure)", self.name),
            vec![Trigger::Event {
                name: "inngest/function.failed".to_owned(),
                expression: Some(format!("event.data.function_id == '{app_id}-{}'", self.id)),
            }],
        )
    }
}
