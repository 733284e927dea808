//! The apps by the path of their endpoints.

use itemsmith_steps::{
    Answer, App, Call, Checkpointing, Config, ConfigError, FunctionConfig, HttpRequest,
    HttpResponse, Settings, Trigger, serve,
};

use crate::{
    checkpointing::Checkpointed, concurrent, errors, flow, host::Host, models, others,
    runner::Runner, signals, steps, streaming::Streamed, waits,
};

/// The SDK's configuration from the environment, which is given as a look-up.
///
/// # Errors
/// Names the variable that cannot be used.
pub fn configuration(variable: impl Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
    let settings = Settings {
        event_key: variable("INNGEST_EVENT_KEY"),
        signing_key: variable("INNGEST_SIGNING_KEY"),
        signing_key_fallback: variable("INNGEST_SIGNING_KEY_FALLBACK"),
        env: variable("INNGEST_ENV"),
        dev: variable("INNGEST_DEV"),
        base_url: variable("INNGEST_BASE_URL"),
        api_base_url: variable("INNGEST_API_BASE_URL"),
        event_api_base_url: variable("INNGEST_EVENT_API_BASE_URL"),
        serve_origin: variable("INNGEST_SERVE_ORIGIN"),
        serve_path: variable("INNGEST_SERVE_PATH"),
        streaming: variable("INNGEST_STREAMING"),
        streaming_interval: variable("INNGEST_STREAMING_INTERVAL"),
    };
    Ok(Config::new(settings)?.with_host("workerd", None))
}

/// Answers a request to one of the apps; `None` if there is none at this path.
pub async fn answer<H: Host>(
    path: &str,
    host: &H,
    config: &Config,
    request: HttpRequest,
) -> Option<HttpResponse> {
    Some(match path {
        "/api/inngest" => serve(&Conformance { host, config }, host, config, request).await,
        "/api/flow" => serve(&flow::Flow, host, config, request).await,
        "/api/streaming" => serve(&Streamed, host, config, request).await,
        "/api/runner" => serve(&Runner, host, config, request).await,
        "/api/checkpointing" => serve(&Checkpointed, host, config, request).await,
        _ => return None,
    })
}

/// A function that is started by the event of its own name.
pub(crate) fn on(app: &str, id: &str) -> FunctionConfig {
    let trigger = Trigger::Event {
        name: format!("{app}/{id}"),
        expression: None,
    };
    FunctionConfig::new(id, id, vec![trigger])
}

/// The app of what steps and functions do.
struct Conformance<'a, H> {
    host: &'a H,
    config: &'a Config,
}

impl<H: Host> App for Conformance<'_, H> {
    fn id(&self) -> &str {
        "conformance"
    }

    fn checkpointing(&self) -> Checkpointing {
        Checkpointing::Off
    }

    fn functions(&self) -> Vec<FunctionConfig> {
        let parts = [
            steps::functions(),
            errors::functions(),
            waits::functions(),
            others::functions(),
            concurrent::functions(),
            signals::functions(),
            models::functions(),
        ];
        parts.into_iter().flatten().collect()
    }

    async fn call(&self, function: &str, call: Call) -> Answer {
        match function {
            "plain" | "nothing" | "sequence" | "repeated" | "conditional" | "scheduled"
            | "large" => steps::call(function, call).await,
            "asleep" | "asleep-until" | "matched" | "unmatched" | "stopped-by-event"
            | "stopped-by-request" | "stopped-by-time" => waits::call(function, call).await,
            "parallel" | "nested" | "parallel-retried" | "ordered" | "raced" => {
                concurrent::call(function, call).await
            }
            name if name.starts_with("invok") || name.starts_with("sending") => {
                others::call(self.host, self.config, name, call).await
            }
            "inferring" | "inferring-refused" => models::call(function, call).await,
            "signalled" | "unsignalled" | "signalling" | "signalling-nobody" => {
                signals::call(self.host, self.config, function, call).await
            }
            name => errors::call(name, call).await,
        }
    }
}
