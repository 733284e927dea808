//! `GET /health`: the worker runs. Touches nothing.

use itemsmith_api::response::Health;

use crate::http::Outgoing;

/// The worker's version, which the answers of health and readiness carry.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The handler.
pub fn health() -> Outgoing {
    let health = Health::of(VERSION, Vec::new());
    Outgoing::json(health.http_status(), &health)
}
