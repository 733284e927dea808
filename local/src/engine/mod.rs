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
//!
//! When runs start and when their calls are made (concurrency, throttle, rate limit, debounce,
//! batches, singleton, priority) is told, setting by setting, in the documentation of `core::flow`.

mod args;
mod attempts;
mod batch;
mod client;
mod clock;
mod config;
mod core;
mod cron;
mod duration;
mod event;
mod expression;
mod function;
mod gateway;
mod http;
mod owner;
mod retry;
mod run;
mod sign;
mod store;
mod sync;
mod wire;

use std::{sync::Arc, time::Duration};

use tokio::{net::TcpListener, task::JoinSet};

use self::{
    client::Caller,
    core::{Core, DEDUPLICATION, Rules},
    http::Routes,
    store::Reader,
};
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
    let now = clock::now();
    let (writer, reader, loaded) = store::open(&config.database_url, now - DEDUPLICATION).await?;
    let listen = |source| EngineError::Listen {
        address: config.listen,
        source,
    };
    let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let caller = Caller::new(&config)?;
    let rules = Rules {
        retry_base: config.retry_base,
        unreachable_grace: clock::millis(config.unreachable_grace),
        max_calls: config.max_concurrent_calls.max(1),
    };
    let core = Core::restore(rules, loaded, now);
    let changes = core.changes();
    let (handle, inbox) = owner::channel();
    let routes = Arc::new(Routes {
        core: handle,
        page: reader.apart(),
        reader: reader.clone(),
        loopback: address.ip().is_loopback(),
        started_at: now,
        changes,
        event_keys: config.event_keys,
        signing_key: config.signing_key,
    });
    // Dropped at the end, and with it everything that runs beside the owner.
    let mut beside = JoinSet::new();
    beside.spawn(http::serve(listener, routes));
    beside.spawn(clean(reader));
    for url in config.app_urls {
        beside.spawn(sync::poll(caller.clone(), url, config.poll_interval));
    }
    tracing::info!(%address, "listening");
    owner::run(core, writer, caller, inbox, shutdown).await;
    Ok(())
}

/// Ended runs and their events are kept for a week, to be looked at.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// How often what is older is deleted.
const CLEANING: Duration = Duration::from_secs(3600);

async fn clean(reader: Reader) {
    loop {
        tokio::time::sleep(CLEANING).await;
        if let Err(error) = reader.clean(clock::now() - clock::millis(KEPT)).await {
            tracing::warn!(%error, "old runs could not be deleted");
        }
    }
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
