//! Registered apps and functions, and the refusal by name of what this engine does not do.

mod flow;
mod pace;
mod read;
mod read_flow;

use std::sync::Arc;

use super::{clock::Millis, cron::Schedule, expression::Expression};
pub(super) use flow::{BatchEvents, Debounce, Flow, Key, Rate, Scope};
pub(super) use pace::{Micros, Pace};
pub(super) use read::parse;

/// A registered app.
#[derive(Debug)]
pub(super) struct App {
    /// Its id.
    pub(super) id: String,
    /// Its serve endpoint.
    pub(super) url: String,
    /// The registration's text, kept so that a restart knows the functions at once.
    pub(super) text: String,
    /// What it can run.
    pub(super) functions: Vec<Arc<Function>>,
}

/// A registered function.
#[derive(Debug)]
pub(super) struct Function {
    /// `<app>-<function>`.
    pub(super) slug: String,
    /// For people.
    pub(super) name: String,
    /// The app it belongs to.
    pub(super) app: String,
    /// Where it is called; holds `fnId` and `stepId=step`.
    pub(super) url: reqwest::Url,
    /// What starts it.
    pub(super) triggers: Vec<Trigger>,
    /// Retries after the first attempt.
    pub(super) retries: u32,
    /// When its runs may start and its calls be made.
    pub(super) flow: Flow,
    /// Events that cancel its runs.
    pub(super) cancel: Vec<Cancel>,
    /// Milliseconds a run may wait for its first call.
    pub(super) start_timeout: Option<Millis>,
    /// Milliseconds a run may take from its first call.
    pub(super) finish_timeout: Option<Millis>,
}

/// What starts a function.
#[derive(Debug)]
pub(super) enum Trigger {
    /// An event; the name may end with `*`.
    Event {
        name: String,
        condition: Option<Expression>,
    },
    /// A schedule.
    Cron(Schedule),
}

/// An event that cancels runs.
#[derive(Debug)]
pub(super) struct Cancel {
    /// Its name.
    pub(super) event: String,
    /// Over `event` (the run's) and `async` (the cancelling one).
    pub(super) condition: Option<Expression>,
    /// Milliseconds after the run's creation in which it counts.
    pub(super) within: Option<Millis>,
}

/// Whether a trigger's event name covers an event's: equal, or a prefix before a final `*`.
pub(super) fn covers(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => pattern == name,
    }
}

#[cfg(test)]
mod tests;
