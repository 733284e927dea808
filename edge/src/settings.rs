//! Checked configuration: ours, and the event bus's made of it.

use itemsmith_api::{
    Secret,
    config::{
        Config, ConfigProblem, ConfigProblems, Environment, InngestConfig, InngestDev, LogLevel,
    },
};
use itemsmith_pipeline::retry::Pace;
use itemsmith_steps::{self as steps, Checkpointing};
use tracing::level_filters::LevelFilter;

/// Everything that the environment says.
#[derive(Debug)]
pub struct Settings {
    /// Ours.
    pub config: Config,
    /// The event bus's.
    pub inngest: steps::Config,
}

impl Settings {
    /// Reads the environment through `lookup`.
    ///
    /// # Errors
    /// Every variable that is missing or malformed.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigProblems> {
        let config = Config::from_lookup(lookup)?;
        let inngest = steps::Config::new(inngest_settings(&config.inngest))
            .map_err(|error| ConfigProblems(vec![problem(&error)]))?;
        Ok(Self { config, inngest })
    }

    /// How fast trouble is retried: a person waits for a development stack.
    #[must_use]
    pub const fn pace(&self) -> Pace {
        match self.config.environment {
            Environment::Development => Pace::DEVELOPMENT,
            Environment::Production => Pace::PRODUCTION,
        }
    }

    /// Whether the steps of a run share calls.
    #[must_use]
    pub fn checkpointing(&self) -> Checkpointing {
        if self.config.inngest.checkpointing {
            Checkpointing::default()
        } else {
            Checkpointing::Off
        }
    }

    /// The least severe log line that is written.
    #[must_use]
    pub const fn level(&self) -> LevelFilter {
        match self.config.log_level {
            LogLevel::Error => LevelFilter::ERROR,
            LogLevel::Warn => LevelFilter::WARN,
            LogLevel::Info => LevelFilter::INFO,
            LogLevel::Debug => LevelFilter::DEBUG,
            LogLevel::Trace => LevelFilter::TRACE,
        }
    }
}

fn inngest_settings(config: &InngestConfig) -> steps::Settings {
    let secret = |secret: &Option<Secret>| secret.as_ref().map(|s| s.expose().to_owned());
    steps::Settings {
        event_key: secret(&config.event_key),
        signing_key: secret(&config.signing_key),
        signing_key_fallback: secret(&config.signing_key_fallback),
        env: config.env.clone(),
        dev: match &config.dev {
            InngestDev::Off => None,
            InngestDev::On => Some("1".to_owned()),
            InngestDev::At(url) => Some(url.clone()),
        },
        base_url: config.base_url.clone(),
        api_base_url: config.api_base_url.clone(),
        event_api_base_url: config.event_api_base_url.clone(),
        serve_origin: config.serve_origin.clone(),
        serve_path: config.serve_path.clone(),
        streaming: config.streaming.clone(),
        streaming_interval: config.streaming_interval.clone(),
    }
}

fn problem(error: &steps::ConfigError) -> ConfigProblem {
    match *error {
        steps::ConfigError::BadUrl { variable } => ConfigProblem {
            variable,
            what: "is malformed",
            fix: "set an http:// or https:// address",
        },
        steps::ConfigError::BadPath { variable } => ConfigProblem {
            variable,
            what: "is malformed",
            fix: "set a path that begins with /",
        },
        steps::ConfigError::BadSwitch { variable } => ConfigProblem {
            variable,
            what: "is malformed",
            fix: "set true or false, or leave it out",
        },
        steps::ConfigError::BadMilliseconds { variable } => ConfigProblem {
            variable,
            what: "is malformed",
            fix: "set a whole number of milliseconds, at least 1",
        },
    }
}
