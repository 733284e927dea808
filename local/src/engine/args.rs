//! The command line of `itemsmith engine`.

use std::{net::SocketAddr, time::Duration};

use super::config::{EngineConfig, SigningKey};

/// A small event engine that speaks Inngest's protocol, for one machine.
///
/// It runs apps built on any Inngest SDK (serve transport), durably in Postgres, without an
/// account: events, steps, retries, sleeps, waits, invocations, cron, cancellation, checkpoints. It
/// is one process for one machine and does not scale out; where the work outgrows that, Inngest
/// (dev server, self-hosted or cloud) replaces it by configuration of the app alone: INNGEST_DEV for
/// the dev server, INNGEST_BASE_URL with INNGEST_EVENT_KEY and INNGEST_SIGNING_KEY for one of your
/// own, the two keys for the cloud. What it does not do is refused when an app registers, by name.
///
/// Its page (GET / on the address it listens on) shows runs, events and functions, reruns and
/// cancels; with a signing key it asks for that as the password. It answers to localhost and to
/// addresses only. docs/engine.md has the routes, what is durable, and the limits.
#[derive(Debug, Clone, clap::Args)]
pub struct EngineArgs {
    /// Address to serve on; port 0 takes a free one, told in the "listening" log line.
    #[arg(long, env = "ENGINE_LISTEN", default_value = "127.0.0.1:8288")]
    pub listen: SocketAddr,
    /// Postgres to keep events, runs and steps in (schema `engine`).
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: String,
    /// Serve endpoint of an app, e.g. http://127.0.0.1:8787/api/inngest; may be repeated.
    #[arg(long = "app", value_name = "URL")]
    pub apps: Vec<String>,
    /// Accept events only with this key; may be repeated. None: any key.
    #[arg(long = "event-key", env = "INNGEST_EVENT_KEY", hide_env_values = true)]
    pub event_keys: Vec<String>,
    /// Sign calls with this key and demand it from callers. None: development, unsigned.
    #[arg(long, env = "INNGEST_SIGNING_KEY", hide_env_values = true)]
    pub signing_key: Option<String>,
    /// Milliseconds before the first retry; later ones follow 1, 2, 4, 8, 20, 40 … times this
    /// (Inngest itself: 15000).
    #[arg(long, env = "ENGINE_RETRY_BASE_MS", default_value_t = 1000)]
    pub retry_base_ms: u64,
    /// Seconds one call to the app may take; more than the app itself waits for anything.
    #[arg(long, env = "ENGINE_CALL_TIMEOUT_S", default_value_t = 1200)]
    pub call_timeout_s: u64,
    /// Seconds an unreachable app is tried again before that counts as a failed attempt.
    #[arg(long, env = "ENGINE_UNREACHABLE_GRACE_S", default_value_t = 60)]
    pub unreachable_grace_s: u64,
    /// Calls to apps in flight at once.
    #[arg(long, env = "ENGINE_MAX_CALLS", default_value_t = 64)]
    pub max_calls: usize,
    /// Seconds between two looks at a registered app for new code.
    #[arg(long, env = "ENGINE_POLL_S", default_value_t = 5)]
    pub poll_s: u64,
}

impl EngineArgs {
    /// The configuration these arguments describe.
    #[must_use]
    pub fn into_config(self) -> EngineConfig {
        EngineConfig {
            listen: self.listen,
            database_url: self.database_url,
            app_urls: self.apps,
            event_keys: self.event_keys,
            signing_key: self.signing_key.map(SigningKey::new),
            retry_base: Duration::from_millis(self.retry_base_ms),
            call_timeout: Duration::from_secs(self.call_timeout_s),
            unreachable_grace: Duration::from_secs(self.unreachable_grace_s),
            max_concurrent_calls: self.max_calls.max(1),
            poll_interval: Duration::from_secs(self.poll_s.max(1)),
        }
    }
}
