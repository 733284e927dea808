//! `itemsmith get`: where a request stands.

use std::path::PathBuf;

use super::{
    error::CliError,
    follow,
    target::{TargetArgs, request_id},
    term::Screen,
};

/// Arguments of `itemsmith get`.
#[derive(Debug, clap::Args)]
pub struct GetArgs {
    /// The request.
    #[arg(value_parser = request_id)]
    id: String,
    /// Print the service's answer as JSON.
    #[arg(long)]
    json: bool,
    /// Download what it made into this folder.
    #[arg(long)]
    out: Option<PathBuf>,
    #[command(flatten)]
    target: TargetArgs,
}

pub async fn run(args: GetArgs, screen: &Screen) -> Result<(), CliError> {
    let client = args.target.client()?;
    let view = client.status(&args.id).await?;
    if args.json {
        let text = serde_json::to_string_pretty(&view)
            .map_err(|error| CliError::Service(error.to_string()))?;
        screen.line(text);
    } else {
        let reason = view
            .reason
            .map_or_else(String::new, |r| format!(", {}", r.as_str()));
        let status = view.status.as_str();
        let (attempt, most) = (view.attempt, view.max_attempts);
        screen.line(format!(
            "{}  {status}{reason}, attempt {attempt} of {most}",
            view.id
        ));
        for iteration in &view.iterations {
            follow::print_iteration(iteration, screen);
        }
    }
    match args.out {
        Some(folder) => follow::finish(&client, &view, &folder, None, screen).await,
        None => Ok(()),
    }
}
