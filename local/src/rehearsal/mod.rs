//! The rehearsal model: OpenAI's chat-completions protocol, answered from scripts.
//!
//! It takes a model's place where no account is wanted: demonstrations, development and tests. It
//! is honest about it (every answer says that it is a rehearsal) and strict: a reply is served
//! only to a prompt that holds every section, the item, and on a retry the attempt before with all
//! of its findings. Everything else is answered 400, naming what is missing.
//!
//! Which reply comes next follows from the prompt alone, so the server keeps no state per run.

mod args;
mod faults;
mod openai;
mod play;
mod prompt;
mod scripts;
mod server;

pub use args::RehearsalArgs;
pub use scripts::{ScriptError, Scripts};
pub use server::{Options, serve};

/// Why the rehearsal model does not run.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// The scripts cannot be read.
    #[error(transparent)]
    Scripts(#[from] ScriptError),
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}; choose another one with --listen")]
    Listen {
        /// The address that was asked for.
        address: std::net::SocketAddr,
        /// What the operating system said.
        source: std::io::Error,
    },
}

/// Runs the rehearsal model as a process: until SIGINT or SIGTERM.
///
/// # Errors
/// When the scripts cannot be read or the address cannot be bound.
pub async fn main(args: RehearsalArgs) -> Result<(), RehearsalError> {
    let scripts = Scripts::load(&args.scripts)?;
    let wrong = |source| RehearsalError::Listen {
        address: args.listen,
        source,
    };
    let listener = tokio::net::TcpListener::bind(args.listen)
        .await
        .map_err(wrong)?;
    let address = listener.local_addr().map_err(wrong)?;
    tracing::info!(%address, items = scripts.items().count(), "listening");
    let options = Options {
        delay: std::time::Duration::from_millis(args.delay_ms),
    };
    tokio::select! {
        () = serve(listener, scripts, options) => {}
        () = stop_signal() => {}
    }
    Ok(())
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
