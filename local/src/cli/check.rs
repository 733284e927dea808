//! `itemsmith check FILE`: the verdict on a template in a file.

use std::{path::PathBuf, process::Command};

use super::error::CliError;
use crate::toolchain::workspace;

/// Arguments of `itemsmith check`; exit code 1 when there are findings.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// Template files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Widget types that `TemplateWidgets` must name; when absent, those of the item, and without
    /// an item those that the template names itself.
    #[arg(long, value_delimiter = ',')]
    widgets: Vec<String>,
    /// The item that the template was made from; its shape must be kept.
    #[arg(long)]
    item: Option<PathBuf>,
    /// A seed to prove besides the standard ones.
    #[arg(long)]
    seed: Option<String>,
    /// Print the verdict as JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(args: &CheckArgs) -> Result<(), CliError> {
    let program = workspace::built("itemsmith-checker");
    let mut command = Command::new(&program);
    command.arg("check").args(&args.files);
    if !args.widgets.is_empty() {
        command.arg("--widgets").arg(args.widgets.join(","));
    }
    if let Some(item) = &args.item {
        command.arg("--item").arg(item);
    }
    if let Some(seed) = &args.seed {
        command.arg("--seed").arg(seed);
    }
    if args.json {
        command.arg("--json");
    }
    let status = command.status().map_err(|error| {
        let path = program.display();
        CliError::Environment(format!(
            "cannot run {path}: {error}; run `cargo itemsmith build`"
        ))
    })?;
    match status.code() {
        Some(0) => Ok(()),
        Some(1) => Err(CliError::Negative("the template has findings".to_owned())),
        _ => Err(CliError::Service(format!(
            "the checker ended with {status}"
        ))),
    }
}
