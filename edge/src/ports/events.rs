//! The event bus, and the outbox that leads to it.

use itemsmith_domain::FailureReason;
use itemsmith_pipeline::{
    limits::EVENTS_AT_ONCE,
    ports::{PendingEvent, PortError, Ports as _, Retrying},
};
use itemsmith_sql as sql;
use itemsmith_steps::client::{self, OutgoingEvent};
use uuid::Uuid;

use super::World;
use crate::outside::Outside;

/// What is left to do once an answer is on its way.
#[derive(Debug)]
pub enum After {
    /// Hand the event of a new request to the event bus and take it out of the outbox.
    Publish(PendingEvent),
}

impl<O: Outside> World<'_, O> {
    pub(super) async fn claim_events(
        &self,
        of: Option<Uuid>,
    ) -> Result<Vec<PendingEvent>, PortError> {
        let claim = sql::ClaimOutbox {
            request: of,
            limit: EVENTS_AT_ONCE,
        };
        let pending = |event: sql::OutboxEvent| PendingEvent {
            id: event.event_id,
            name: event.name,
            data: event.data,
            happened_ms: event.created_ms,
        };
        Ok(self
            .step_query(&claim)
            .await?
            .into_iter()
            .map(pending)
            .collect())
    }

    pub(super) async fn drop_events(&self, event_ids: &[String]) -> Result<(), PortError> {
        self.step_query(&sql::AckOutbox { event_ids })
            .await
            .map(drop)
    }

    pub(super) async fn send_events(&self, events: &[PendingEvent]) -> Result<(), PortError> {
        let outgoing = |event: &PendingEvent| OutgoingEvent {
            id: event.id.clone(),
            name: event.name.clone(),
            data: event.data.clone(),
            ts: i64::try_from(event.happened_ms).ok(),
        };
        let outgoing: Vec<OutgoingEvent> = events.iter().map(outgoing).collect();
        let config = &self.settings.inngest;
        let trouble = |message: String, retrying| PortError {
            reason: FailureReason::Internal,
            kind: "event_bus",
            message,
            retrying,
        };
        let sent = client::send(self, config, &outgoing).await;
        sent.map(drop).map_err(|error| {
            let retrying = if error.retryable() {
                Retrying::Soon
            } else {
                Retrying::Never
            };
            trouble(error.to_string(), retrying)
        })
    }

    /// Does what an answer left to be done. Trouble is logged: the sweep does it again.
    pub async fn after(&self, after: After) {
        let After::Publish(event) = after;
        let ids = [event.id.clone()];
        let done = match self.post_events(&[event]).await {
            Ok(()) => self.acknowledge_events(&ids).await,
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            let [id] = ids;
            tracing::warn!(
                event_id = id,
                kind = error.kind,
                detail = %error.message,
                "an event stays in the outbox until the next sweep"
            );
        }
    }
}
