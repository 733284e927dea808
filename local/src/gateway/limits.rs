//! Limits of the gateway.

use std::time::Duration;

/// Bytes of a request's body: what Neon's proxy takes.
pub(super) const REQUEST_BYTES: usize = itemsmith_sql::wire::MAX_MESSAGE_BYTES;

/// Bytes of an answer's values: what Neon's proxy gives.
pub(super) const ANSWER_BYTES: usize = itemsmith_sql::wire::MAX_MESSAGE_BYTES;

/// For a TCP connection, start-up and authentication: Postgres on the same machine takes 10 ms, and
/// a server that recovers from a crash says so at once.
pub(super) const CONNECT: Duration = Duration::from_secs(10);

/// For a free connection of the pool: as long as clients of the protocol usually wait in all.
pub(super) const CHECKOUT: Duration = Duration::from_secs(15);

/// For a request's body and headers to arrive: 10 MiB over loopback take far less.
pub(super) const READ: Duration = Duration::from_secs(30);
