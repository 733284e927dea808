//! `outbox.sweep`: every minute, what no one has handed to the event bus yet.

use itemsmith_steps::Failure;

use super::{
    context::Context,
    publish::{Published, publish},
};
use crate::{limits::EVENTS_AT_ONCE, ports::Ports};

/// Rounds of one sweep. Twenty full ones are 320 events, more than a minute of requests brings;
/// what is left waits for the next minute.
const ROUNDS: u32 = 20;

/// Sends until the outbox is empty, the bus refuses, or the rounds are up.
pub async fn sweep<P: Ports>(cx: &Context<'_, P>) -> Result<Published, Failure> {
    let mut total = Published {
        sent: 0,
        left: false,
    };
    for round in 1..=ROUNDS {
        let done: Published = cx
            .step
            .run(format!("sweep-{round}"), async || {
                Ok(publish(cx, None).await)
            })
            .await?;
        total.sent += done.sent;
        total.left = done.left;
        if done.left || done.sent < EVENTS_AT_ONCE as usize {
            break;
        }
    }
    Ok(total)
}
