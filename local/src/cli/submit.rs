//! `itemsmith submit`: an item to a running stack.

use std::{path::PathBuf, time::Instant};

use super::{error::CliError, follow, target::TargetArgs, term::Screen};
use crate::{client::Options, toolchain::workspace};

/// Arguments of `itemsmith submit`.
#[derive(Debug, clap::Args)]
pub struct SubmitArgs {
    /// The structured item, a JSON file.
    item: PathBuf,
    /// The seed that names the stored item: a decimal number up to 99999999999999999999.
    #[arg(long)]
    seed: Option<String>,
    /// The model; the service's own choice when absent.
    #[arg(long)]
    model: Option<String>,
    /// Attempts at most.
    #[arg(long)]
    max_attempts: Option<u32>,
    /// Make prompts and responses downloadable.
    #[arg(long)]
    debug_artifacts: bool,
    /// Follow it to its end and download what it made.
    #[arg(long)]
    watch: bool,
    /// Where downloads go; a folder named after the request when absent. Implies --watch.
    #[arg(long)]
    out: Option<PathBuf>,
    #[command(flatten)]
    target: TargetArgs,
}

pub async fn run(args: SubmitArgs, screen: &Screen) -> Result<(), CliError> {
    let client = args.target.client()?;
    let options = Options {
        seed: args.seed,
        model: args.model,
        max_attempts: args.max_attempts,
        debug_artifacts: args.debug_artifacts,
    };
    let since = Instant::now();
    let accepted = client.submit_file(&args.item, &options).await?;
    for warning in &accepted.warnings {
        screen.line(format!("  warning: {}", warning.message));
    }
    let id = accepted.id.to_string();
    if !args.watch && args.out.is_none() {
        screen.line(&id);
        screen.line(format!("  cargo itemsmith watch {id}"));
        return Ok(());
    }
    screen.line(format!("  request {id}"));
    let view = follow::to_the_end(&client, &id, screen).await?;
    let folder = args
        .out
        .unwrap_or_else(|| workspace::state().join("out").join(&id));
    follow::finish(&client, &view, &folder, Some(since.elapsed()), screen).await
}
