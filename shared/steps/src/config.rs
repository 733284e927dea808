//! Keys, addresses and the mode, from plain settings.

use std::fmt;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::hex;
use crate::signature::SigningKey;
use crate::stream::{self, Streaming};

/// Inngest Cloud's API.
const CLOUD_API: &str = "https://api.inngest.com";
/// Inngest Cloud's event ingestion.
const CLOUD_EVENTS: &str = "https://inn.gs";
/// Where the development server listens unless told otherwise.
const DEV_SERVER: &str = "http://localhost:8288";
/// A development server takes events under any key.
const DEV_EVENT_KEY: &str = "NO_EVENT_KEY_SET";

/// Values of the environment variables named beside each field, unread and unchecked. An empty
/// value counts as none.
#[derive(Clone, Default)]
pub struct Settings {
    /// `INNGEST_EVENT_KEY`
    pub event_key: Option<String>,
    /// `INNGEST_SIGNING_KEY`
    pub signing_key: Option<String>,
    /// `INNGEST_SIGNING_KEY_FALLBACK`
    pub signing_key_fallback: Option<String>,
    /// `INNGEST_ENV`
    pub env: Option<String>,
    /// `INNGEST_DEV`: `1`, or the address of a development server; `0` or `false` for the cloud.
    pub dev: Option<String>,
    /// `INNGEST_BASE_URL`: both the API's address and the events'.
    pub base_url: Option<String>,
    /// `INNGEST_API_BASE_URL`
    pub api_base_url: Option<String>,
    /// `INNGEST_EVENT_API_BASE_URL`
    pub event_api_base_url: Option<String>,
    /// `INNGEST_SERVE_ORIGIN`: under which scheme and host the server reaches us.
    pub serve_origin: Option<String>,
    /// `INNGEST_SERVE_PATH`: under which path.
    pub serve_path: Option<String>,
    /// `INNGEST_STREAMING`: `true` to answer every call by a stream, `false` for none; those that
    /// are slow unless it is given. See [`crate::stream`].
    pub streaming: Option<String>,
    /// `INNGEST_STREAMING_INTERVAL`: milliseconds between two keep-alives.
    pub streaming_interval: Option<String>,
}

/// Which kind of server this belongs to. Never taken from a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Requests must be signed.
    Cloud,
    /// A development server, which signs nothing.
    Dev,
}

impl Mode {
    /// `cloud` or `dev`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cloud => "cloud",
            Self::Dev => "dev",
        }
    }
}

/// Checked configuration. Its debug form shows no key.
#[derive(Clone)]
pub struct Config {
    pub(crate) mode: Mode,
    pub(crate) event_key: Option<String>,
    pub(crate) signing_keys: Vec<SigningKey>,
    pub(crate) has_fallback: bool,
    pub(crate) env: Option<String>,
    pub(crate) api: String,
    pub(crate) events: String,
    pub(crate) serve_origin: Option<String>,
    pub(crate) serve_path: Option<String>,
    pub(crate) framework: String,
    pub(crate) platform: Option<String>,
    pub(crate) streaming: Streaming,
    pub(crate) keep_alive: Duration,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("mode", &self.mode)
            .field("has_event_key", &self.event_key.is_some())
            .field("signing_keys", &self.signing_keys)
            .field("env", &self.env)
            .field("api", &self.api)
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Not an http or https address.
    #[error("{variable} must be an http:// or https:// address")]
    BadUrl {
        /// The environment variable.
        variable: &'static str,
    },
    /// Not a path.
    #[error("{variable} must begin with a slash")]
    BadPath {
        /// The environment variable.
        variable: &'static str,
    },
    /// Neither on nor off.
    #[error("{variable} must be `true` or `false`, or not set")]
    BadSwitch {
        /// The environment variable.
        variable: &'static str,
    },
    /// Not a length of time.
    #[error("{variable} must be a whole number of milliseconds, at least 1")]
    BadMilliseconds {
        /// The environment variable.
        variable: &'static str,
    },
}

impl Config {
    /// Checks the settings. Keys may be missing: see [`Config::missing`].
    ///
    /// # Errors
    /// Names the variable that cannot be used.
    pub fn new(settings: Settings) -> Result<Self, ConfigError> {
        let dev = given(settings.dev);
        let dev = dev.filter(|dev| !matches!(dev.to_ascii_lowercase().as_str(), "0" | "false"));
        let mode = if dev.is_some() {
            Mode::Dev
        } else {
            Mode::Cloud
        };
        let dev_url = match dev {
            Some(dev) if dev.contains("://") => url("INNGEST_DEV", Some(dev))?,
            _ => None,
        };
        let base = url("INNGEST_BASE_URL", settings.base_url)?.or(dev_url);
        let default = |cloud: &str| match (&base, mode) {
            (Some(base), _) => base.clone(),
            (None, Mode::Dev) => DEV_SERVER.to_owned(),
            (None, Mode::Cloud) => cloud.to_owned(),
        };
        let api = url("INNGEST_API_BASE_URL", settings.api_base_url)?;
        let events = url("INNGEST_EVENT_API_BASE_URL", settings.event_api_base_url)?;
        let serve_path = given(settings.serve_path);
        if serve_path
            .as_ref()
            .is_some_and(|path| !path.starts_with('/'))
        {
            return Err(ConfigError::BadPath {
                variable: "INNGEST_SERVE_PATH",
            });
        }
        let fallback = given(settings.signing_key_fallback);
        let has_fallback = fallback.is_some();
        let keys = [given(settings.signing_key), fallback];
        Ok(Self {
            mode,
            event_key: given(settings.event_key),
            signing_keys: keys.into_iter().flatten().map(SigningKey::new).collect(),
            has_fallback,
            env: given(settings.env),
            api: api.unwrap_or_else(|| default(CLOUD_API)),
            events: events.unwrap_or_else(|| default(CLOUD_EVENTS)),
            serve_origin: url("INNGEST_SERVE_ORIGIN", settings.serve_origin)?,
            serve_path,
            framework: "itemsmith-steps".to_owned(),
            platform: None,
            streaming: Streaming::from_setting(given(settings.streaming).as_deref()).ok_or(
                ConfigError::BadSwitch {
                    variable: "INNGEST_STREAMING",
                },
            )?,
            keep_alive: milliseconds("INNGEST_STREAMING_INTERVAL", settings.streaming_interval)?
                .unwrap_or(stream::INTERVAL),
        })
    }

    /// The same, naming what serves the endpoint and where it runs (`cloudflare`, `vercel`, …).
    #[must_use]
    pub fn with_host(self, framework: impl Into<String>, platform: Option<String>) -> Self {
        Self {
            framework: framework.into(),
            platform,
            ..self
        }
    }

    /// Which kind of server this belongs to.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The variables that the cloud needs and that have no value.
    pub fn missing(&self) -> Vec<&'static str> {
        let needed = [
            ("INNGEST_EVENT_KEY", self.event_key.is_none()),
            ("INNGEST_SIGNING_KEY", self.signing_keys.is_empty()),
        ];
        let is_cloud = self.mode == Mode::Cloud;
        needed
            .into_iter()
            .filter(|(_, none)| *none && is_cloud)
            .map(|(name, _)| name)
            .collect()
    }

    /// The key in the address that takes events.
    pub(crate) fn event_key(&self) -> &str {
        self.event_key.as_deref().unwrap_or(DEV_EVENT_KEY)
    }

    /// What tells people which event key is in use, without telling the key.
    pub(crate) fn event_key_hash(&self) -> Option<String> {
        self.event_key
            .as_ref()
            .map(|key| hex::encode(&Sha256::digest(key.as_bytes())))
    }
}

/// A value that is there and not empty.
fn given(value: Option<String>) -> Option<String> {
    value
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
}

/// A length of time above zero.
fn milliseconds(
    variable: &'static str,
    value: Option<String>,
) -> Result<Option<Duration>, ConfigError> {
    let Some(value) = given(value) else {
        return Ok(None);
    };
    match value.parse() {
        Ok(0) | Err(_) => Err(ConfigError::BadMilliseconds { variable }),
        Ok(milliseconds) => Ok(Some(Duration::from_millis(milliseconds))),
    }
}

/// An address without its last slash.
fn url(variable: &'static str, value: Option<String>) -> Result<Option<String>, ConfigError> {
    let Some(value) = given(value) else {
        return Ok(None);
    };
    let host = value
        .strip_prefix("http://")
        .or_else(|| value.strip_prefix("https://"));
    let is_host = |host: &str| !host.is_empty() && !host.starts_with('/');
    match host {
        Some(host) if is_host(host) => Ok(Some(value.trim_end_matches('/').to_owned())),
        _ => Err(ConfigError::BadUrl { variable }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn the_cloud_is_the_default() {
        for dev in [None, some(""), some("0"), some("false")] {
            let config = Config::new(Settings {
                dev,
                ..Settings::default()
            })
            .unwrap();
            assert_eq!(config.mode(), Mode::Cloud);
            assert_eq!(
                (config.api.as_str(), config.events.as_str()),
                (CLOUD_API, CLOUD_EVENTS)
            );
            assert_eq!(
                config.missing(),
                ["INNGEST_EVENT_KEY", "INNGEST_SIGNING_KEY"]
            );
        }
    }

    #[test]
    fn a_development_server_is_named_or_assumed() {
        let config = Config::new(Settings {
            dev: some("1"),
            ..Settings::default()
        })
        .unwrap();
        assert_eq!(
            (config.mode(), config.api.as_str()),
            (Mode::Dev, DEV_SERVER)
        );
        assert!(config.missing().is_empty());

        let dev = some("http://127.0.0.1:9999/");
        let config = Config::new(Settings {
            dev,
            ..Settings::default()
        })
        .unwrap();
        assert_eq!(config.events, "http://127.0.0.1:9999");
    }

    #[test]
    fn addresses_override_from_general_to_particular() {
        let config = Config::new(Settings {
            dev: some("1"),
            base_url: some("http://a:1"),
            event_api_base_url: some("https://b"),
            ..Settings::default()
        })
        .unwrap();
        assert_eq!(
            (config.api.as_str(), config.events.as_str()),
            ("http://a:1", "https://b")
        );
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let settings = Settings {
            api_base_url: some("localhost"),
            ..Settings::default()
        };
        let error = Config::new(settings).unwrap_err();
        assert_eq!(
            error,
            ConfigError::BadUrl {
                variable: "INNGEST_API_BASE_URL"
            }
        );
        let settings = Settings {
            serve_path: some("api"),
            ..Settings::default()
        };
        let error = Config::new(settings).unwrap_err();
        assert_eq!(
            error,
            ConfigError::BadPath {
                variable: "INNGEST_SERVE_PATH"
            }
        );
    }

    #[test]
    fn the_debug_form_shows_no_key() {
        let config = Config::new(Settings {
            event_key: some("secret-event"),
            signing_key: some("signkey-prod-5ec2e7"),
            ..Settings::default()
        });
        let shown = format!("{config:?}");
        assert!(
            !shown.contains("secret") && !shown.contains("5ec2e7"),
            "{shown}"
        );
    }
}
