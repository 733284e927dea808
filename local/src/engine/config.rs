//! What the engine is told at start, and why it can refuse to.

use std::{net::SocketAddr, time::Duration};

pub use itemsmith_steps::signature::SigningKey;

/// Everything the engine is told at start.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Where it serves its HTTP routes; port 0 takes a free one (the log line says which).
    pub listen: SocketAddr,
    /// The Postgres database; the engine keeps to the schema `engine`.
    pub database_url: String,
    /// The serve endpoints of the apps, for example `http://127.0.0.1:8787/api/inngest`.
    pub app_urls: Vec<String>,
    /// Event keys accepted by `POST /e/{key}`; none means any key (development).
    pub event_keys: Vec<String>,
    /// When set, calls are signed with it and callers must present its hash as a bearer.
    pub signing_key: Option<SigningKey>,
    /// The wait before the first retry; later ones follow Inngest's progression (1, 2, 4, 8, 20 …
    /// times this). Inngest itself uses 15 s.
    pub retry_base: Duration,
    /// How long one call to the app may take before it counts as a failed attempt. The worker waits
    /// 15 minutes for a model's reply: a call that ends before that is paid for and lost.
    pub call_timeout: Duration,
    /// How long an app that cannot be reached at all is tried again before that counts as a
    /// failed attempt: a worker that restarts costs no attempt.
    pub unreachable_grace: Duration,
    /// Calls to apps in flight at once.
    pub max_concurrent_calls: usize,
    /// How often a registered app is asked to sync again, so that new code is noticed.
    pub poll_interval: Duration,
}

impl EngineConfig {
    /// Development defaults for a database: any event key, no signatures, a free port.
    #[must_use]
    pub fn development(database_url: impl Into<String>) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            database_url: database_url.into(),
            app_urls: Vec::new(),
            event_keys: Vec::new(),
            signing_key: None,
            retry_base: Duration::from_secs(1),
            call_timeout: Duration::from_secs(1200),
            unreachable_grace: Duration::from_secs(60),
            max_concurrent_calls: 64,
            poll_interval: Duration::from_secs(5),
        }
    }
}

/// Why the engine cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}; choose another --listen address")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// Postgres cannot be reached or refuses us.
    #[error(
        "the engine's database cannot be used while {doing}: {}",
        causes(source)
    )]
    Database {
        /// What was attempted.
        doing: &'static str,
        /// What the driver said (it never holds the password).
        source: tokio_postgres::Error,
    },
    /// Another engine holds the database.
    #[error(
        "another engine is running on this database; stop it, or give this one its own --database-url"
    )]
    AlreadyRunning,
    /// A stored row cannot be read back.
    #[error(
        "the engine's stored state is not readable ({0}); drop the schema `engine` to begin anew"
    )]
    State(String),
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot start: {0}")]
    Client(#[from] reqwest::Error),
}

/// An error with its causes: the driver's own words alone say too little.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::EngineConfig;

    #[test]
    fn a_call_outlasts_the_workers_wait_for_a_model() {
        let quarter = Duration::from_secs(15 * 60);
        assert!(EngineConfig::development("postgres://h/d").call_timeout > quarter);
    }
}
