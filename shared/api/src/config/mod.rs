//! The typed environment of the worker and of the local stack.
//!
//! [`Config::from_lookup`] reads everything once at start and names every variable that is
//! missing or malformed, all at once, with what to do about it.

mod problems;
mod read;
#[cfg(test)]
mod tests;

pub use problems::{ConfigProblem, ConfigProblems};

use crate::secret::Secret;

/// What the address of a service defaults to when it is OpenAI's own.
pub const DEFAULT_OPENAI_BASE_URL: &str = "https://api.openai.com/v1";
/// The model that answers when neither the environment nor a request names one.
pub const DEFAULT_MODEL: &str = "gpt-5";

/// Everything that the environment says.
#[derive(Clone, Debug)]
pub struct Config {
    /// `ITEMSMITH_ENV`.
    pub environment: Environment,
    /// `DATABASE_URL`: `postgres://user:password@host/database`.
    pub database_url: Secret,
    /// `SQL_HTTP_URL`: where SQL goes over HTTP; without it, from the database's host as Neon does.
    pub sql_http_url: String,
    /// The checker service.
    pub checker: CheckerConfig,
    /// The language model.
    pub model: ModelConfig,
    /// `MAX_RETRIES`: attempts of a request that does not say how many; 1 to 10.
    pub max_attempts: u32,
    /// Inngest, or the local engine that speaks its protocol.
    pub inngest: InngestConfig,
    /// `NOTIFY_WEBHOOK_URL`: who hears of finished requests, if anyone.
    pub notify: Option<NotifyConfig>,
    /// `LOG_LEVEL`.
    pub log_level: LogLevel,
}

/// Where the service runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// One machine; the well-known key works.
    Development,
    /// Everything else, and the default.
    Production,
}

/// `CHECKER_URL`, `CHECKER_KEY`.
#[derive(Clone, Debug)]
pub struct CheckerConfig {
    /// Without a slash at its end.
    pub url: String,
    /// Required in production.
    pub key: Option<Secret>,
}

/// `OPENAI_API_KEY`, `OPENAI_BASE_URL`, `OPENAI_MODEL`, `MODEL_GATEWAY`.
#[derive(Clone, Debug)]
pub struct ModelConfig {
    /// Sent as a bearer token.
    pub api_key: Secret,
    /// Without a slash at its end; `/chat/completions` follows.
    pub base_url: String,
    /// Used when a request names none.
    pub name: String,
    /// `MODEL_GATEWAY`: `engine` has the event engine call the model, and gives it the key; the
    /// worker calls it otherwise.
    pub engine_calls: bool,
}

/// The `INNGEST_*` variables, as the SDK protocol names them.
#[derive(Clone, Debug)]
pub struct InngestConfig {
    /// `INNGEST_EVENT_KEY`; required in production.
    pub event_key: Option<Secret>,
    /// `INNGEST_SIGNING_KEY`; required in production.
    pub signing_key: Option<Secret>,
    /// `INNGEST_SIGNING_KEY_FALLBACK`.
    pub signing_key_fallback: Option<Secret>,
    /// `INNGEST_ENV`: the branch environment.
    pub env: Option<String>,
    /// `INNGEST_DEV`; refused in production, since it takes calls that nobody signed.
    pub dev: InngestDev,
    /// `INNGEST_BASE_URL`: of every API, unless the next two say otherwise.
    pub base_url: Option<String>,
    /// `INNGEST_API_BASE_URL`.
    pub api_base_url: Option<String>,
    /// `INNGEST_EVENT_API_BASE_URL`.
    pub event_api_base_url: Option<String>,
    /// `INNGEST_SERVE_ORIGIN`: how the server reaches this service.
    pub serve_origin: Option<String>,
    /// `INNGEST_SERVE_PATH`.
    pub serve_path: Option<String>,
    /// `INNGEST_CHECKPOINTING`: whether the steps of a run share calls; they do unless it says
    /// `false`.
    pub checkpointing: bool,
    /// `INNGEST_STREAMING`: every call's answer is streamed, or none; those that are slow, if it
    /// is not set.
    pub streaming: Option<String>,
    /// `INNGEST_STREAMING_INTERVAL`: milliseconds between two keep-alives.
    pub streaming_interval: Option<String>,
}

/// `INNGEST_DEV`: whether a development server is spoken to, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InngestDev {
    /// Absent, `0` or `false`: Inngest Cloud or a self-hosted server, signatures required.
    Off,
    /// `1` or `true`: the development server at its usual address.
    On,
    /// A URL, without a slash at its end: the development server there.
    At(String),
}

/// `NOTIFY_WEBHOOK_URL`, `NOTIFY_FORMAT`.
#[derive(Clone, Debug)]
pub struct NotifyConfig {
    /// The address is a credential: who knows it may post.
    pub url: Secret,
    /// The shape of the body.
    pub format: NotifyFormat,
}

/// The shape of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotifyFormat {
    /// `{"text": …}`, as Slack and those compatible with it take it.
    Slack,
    /// The event's data with a type.
    Generic,
}

/// The least severe log line that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Only what ended a request or a run.
    Error,
    /// What was mended by itself.
    Warn,
    /// What happened.
    Info,
    /// How it happened.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// `error`, `warn`, `info`, `debug` or `trace`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

impl Config {
    /// Reads the environment through `lookup`; an empty value counts as absent.
    ///
    /// # Errors
    /// Every variable that is missing or malformed.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigProblems> {
        read::read(&lookup)
    }
}
