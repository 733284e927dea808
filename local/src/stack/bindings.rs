//! The worker's environment.

use itemsmith_api::config::Config;

use super::{Addresses, Model, StackConfig, StackError};

/// The rehearsal model's key. It takes any; this one is found wherever it leaks to.
pub const REHEARSAL_KEY: &str = "sk-rehearsal-takes-any-key";

/// The worker's environment: what a deployment would configure, pointed at this machine.
pub fn of(
    config: &StackConfig,
    addresses: &Addresses,
    database_url: &str,
    checker_key: &str,
) -> Vec<(String, String)> {
    let mut bindings = vec![
        ("ITEMSMITH_ENV", "development".to_owned()),
        ("DATABASE_URL", database_url.to_owned()),
        ("SQL_HTTP_URL", format!("{}/sql", addresses.gateway)),
        ("CHECKER_URL", addresses.checker.clone()),
        ("CHECKER_KEY", checker_key.to_owned()),
        ("INNGEST_DEV", addresses.engine.clone()),
    ];
    // Another address when something stands between the engine and the worker.
    let origin = config.settings.get("INNGEST_SERVE_ORIGIN");
    let origin = origin.unwrap_or(&addresses.worker).to_owned();
    bindings.push(("INNGEST_SERVE_ORIGIN", origin));
    match &config.model {
        Model::Rehearsal => {
            let base = addresses.rehearsal.as_deref().unwrap_or_default();
            bindings.push(("OPENAI_API_KEY", REHEARSAL_KEY.to_owned()));
            bindings.push(("OPENAI_BASE_URL", format!("{base}/v1")));
            bindings.push(("OPENAI_MODEL", "rehearsal".to_owned()));
        }
        Model::Real { key, base, model } => {
            bindings.push(("OPENAI_API_KEY", key.clone()));
            bindings.extend(base.clone().map(|base| ("OPENAI_BASE_URL", base)));
            bindings.extend(model.clone().map(|model| ("OPENAI_MODEL", model)));
        }
    }
    for name in [
        "MAX_RETRIES",
        "NOTIFY_WEBHOOK_URL",
        "NOTIFY_FORMAT",
        "LOG_LEVEL",
        "MODEL_GATEWAY",
        "INNGEST_CHECKPOINTING",
        "INNGEST_STREAMING",
        "INNGEST_STREAMING_INTERVAL",
    ] {
        bindings.extend(
            config
                .settings
                .get(name)
                .map(|value| (name, value.to_owned())),
        );
    }
    bindings
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Reads the environment as the worker will, so that what is wrong is named before anything runs.
///
/// # Errors
/// Every variable that is missing or malformed.
pub fn validate(bindings: &[(String, String)]) -> Result<(), StackError> {
    let found = |name: &str| bindings.iter().find(|(known, _)| known == name);
    Config::from_lookup(|name| found(name).map(|(_, value)| value.clone()))
        .map(drop)
        .map_err(StackError::Configuration)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Addresses, of, validate};
    use crate::stack::{Settings, StackConfig};

    fn environment() -> Vec<(String, String)> {
        let config = StackConfig::throw_away(PathBuf::new(), Settings::default());
        let here = || "http://127.0.0.1:8787".to_owned();
        let addresses = Addresses {
            worker: here(),
            engine: here(),
            gateway: here(),
            checker: here(),
            rehearsal: Some(here()),
        };
        of(&config, &addresses, "postgres://u:p@127.0.0.1:5432/d", "k")
    }

    #[test]
    fn what_the_stack_makes_is_complete() {
        validate(&environment()).expect("an environment that the worker takes");
    }

    #[test]
    fn a_malformed_variable_is_named_and_its_value_is_not_shown() {
        let mut environment = environment();
        environment.retain(|(name, _)| name != "OPENAI_BASE_URL");
        environment.push(("OPENAI_BASE_URL".to_owned(), "sk-pasted-here".to_owned()));
        let said = validate(&environment)
            .expect_err("not an address")
            .to_string();
        assert!(said.contains("OPENAI_BASE_URL"), "{said}");
        assert!(!said.contains("sk-pasted-here"), "{said}");
    }
}
