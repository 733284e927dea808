//! Keys, addresses and the mode, from plain settings.

/// Values of the environment variables named beside each field, unread and unchecked.
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
    /// `INNGEST_DEV`: `1`, or the address of a development server.
    pub dev: Option<String>,
    /// `INNGEST_BASE_URL`
    pub base_url: Option<String>,
    /// `INNGEST_API_BASE_URL`
    pub api_base_url: Option<String>,
    /// `INNGEST_EVENT_API_BASE_URL`
    pub event_api_base_url: Option<String>,
    /// `INNGEST_SERVE_ORIGIN`
    pub serve_origin: Option<String>,
    /// `INNGEST_SERVE_PATH`
    pub serve_path: Option<String>,
}

/// Checked configuration.
#[derive(Clone)]
pub struct Config {
    pub(crate) settings: Settings,
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
}

impl Config {
    /// Checks the settings.
    ///
    /// # Errors
    /// Names the variable that cannot be used.
    pub fn new(settings: Settings) -> Result<Self, ConfigError> {
        Ok(Self { settings })
    }
}
