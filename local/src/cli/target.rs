//! Which running service a command talks to.

use itemsmith_api::auth::DEVELOPMENT_KEY;

use super::error::CliError;
use crate::{
    client::Client,
    stack::{Addresses, Settings},
    toolchain::workspace,
};

/// Options that every command of a running service shares.
#[derive(Debug, clap::Args)]
pub struct TargetArgs {
    /// The service's origin; the stack that `dev` runs here when absent.
    #[arg(long, env = "ITEMSMITH_URL")]
    url: Option<String>,
    /// The API key; development's well-known key when absent.
    #[arg(long, env = "ITEMSMITH_KEY", hide_env_values = true)]
    key: Option<String>,
}

/// The file in which a running `dev` says where it listens.
pub const ADDRESSES_FILE: &str = "addresses.json";

impl TargetArgs {
    /// A client of the service that the options, the environment or a running `dev` name.
    ///
    /// # Errors
    /// When nothing is named and no `dev` runs.
    pub fn client(&self) -> Result<Client, CliError> {
        let settings = Settings::load(&workspace::root())?;
        let given = self
            .url
            .clone()
            .or_else(|| settings.get("ITEMSMITH_URL").map(str::to_owned));
        let url = given.or_else(running).ok_or_else(|| {
            CliError::Environment(
                "no stack is running: start one with `cargo itemsmith dev`, or give --url"
                    .to_owned(),
            )
        })?;
        let key = self
            .key
            .clone()
            .or_else(|| settings.get("ITEMSMITH_KEY").map(str::to_owned));
        let key = key.unwrap_or_else(|| DEVELOPMENT_KEY.to_owned());
        let http = reqwest::Url::parse(&url).is_ok_and(|url| url.scheme().starts_with("http"));
        if !http {
            return Err(CliError::Environment(format!(
                "{url:?} is not the origin of a service, such as http://127.0.0.1:8787"
            )));
        }
        if key.is_empty() || !key.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(CliError::Environment(
                "the API key holds characters that no key has".to_owned(),
            ));
        }
        Ok(Client::new(url.trim_end_matches('/'), key))
    }
}

/// A request's id as an argument.
///
/// # Errors
/// When it is not one; what would follow it in a path is then never asked for.
pub fn request_id(text: &str) -> Result<String, String> {
    uuid::Uuid::try_parse(text)
        .map(|id| id.to_string())
        .map_err(|_| "a request's id looks like 01a2098f-3fa2-70a7-a1ae-cea0fb645df4".to_owned())
}

fn running() -> Option<String> {
    let text = std::fs::read(workspace::state().join("dev").join(ADDRESSES_FILE)).ok()?;
    Some(serde_json::from_slice::<Addresses>(&text).ok()?.worker)
}
