//! `itemsmith dev`: the whole stack, until Ctrl-C.

use std::path::PathBuf;

use itemsmith_api::auth::DEVELOPMENT_KEY;

use super::{build, demo, error::CliError, target::ADDRESSES_FILE, term::Screen};
use crate::{
    stack::{FolderLock, Model, Settings, Stack, StackConfig},
    toolchain::workspace,
};

/// Arguments of `itemsmith dev`.
#[derive(Debug, clap::Args)]
pub struct DevArgs {
    /// A running Inngest server (`npx inngest-cli dev`) instead of our engine.
    #[arg(long, value_name = "URL")]
    engine: Option<String>,
    /// The checker's engine.
    #[arg(long, default_value = "native", value_parser = ["native", "node"])]
    checker: String,
    /// Where the database, the logs and the addresses are kept.
    #[arg(long)]
    folder: Option<PathBuf>,
}

pub async fn run(args: DevArgs, screen: &Screen) -> Result<(), CliError> {
    let settings = Settings::load(&workspace::root())?;
    let folder = args.folder.unwrap_or_else(default_folder);
    let _lock = FolderLock::take(&folder)?;
    build::prepare(false, screen)?;
    let mut config = StackConfig::throw_away(folder.clone(), settings);
    config.durable = true;
    config.familiar_ports = true;
    config.engine = args.engine.map(|url| url.trim_end_matches('/').to_owned());
    config.checker_engine = args.checker;
    config.retry_base_ms = 1000;
    let model = config.model.clone();
    let stack = tokio::select! {
        stack = demo::start(config, screen) => stack?,
        () = asked_to_stop() => return Err(CliError::Interrupted),
    };
    let file = folder.join(ADDRESSES_FILE);
    let text = serde_json::to_vec_pretty(&stack.addresses)
        .map_err(|error| CliError::Service(error.to_string()))?;
    std::fs::write(&file, text).map_err(|source| CliError::file(&file, source))?;
    greet(&stack, &model, screen);
    asked_to_stop().await;
    screen.line("stopping");
    let _gone = std::fs::remove_file(&file);
    stack.stop().await;
    Ok(())
}

fn default_folder() -> PathBuf {
    workspace::state().join("dev")
}

/// Ctrl-C, or SIGTERM from a process manager.
async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ctrl_c = tokio::signal::ctrl_c() => {}
            _signal = terminate.recv() => {}
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

fn greet(stack: &Stack, model: &Model, screen: &Screen) {
    let addresses = &stack.addresses;
    let worker = &addresses.worker;
    screen.line("");
    screen.line(format!("  API      {worker}"));
    screen.line(format!("  engine   {}", addresses.engine));
    screen.line(format!("  checker  {}", addresses.checker));
    screen.line(format!("  SQL      {}/sql", addresses.gateway));
    screen.line(format!(
        "  logs     {}",
        stack.folder().join("logs").display()
    ));
    screen.line(format!("  model    {}", model.describe()));
    screen.line(format!("  key      {DEVELOPMENT_KEY} (development only)"));
    screen.line("");
    screen.line("Submit an item:");
    // The other commands find the stack of the usual folder by themselves.
    let url = if stack.folder() == default_folder() {
        String::new()
    } else {
        format!(" --url {worker}")
    };
    let sample = demo::SAMPLE;
    screen.line(format!("  cargo itemsmith submit {sample} --watch{url}"));
    screen.line("or by hand:");
    screen.line(format!(
        "  curl -sS {worker}/api/templates -H 'authorization: Bearer {DEVELOPMENT_KEY}' \\\n    \
         -H 'content-type: application/json' -d \"{{\\\"structuredItem\\\": $(cat {sample})}}\""
    ));
    screen.line(format!(
        "  curl -sS {worker}/api/templates/ID -H 'authorization: Bearer {DEVELOPMENT_KEY}'"
    ));
    screen.line(format!("  curl -sS {worker}/health"));
    screen.line("");
    screen.line("Ctrl-C stops everything; the data stays for the next time.");
}
