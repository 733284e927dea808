//! Hands a request's outbox rows to the event bus at once, rather than at the next sweep.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::context::Context;
use crate::ports::{PortError, Ports};

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
    match send(cx.ports, of).await {
        Ok(sent) => Published { sent, left: false },
        Err(error) => {
            tracing::warn!(
                request_id = of.map(tracing::field::display),
                run_id = cx.run_id(),
                kind = error.kind,
                detail = %error.message,
                "events stay in the outbox until the next sweep"
            );
            Published {
                sent: 0,
                left: true,
            }
        }
    }
}

async fn send<P: Ports>(ports: &P, of: Option<Uuid>) -> Result<usize, PortError> {
    let events = ports.pending_events(of).await?;
    if events.is_empty() {
        return Ok(0);
    }
    ports.post_events(&events).await?;
    let ids: Vec<String> = events.into_iter().map(|event| event.id).collect();
    ports.acknowledge_events(&ids).await?;
    Ok(ids.len())
}
