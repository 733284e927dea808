//! What is wrong with an app, before anything of it is served.
//!
//! Inngest's server would refuse the same when the app is registered; here it is told at once, all
//! of it, and by type.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use super::{Concurrency, FunctionConfig, Scope, Trigger, cron};
use crate::serve::App;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {problem}", function.as_ref().map_or("the app".to_owned(), |id| format!("function `{id}`")))]
pub struct AppError {
    /// The function's id; none if it is about the app.
    pub function: Option<String>,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong with an app or a function.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// An id is empty or holds what addresses and expressions cannot.
    #[error("the id is to be of ASCII letters, digits, `-`, `_` and `.`, and not empty")]
    BadId,
    /// Two functions have one id.
    #[error("another function has the same id")]
    DuplicateId,
    /// There are other numbers of something than servers take.
    #[error("{what}: {count}, where servers take {least} to {most}")]
    Count {
        /// Of what.
        what: &'static str,
        /// So many.
        count: u64,
        /// The fewest.
        least: u64,
        /// The most.
        most: u64,
    },
    /// A time is shorter or longer than servers take.
    #[error("{what}: {time:?}, where servers take {least:?} to {most:?}")]
    Time {
        /// Of what.
        what: &'static str,
        /// So long.
        time: Duration,
        /// The shortest.
        least: Duration,
        /// The longest.
        most: Duration,
    },
    /// Something is there but empty: leave it out.
    #[error("{what} is empty")]
    Empty {
        /// What.
        what: &'static str,
    },
    /// The same trigger twice.
    #[error("a trigger is there twice")]
    DuplicateTrigger,
    /// A cron line cannot be read.
    #[error("the cron line `{line}` cannot be read: {reason}")]
    BadCron {
        /// The line.
        line: String,
        /// Why.
        reason: String,
    },
    /// A limit that counts more than one function needs a key to count by.
    #[error("a limit on concurrency beyond the function needs a key")]
    ScopeWithoutKey,
    /// Two settings that servers do not take together.
    #[error("{one} and {other} cannot be had together")]
    Conflict {
        /// The one.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
}

/// Everything that is wrong with an app; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct AppErrors(
    /// In the order of the functions.
    pub Vec<AppError>,
);

impl fmt::Display for AppErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, error) in self.0.iter().enumerate() {
            let separator = if place == 0 { "" } else { "; " };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

/// The most retries: the TypeScript SDK allows no more.
const MOST_RETRIES: u64 = 20;
/// Inngest's limits on one function.
const MOST_TRIGGERS: u64 = 10;
const MOST_CONCURRENCY: u64 = 2;
const MOST_CANCEL_ON: u64 = 5;
const MOST_BATCH: u64 = 100;
const MOST_BATCH_WAIT: Duration = Duration::from_secs(60);
/// The shortest of times that are there at all.
const INSTANT: Duration = Duration::from_millis(1);
/// The least that flow control tells apart.
const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Checks an app and all its functions. Call it when the app starts: [`crate::serve()`] does so
/// only before it tells a server the functions.
///
/// # Errors
/// All that is wrong.
pub fn check(app: &impl App) -> Result<(), AppErrors> {
    let mut errors = Vec::new();
    if !is_id(app.id()) {
        errors.push(AppError {
            function: None,
            problem: Problem::BadId,
        });
    }
    let functions = app.functions();
    let mut ids = BTreeSet::new();
    for function in &functions {
        let mut problems = Problems(Vec::new());
        problems.function(function);
        if !ids.insert(&function.id) {
            problems.0.push(Problem::DuplicateId);
        }
        let function = Some(&function.id);
        errors.extend(problems.0.into_iter().map(|problem| AppError {
            function: function.cloned(),
            problem,
        }));
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(AppErrors(errors))
    }
}

fn is_id(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !id.is_empty() && id.bytes().all(fits)
}

/// What is wrong with one function.
struct Problems(Vec<Problem>);

impl Problems {
    fn function(&mut self, function: &FunctionConfig) {
        if !is_id(&function.id) {
            self.0.push(Problem::BadId);
        }
        self.text("the name", Some(&function.name));
        let retries = function.retries.unwrap_or_default();
        self.count("retries", retries.into(), 0, MOST_RETRIES);
        self.triggers(&function.triggers);
        self.concurrency(&function.concurrency);
        self.flow_control(function);
        self.batch(function);
    }

    fn triggers(&mut self, triggers: &[Trigger]) {
        self.count("triggers", triggers.len() as u64, 1, MOST_TRIGGERS);
        for (place, trigger) in triggers.iter().enumerate() {
            if triggers[..place].contains(trigger) {
                self.0.push(Problem::DuplicateTrigger);
            }
            match trigger {
                Trigger::Event { name, expression } => {
                    self.text("a trigger's event", Some(name));
                    self.text("a trigger's expression", expression.as_ref());
                }
                Trigger::Cron(cron) => self.cron(cron),
                Trigger::CronWithJitter { cron, jitter } => {
                    self.cron(cron);
                    self.time("a trigger's jitter", *jitter, INSTANT, DAY);
                }
            }
        }
    }

    fn cron(&mut self, line: &str) {
        if let Err(reason) = cron::check(line) {
            let line = line.to_owned();
            self.0.push(Problem::BadCron { line, reason });
        }
    }

    fn concurrency(&mut self, limits: &[Concurrency]) {
        let what = "limits on concurrency";
        self.count(what, limits.len() as u64, 0, MOST_CONCURRENCY);
        for limit in limits {
            self.text("a concurrency's key", limit.key.as_ref());
            if limit.scope != Scope::Function && limit.key.is_none() {
                self.0.push(Problem::ScopeWithoutKey);
            }
        }
    }

    fn flow_control(&mut self, function: &FunctionConfig) {
        self.text("idempotency", function.idempotency.as_ref());
        self.text("priority", function.priority.as_ref());
        for (what, rate, longest) in [
            ("rate limit", &function.rate_limit, DAY),
            ("throttle", &function.throttle, WEEK),
        ] {
            if let Some(rate) = rate {
                self.count(what, rate.limit.into(), 1, u32::MAX.into());
                self.time(what, rate.period, SECOND, longest);
                self.text(what, rate.key.as_ref());
            }
        }
        if let Some(debounce) = &function.debounce {
            self.time("debounce", debounce.period, SECOND, WEEK);
            if let Some(timeout) = debounce.timeout {
                self.time("debounce's timeout", timeout, INSTANT, YEAR);
            }
            self.text("debounce's key", debounce.key.as_ref());
        }
        if let Some(timeouts) = &function.timeouts {
            for timeout in [timeouts.start, timeouts.finish].into_iter().flatten() {
                self.time("timeouts", timeout, INSTANT, YEAR);
            }
        }
        let what = "cancelling events";
        self.count(what, function.cancel_on.len() as u64, 0, MOST_CANCEL_ON);
        for cancel in &function.cancel_on {
            self.text("a cancelling event", Some(&cancel.event));
            self.text("a cancelling event's condition", cancel.if_expr.as_ref());
            if let Some(timeout) = cancel.timeout {
                self.time("a cancelling event's timeout", timeout, INSTANT, YEAR);
            }
        }
        if let Some(singleton) = &function.singleton {
            self.text("singleton's key", singleton.key.as_ref());
        }
    }

    fn batch(&mut self, function: &FunctionConfig) {
        let Some(batch) = &function.batch else { return };
        self.count("batch", batch.max_size.into(), 2, MOST_BATCH);
        self.time("batch", batch.timeout, SECOND, MOST_BATCH_WAIT);
        self.text("batch's key", batch.key.as_ref());
        self.text("batch's condition", batch.if_expr.as_ref());
        for (other, is_there) in [
            ("cancelling events", !function.cancel_on.is_empty()),
            ("debounce", function.debounce.is_some()),
            ("priority", function.priority.is_some()),
        ] {
            if is_there {
                self.0.push(Problem::Conflict {
                    one: "batch",
                    other,
                });
            }
        }
    }

    fn text(&mut self, what: &'static str, text: Option<&String>) {
        if text.is_some_and(|text| text.trim().is_empty()) {
            self.0.push(Problem::Empty { what });
        }
    }

    fn count(&mut self, what: &'static str, count: u64, least: u64, most: u64) {
        if !(least..=most).contains(&count) {
            self.0.push(Problem::Count {
                what,
                count,
                least,
                most,
            });
        }
    }

    fn time(&mut self, what: &'static str, time: Duration, least: Duration, most: Duration) {
        if !(least..=most).contains(&time) {
            self.0.push(Problem::Time {
                what,
                time,
                least,
                most,
            });
        }
    }
}
