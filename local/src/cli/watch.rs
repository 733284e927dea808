//! `itemsmith watch`: a request to its end.

use std::path::PathBuf;

use super::{
    error::CliError,
    follow,
    target::{TargetArgs, request_id},
    term::Screen,
};
use crate::toolchain::workspace;

/// Arguments of `itemsmith watch`; exit code 1 when the request does not succeed.
#[derive(Debug, clap::Args)]
pub struct WatchArgs {
    /// The request.
    #[arg(value_parser = request_id)]
    id: String,
    /// Where downloads go; a folder named after the request when absent.
    #[arg(long)]
    out: Option<PathBuf>,
    #[command(flatten)]
    target: TargetArgs,
}

pub async fn run(args: WatchArgs, screen: &Screen) -> Result<(), CliError> {
    let client = args.target.client()?;
    let view = follow::to_the_end(&client, &args.id, screen).await?;
    let folder = args
        .out
        .unwrap_or_else(|| workspace::state().join("out").join(&args.id));
    follow::finish(&client, &view, &folder, None, screen).await
}
