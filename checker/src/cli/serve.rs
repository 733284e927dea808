//! `itemsmith-checker serve`.

use std::{net::SocketAddr, sync::Arc};

use clap::Args;
use itemsmith_api::Secret;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use super::{Parts, Trouble, logs};
use crate::server::{self, App};

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Where to listen; port 0 takes any free one, and the first log line names it.
    #[arg(
        long,
        env = "CHECKER_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:4100"
    )]
    listen: SocketAddr,
    /// `production` refuses to start without a key.
    #[arg(
        long = "env",
        env = "ITEMSMITH_ENV",
        value_enum,
        default_value = "production"
    )]
    environment: Environment,
    /// `info`, `debug`, or a filter such as `info,hyper=debug`.
    #[arg(long, env = "LOG_LEVEL", default_value = "info")]
    log_level: String,
    #[command(flatten)]
    parts: Parts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Environment {
    Development,
    Production,
}

pub async fn run(serve: Serve) -> Result<(), Trouble> {
    logs::start(&serve.log_level, false)?;
    // Never an argument: the arguments of a process can be read by its neighbours.
    let key = std::env::var("CHECKER_KEY")
        .ok()
        .filter(|key| !key.is_empty())
        .map(Secret::new);
    if key.is_none() && serve.environment == Environment::Production {
        return Err(Trouble(
            "CHECKER_KEY is not set: set it to the key that callers will present, or set \
             ITEMSMITH_ENV=development to serve without one"
                .to_owned(),
        ));
    }
    let mut terminate = signal(SignalKind::terminate()).map_err(Trouble::new)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Trouble::new)?;
    let listener = TcpListener::bind(serve.listen)
        .await
        .map_err(|error| Trouble(format!("cannot listen on {}: {error}", serve.listen)))?;
    let ready = serve.parts.start().await?;
    ready.checker.warm().await.map_err(Trouble::new)?;
    let address = listener.local_addr().map_err(Trouble::new)?;
    let engine = ready.checker.engine();
    tracing::info!(
        address = %address,
        engine = engine.name(),
        compiler = engine.compiler(),
        fallback = ready.fallback,
        "listening"
    );
    let app = Arc::new(App::new(ready.checker, key, ready.fallback));
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    server::serve(listener, app, stop)
        .await
        .map_err(Trouble::new)
}
