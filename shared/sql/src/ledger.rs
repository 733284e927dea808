//! The ledger's chain: each event of a request carries the hash of the one before it.

use itemsmith_domain::Digest;
use uuid::Uuid;

/// What the first event of every request is chained to.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The id of an event, the same however often its statement runs, so that the bus can drop repeats:
/// `name:request` or `name:request:iteration`.
#[must_use]
pub fn event_id(name: &str, request: Uuid, iteration: Option<u32>) -> String {
    match iteration {
        Some(n) => format!("{name}:{request}:{n}"),
        None => format!("{name}:{request}"),
    }
}

/// The hash of an event, over the hash before it and the exact stored text, one line each; the
/// event's id is in it, because the name is part of what happened.
#[must_use]
pub fn link(previous: &str, event_id: &str, data: &str) -> Digest {
    Digest::of(format!("{previous}\n{event_id}\n{data}").as_bytes())
}
