//! From names and texts to a [`Config`].

use itemsmith_domain::limits::{MAX_ATTEMPTS, MAX_MODEL_NAME_CHARS};

use super::{
    CheckerConfig, Config, ConfigProblem, ConfigProblems, DEFAULT_MODEL, DEFAULT_OPENAI_BASE_URL,
    Environment, InngestConfig, InngestDev, LogLevel, ModelConfig, NotifyConfig, NotifyFormat,
};
use crate::secret::Secret;

/// Reads variables and keeps every problem, so that one start names them all.
struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<ConfigProblem>,
}

impl Reader<'_> {
    fn get(&self, variable: &str) -> Option<String> {
        let text = (self.lookup)(variable)?;
        let text = text.trim();
        if text.is_empty() {
            None
        } else {
            Some(text.to_owned())
        }
    }

    fn problem(&mut self, variable: &'static str, what: &'static str, fix: &'static str) {
        self.problems.push(ConfigProblem {
            variable,
            what,
            fix,
        });
    }

    fn require(&mut self, variable: &'static str, fix: &'static str) -> Option<String> {
        let value = self.get(variable);
        if value.is_none() {
            self.problem(variable, "is missing", fix);
        }
        value
    }

    fn secret(&self, variable: &str) -> Option<Secret> {
        self.get(variable).map(Secret::new)
    }

    /// An `http` or `https` address without a slash at its end.
    fn url(&mut self, variable: &'static str) -> Option<String> {
        let text = self.get(variable)?;
        if is_http_url(&text) {
            return Some(text.trim_end_matches('/').to_owned());
        }
        self.problem(
            variable,
            "is not an address",
            "use http://host:port or https://host",
        );
        None
    }

    /// One of a few words.
    fn word<T: Copy>(
        &mut self,
        variable: &'static str,
        default: T,
        words: &[(&str, T)],
        fix: &'static str,
    ) -> T {
        let Some(text) = self.get(variable) else {
            return default;
        };
        match words
            .iter()
            .find(|(word, _)| text.eq_ignore_ascii_case(word))
        {
            Some((_, value)) => *value,
            None => {
                self.problem(variable, "is not one of its words", fix);
                default
            }
        }
    }
}

pub(super) fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Config, ConfigProblems> {
    let mut reader = Reader {
        lookup,
        problems: Vec::new(),
    };
    let environment = reader.word(
        "ITEMSMITH_ENV",
        Environment::Production,
        &[
            ("development", Environment::Development),
            ("production", Environment::Production),
        ],
        "set development or production",
    );
    let (database_url, sql_http_url) = database(&mut reader);
    let config = Config {
        environment,
        database_url: Secret::new(database_url),
        sql_http_url,
        checker: checker(&mut reader, environment),
        model: model(&mut reader),
        max_attempts: max_attempts(&mut reader),
        inngest: inngest(&mut reader, environment),
        notify: notify(&mut reader),
        log_level: reader.word(
            "LOG_LEVEL",
            LogLevel::Info,
            &[
                LogLevel::Error,
                LogLevel::Warn,
                LogLevel::Info,
                LogLevel::Debug,
                LogLevel::Trace,
            ]
            .map(|level| (level.as_str(), level)),
            "set error, warn, info, debug or trace",
        ),
    };
    if reader.problems.is_empty() {
        Ok(config)
    } else {
        Err(ConfigProblems(reader.problems))
    }
}

/// `DATABASE_URL` and the address that SQL goes to over HTTP.
fn database(reader: &mut Reader<'_>) -> (String, String) {
    const FIX: &str = "set postgres://user:password@host/database";
    let url = reader.require("DATABASE_URL", FIX).unwrap_or_default();
    let host = database_host(&url);
    if !url.is_empty() && host.is_none() {
        reader.problem("DATABASE_URL", "is not a Postgres address", FIX);
    }
    let given = reader.get("SQL_HTTP_URL").is_some();
    let http = reader
        .url("SQL_HTTP_URL")
        .or_else(|| derived_sql_url(host?));
    if http.is_none() && host.is_some() && !given {
        reader.problem(
            "SQL_HTTP_URL",
            "is missing",
            "this database's host does not say where its SQL over HTTP is; set the gateway's address",
        );
    }
    (url, http.unwrap_or_default())
}

/// Neon serves SQL over HTTP for `ep-name.region.aws.neon.tech` at `api.region.aws.neon.tech`.
fn derived_sql_url(host: &str) -> Option<String> {
    let (_, parent) = host.split_once('.')?;
    let named = parent.contains('.') && parent.bytes().any(|b| b.is_ascii_alphabetic());
    named.then(|| format!("https://api.{parent}/sql"))
}

fn database_host(url: &str) -> Option<&str> {
    let rest = url
        .strip_prefix("postgres://")
        .or_else(|| url.strip_prefix("postgresql://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host_port = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = if host_port.starts_with('[') {
        host_port.split_inclusive(']').next()?
    } else {
        host_port.split(':').next()?
    };
    if host.is_empty() || host.contains(char::is_whitespace) {
        None
    } else {
        Some(host)
    }
}

fn checker(reader: &mut Reader<'_>, environment: Environment) -> CheckerConfig {
    let _ = reader.require(
        "CHECKER_URL",
        "set the checker's address, such as http://127.0.0.1:4100",
    );
    let url = reader.url("CHECKER_URL").unwrap_or_default();
    let key = reader.secret("CHECKER_KEY");
    if key.is_none() && environment == Environment::Production {
        reader.problem(
            "CHECKER_KEY",
            "is missing",
            "set the key that the checker was given",
        );
    }
    CheckerConfig { url, key }
}

fn model(reader: &mut Reader<'_>) -> ModelConfig {
    let api_key = reader
        .require(
            "OPENAI_API_KEY",
            "set the model provider's key (any text for a local model)",
        )
        .unwrap_or_default();
    let given = reader.get("OPENAI_BASE_URL").is_some();
    let base_url = reader.url("OPENAI_BASE_URL");
    let base_url = if given {
        base_url
    } else {
        Some(DEFAULT_OPENAI_BASE_URL.to_owned())
    };
    let name = reader
        .get("OPENAI_MODEL")
        .unwrap_or_else(|| DEFAULT_MODEL.to_owned());
    if name.chars().count() > MAX_MODEL_NAME_CHARS {
        reader.problem(
            "OPENAI_MODEL",
            "is too long",
            "set a name of at most 128 characters",
        );
    }
    let engine_calls = match reader.get("MODEL_GATEWAY").as_deref() {
        None | Some("worker") => false,
        Some("engine") => true,
        Some(_) => {
            reader.problem(
                "MODEL_GATEWAY",
                "is neither `worker` nor `engine`",
                "leave it out to have the worker call the model",
            );
            false
        }
    };
    ModelConfig {
        engine_calls,
        api_key: Secret::new(api_key),
        base_url: base_url.unwrap_or_default(),
        name,
    }
}

fn max_attempts(reader: &mut Reader<'_>) -> u32 {
    let Some(text) = reader.get("MAX_RETRIES") else {
        return MAX_ATTEMPTS;
    };
    match text.parse() {
        Ok(number @ 1..=MAX_ATTEMPTS) => number,
        _ => {
            reader.problem(
                "MAX_RETRIES",
                "is out of range",
                "set a whole number from 1 to 10",
            );
            MAX_ATTEMPTS
        }
    }
}

fn inngest(reader: &mut Reader<'_>, environment: Environment) -> InngestConfig {
    let dev = match reader.get("INNGEST_DEV").as_deref() {
        None | Some("0" | "false") => InngestDev::Off,
        Some("1" | "true") => InngestDev::On,
        Some(_) => reader
            .url("INNGEST_DEV")
            .map_or(InngestDev::Off, InngestDev::At),
    };
    if environment == Environment::Production && dev != InngestDev::Off {
        reader.problem(
            "INNGEST_DEV",
            "takes calls that nobody signed, and this is production",
            "unset it; INNGEST_BASE_URL names a server of your own",
        );
    }
    let checkpointing = match reader.get("INNGEST_CHECKPOINTING").as_deref() {
        None | Some("1" | "true") => true,
        Some("0" | "false") => false,
        Some(_) => {
            reader.problem(
                "INNGEST_CHECKPOINTING",
                "is neither `true` nor `false`",
                "leave it out to have the steps of a run share calls",
            );
            true
        }
    };
    let config = InngestConfig {
        checkpointing,
        event_key: reader.secret("INNGEST_EVENT_KEY"),
        signing_key: reader.secret("INNGEST_SIGNING_KEY"),
        signing_key_fallback: reader.secret("INNGEST_SIGNING_KEY_FALLBACK"),
        env: reader.get("INNGEST_ENV"),
        dev,
        base_url: reader.url("INNGEST_BASE_URL"),
        api_base_url: reader.url("INNGEST_API_BASE_URL"),
        event_api_base_url: reader.url("INNGEST_EVENT_API_BASE_URL"),
        serve_origin: reader.url("INNGEST_SERVE_ORIGIN"),
        serve_path: reader.get("INNGEST_SERVE_PATH"),
        streaming: reader.get("INNGEST_STREAMING"),
        streaming_interval: reader.get("INNGEST_STREAMING_INTERVAL"),
    };
    if environment == Environment::Production {
        const FIX: &str = "copy it from the Inngest server's settings";
        if config.event_key.is_none() {
            reader.problem("INNGEST_EVENT_KEY", "is missing", FIX);
        }
        if config.signing_key.is_none() {
            reader.problem("INNGEST_SIGNING_KEY", "is missing", FIX);
        }
    }
    if config
        .serve_path
        .as_deref()
        .is_some_and(|path| !path.starts_with('/'))
    {
        reader.problem(
            "INNGEST_SERVE_PATH",
            "is not a path",
            "start it with a slash",
        );
    }
    config
}

fn notify(reader: &mut Reader<'_>) -> Option<NotifyConfig> {
    // Exactly as it was given: nothing is appended to it, and its last slash may count.
    let given = reader.get("NOTIFY_WEBHOOK_URL");
    let url = reader.url("NOTIFY_WEBHOOK_URL").and(given);
    let slack = url
        .as_deref()
        .is_some_and(|url| host_of(url) == "hooks.slack.com");
    let format = reader.word(
        "NOTIFY_FORMAT",
        if slack {
            NotifyFormat::Slack
        } else {
            NotifyFormat::Generic
        },
        &[
            ("slack", NotifyFormat::Slack),
            ("generic", NotifyFormat::Generic),
        ],
        "set slack or generic",
    );
    Some(NotifyConfig {
        url: Secret::new(url?),
        format,
    })
}

fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host_port = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    if host_port.starts_with('[') {
        host_port
    } else {
        host_port.split(':').next().unwrap_or("")
    }
}

fn is_http_url(text: &str) -> bool {
    let http = text.starts_with("http://") || text.starts_with("https://");
    http && !host_of(text).is_empty() && !text.contains(|c: char| c.is_whitespace() || c < ' ')
}
