//! Steps that send: events, signals.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Ask, Step};
use crate::client::OutgoingEvent;
use crate::failure::{Failure, StepError};
use crate::op::OpCode;
use crate::signal::OutgoingSignal;

/// What a `send_event` step remembers.
#[derive(Serialize, Deserialize)]
struct SentIds {
    ids: Vec<String>,
}

/// What a `send_signal` step remembers.
#[derive(Serialize, Deserialize)]
struct SentTo {
    #[serde(rename = "runId", default, skip_serializing_if = "Option::is_none")]
    run_id: Option<String>,
}

impl Step {
    /// Sends events as one step and gives their ids. `send` posts
    /// [`crate::client::event_request`] and reads the answer with
    /// [`crate::client::parse_event_response`].
    ///
    /// # Errors
    /// They could not be sent, for good.
    pub fn send_event<'a, F>(
        &'a self,
        id: impl Into<Cow<'a, str>>,
        events: Vec<OutgoingEvent>,
        send: F,
    ) -> impl Future<Output = Result<Vec<String>, StepError>>
    where
        F: AsyncFn(&[OutgoingEvent]) -> Result<Vec<String>, Failure>,
    {
        let opts = json!({ "type": "step.sendEvent" });
        let ask = Ask::new(OpCode::StepRun).about("sendEvent").with(opts);
        let ticket = self.name(id.into(), ask);
        async move {
            let body = async || send(&events).await.map(|ids| SentIds { ids });
            self.go(ticket, body).await.map(|sent| sent.ids)
        }
    }

    /// Sends a signal as one step and gives the id of the run that waited for it, if one did.
    /// `send` calls [`crate::signal::send`].
    ///
    /// # Errors
    /// It could not be sent, for good.
    pub fn send_signal<'a, F>(
        &'a self,
        id: impl Into<Cow<'a, str>>,
        signal: OutgoingSignal,
        send: F,
    ) -> impl Future<Output = Result<Option<String>, StepError>>
    where
        F: AsyncFn(&OutgoingSignal) -> Result<Option<String>, Failure>,
    {
        let opts = json!({ "type": "step.sendSignal", "signal": signal.signal });
        let ask = Ask::new(OpCode::StepRun).about("sendSignal").with(opts);
        let ticket = self.name(id.into(), ask);
        async move {
            let body = async || send(&signal).await.map(|run_id| SentTo { run_id });
            self.go(ticket, body).await.map(|sent| sent.run_id)
        }
    }
}
