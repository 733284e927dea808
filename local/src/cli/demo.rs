//! `itemsmith demo`: the main job once, from an item to a proven template.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use itemsmith_api::auth::DEVELOPMENT_KEY;

use super::{build, error::CliError, follow, term::Screen};
use crate::{
    client::{Client, Options},
    stack::{Model, RunFolder, Settings, Stack, StackConfig},
    toolchain::workspace,
};

/// Arguments of `itemsmith demo`.
#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    /// The item; one of the samples when absent.
    item: Option<PathBuf>,
    /// The seed that names the stored item.
    #[arg(long, default_value = "0")]
    seed: String,
    /// The checker's engine.
    #[arg(long, default_value = "native", value_parser = ["native", "node"])]
    checker: String,
    /// Where the template goes; a folder named after the request when absent.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// The item of a demo that names none, from the root of the checkout.
pub const SAMPLE: &str = "local/samples/reading-club-dot-plot.json";

/// How long the rehearsal model seems to think, so that a person can follow.
const THINKING_MS: u64 = 350;

pub async fn run(args: DemoArgs, screen: &Screen) -> Result<(), CliError> {
    tokio::select! {
        done = everything(args, screen) => done,
        _ctrl_c = tokio::signal::ctrl_c() => Err(CliError::Interrupted),
    }
}

async fn everything(args: DemoArgs, screen: &Screen) -> Result<(), CliError> {
    let settings = Settings::load(&workspace::root())?;
    // On a thread of its own, so that Ctrl-C is heard while it builds.
    let of_prepare = screen.clone();
    let prepared = tokio::task::spawn_blocking(move || build::prepare(false, &of_prepare)).await;
    prepared.map_err(|error| CliError::Service(error.to_string()))??;
    let folder = RunFolder::create("demo")?;
    let model = Model::chosen(&settings);
    let mut config = StackConfig::throw_away(folder.path().to_owned(), settings);
    config.checker_engine = args.checker;
    config.rehearsal_delay_ms = if screen.is_plain() { 0 } else { THINKING_MS };
    let stack = match start(config, screen).await {
        Ok(stack) => stack,
        Err(error) => {
            keep_logs(folder.path(), screen);
            return Err(error);
        }
    };
    screen.line(format!("  the model is {}", model.describe()));
    let item = args.item.unwrap_or_else(|| workspace::root().join(SAMPLE));
    let outcome = submit(&stack, &item, args.seed, args.out, screen).await;
    stack.stop().await;
    if outcome.is_err() {
        keep_logs(folder.path(), screen);
    }
    outcome
}

/// Moves the logs of a demo that failed out of its folder, which goes with it.
fn keep_logs(folder: &Path, screen: &Screen) {
    let kept = workspace::state().join("demo-logs");
    // What an earlier demo left is not about this one.
    let _nothing_there = std::fs::remove_dir_all(&kept);
    if std::fs::rename(folder.join("logs"), &kept).is_ok() {
        let kept = follow::shorten(&kept);
        screen.line(format!("  the logs of this demo are in {kept}"));
    }
}

/// Starts a stack under a bar of its own.
pub async fn start(config: StackConfig, screen: &Screen) -> Result<Stack, CliError> {
    let phase = screen.phase("start", Stack::STEPS);
    let started = Stack::start(config, |part| {
        phase.advance();
        phase.doing(part.to_owned());
    });
    match started.await {
        Ok(stack) => {
            phase.done(format!("worker at {}", stack.addresses.worker));
            Ok(stack)
        }
        Err(error) => {
            phase.abandon();
            Err(error.into())
        }
    }
}

async fn submit(
    stack: &Stack,
    item: &Path,
    seed: String,
    out: Option<PathBuf>,
    screen: &Screen,
) -> Result<(), CliError> {
    let client = Client::new(stack.addresses.worker.clone(), DEVELOPMENT_KEY);
    let since = Instant::now();
    let options = Options {
        seed: Some(seed),
        ..Options::default()
    };
    let accepted = client.submit_file(item, &options).await?;
    let id = accepted.id.to_string();
    screen.line(format!("  item {}", follow::shorten(item)));
    screen.line(format!("  request {id}"));
    let view = follow::to_the_end(&client, &id, screen).await?;
    let folder = out.unwrap_or_else(|| workspace::state().join("out").join(&id));
    follow::finish(&client, &view, &folder, Some(since.elapsed()), screen).await?;
    screen.line("");
    screen.line("Look next: `cargo itemsmith dev` keeps the stack running; then");
    screen.line("  cargo itemsmith submit local/samples/reading-club-dot-plot.json --watch");
    screen.line("  README.md and docs/architecture.md say how it works");
    Ok(())
}
