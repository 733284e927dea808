//! `itemsmith migrate`: the database's schema.

use super::{error::CliError, term::Screen};
use crate::{postgres, stack::Settings, toolchain::workspace};

/// Arguments of `itemsmith migrate`.
#[derive(Debug, clap::Args)]
pub struct MigrateArgs {
    /// The database; `DATABASE_URL` (environment or `.env.local`) when absent.
    #[arg(long)]
    database_url: Option<String>,
}

pub async fn run(args: MigrateArgs, screen: &Screen) -> Result<(), CliError> {
    let settings = Settings::load(&workspace::root())?;
    let url = args
        .database_url
        .or_else(|| settings.get("DATABASE_URL").map(str::to_owned));
    let url = url.ok_or_else(|| {
        CliError::Environment(
            "no database: give --database-url or set DATABASE_URL (`cargo itemsmith dev` migrates \
             its own)"
                .to_owned(),
        )
    })?;
    postgres::migrate(&url)
        .await
        .map_err(|error| CliError::Service(error.to_string()))?;
    screen.line("the database has the newest schema");
    Ok(())
}
