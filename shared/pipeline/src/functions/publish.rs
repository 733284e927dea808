//! Hands a request's outbox rows to the event bus at once, rather than at the next sweep.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::context::Context;
use crate::ports::{PortError, Ports, Retrying};

/// What a publishing step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Events that the bus took and that left the outbox.
    pub sent: usize,
    /// Whether something is left to the sweep.
    pub left: bool,
}

/// Sends what is pending, of one request or of all.
///
/// Trouble is no failure: the rows stay where they are and the sweep sends them. An event that
/// was sent but not acknowledged is sent again under the same id, which the bus drops.
pub async fn publish<P: Ports>(cx: &Context<'_, P>, of: Option<Uuid>) -> Published {
    let mut sent = 0;
    match send(cx.ports, of, &mut sent).await {
        Ok(()) => Published { sent, left: false },
        Err(error) => {
            tracing::warn!(
                request_id = of.map(tracing::field::display),
                run_id = cx.run_id(),
                kind = error.kind,
                detail = %error.message,
                "events stay in the outbox until the next sweep"
            );
            Published { sent, left: true }
        }
    }
}

async fn send<P: Ports>(ports: &P, of: Option<Uuid>, sent: &mut usize) -> Result<(), PortError> {
    let events = ports.pending_events(of).await?;
    if events.is_empty() {
        return Ok(());
    }
    let mut taken = Vec::with_capacity(events.len());
    let mut refused = None;
    match ports.post_events(&events).await {
        Ok(()) => taken.extend(events),
        // The bus takes all or none: what it refuses must not keep the others here with it.
        Err(error) if error.retrying == Retrying::Never && events.len() > 1 => {
            for event in events {
                if ports
                    .post_events(std::slice::from_ref(&event))
                    .await
                    .is_ok()
                {
                    taken.push(event);
                }
            }
            refused = Some(error);
        }
        Err(error) => return Err(error),
    }
    let ids: Vec<String> = taken.into_iter().map(|event| event.id).collect();
    if !ids.is_empty() {
        ports.acknowledge_events(&ids).await?;
    }
    *sent = ids.len();
    refused.map_or(Ok(()), Err)
}
