//! Steps that wait: for a time, an event, a signal.

use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::{Ask, Resume, Step};
use crate::duration::{moment_string, time_string};
use crate::failure::StepError;
use crate::memory::Memo;
use crate::op::OpCode;

/// What [`Step::wait_for_event`] waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitFor {
    /// The event's name.
    pub event: String,
    /// For how long, to the millisecond.
    pub timeout: Duration,
    /// Condition over `event` (the run's) and `async` (the one waited for).
    pub if_expr: Option<String>,
}

/// What [`Step::wait_for_signal`] waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitForSignal {
    /// The signal's name. One run at a time waits for a signal.
    pub signal: String,
    /// For how long, to the millisecond.
    pub timeout: Duration,
    /// What happens if another run waits for that signal.
    pub on_conflict: OnConflict,
}

/// What happens if two runs wait for one signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnConflict {
    /// The later one fails.
    Fail,
    /// The later one gets the signal; the earlier one waits until its time is up.
    Replace,
}

/// A signal that came.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Signal<T> {
    /// Its name.
    pub signal: String,
    /// What was sent with it.
    pub data: T,
}

impl Step {
    /// Waits (to the millisecond), holding nothing while it does.
    ///
    /// # Errors
    /// None that the protocol knows of.
    pub fn sleep<'a>(
        &'a self,
        id: impl Into<Cow<'a, str>>,
        duration: Duration,
    ) -> impl Future<Output = Result<(), StepError>> {
        self.sleep_for(id.into(), time_string(duration))
    }

    /// Waits until a moment (milliseconds since the Unix epoch, which must come from an event or
    /// a step), holding nothing while it does.
    ///
    /// # Errors
    /// None that the protocol knows of.
    pub fn sleep_until<'a>(
        &'a self,
        id: impl Into<Cow<'a, str>>,
        unix_ms: i64,
    ) -> impl Future<Output = Result<(), StepError>> {
        self.sleep_for(id.into(), moment_string(unix_ms))
    }

    fn sleep_for<'a>(
        &'a self,
        id: Cow<'a, str>,
        time: String,
    ) -> impl Future<Output = Result<(), StepError>> {
        let opts = json!({ "duration": time });
        let ticket = self.name(id, Ask::new(OpCode::Sleep).about(time).with(opts));
        async move {
            let slot = ticket.slot;
            // What a sleep is remembered by (`null`) says nothing.
            match ticket.await {
                Resume::Memo(Memo::Error(error)) => Err((*error).into()),
                Resume::Memo(_) => Ok(()),
                Resume::Go => self.abandon(slot).await,
            }
        }
    }

    /// Waits for an event, given whole ([`crate::Event`] fits); `None` when the time is up first.
    ///
    /// # Errors
    /// None that the protocol knows of.
    pub fn wait_for_event<'a, T: DeserializeOwned>(
        &'a self,
        id: impl Into<Cow<'a, str>>,
        wait: WaitFor,
    ) -> impl Future<Output = Result<Option<T>, StepError>> {
        let mut opts = json!({ "event": wait.event, "timeout": time_string(wait.timeout) });
        if let Some(expression) = wait.if_expr {
            opts["if"] = expression.into();
        }
        // Named by its id, as other steps are: which event it is stands among the arguments.
        let ask = Ask::new(OpCode::WaitForEvent).with(opts);
        let ticket = self.name(id.into(), ask);
        async move { self.recall(ticket).await }
    }

    /// Waits for a signal; `None` when the time is up first.
    ///
    /// # Errors
    /// Another run waits for it, and this one is to fail then.
    pub fn wait_for_signal<'a, T: DeserializeOwned>(
        &'a self,
        id: impl Into<Cow<'a, str>>,
        wait: WaitForSignal,
    ) -> impl Future<Output = Result<Option<Signal<T>>, StepError>> {
        let conflict = match wait.on_conflict {
            OnConflict::Fail => "fail",
            OnConflict::Replace => "replace",
        };
        let opts = json!({
            "signal": wait.signal,
            "timeout": time_string(wait.timeout),
            "conflict": conflict,
        });
        let ask = Ask::new(OpCode::WaitForSignal)
            .about(wait.signal)
            .with(opts);
        let ticket = self.name(id.into(), ask);
        async move { self.recall(ticket).await }
    }
}
