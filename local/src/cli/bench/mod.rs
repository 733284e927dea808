//! `itemsmith bench`: figures measured on this machine.

mod engine;
mod whole;

use std::{path::Path, time::Duration};

use super::{CliError, term::Screen};

/// Arguments of `itemsmith bench`.
#[derive(Debug, clap::Args)]
pub struct BenchArgs {
    /// What to measure.
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// The main job with the rehearsal model answering at once: time from POST to `succeeded` by
    /// number of iterations, SQL round trips, the worker's size, check latency.
    Main(whole::MainArgs),
    /// The event engine alone: 500 events into a function of three steps, no model, the database
    /// durable; runs and steps per second, time per step, CPU, memory, SQL.
    Engine(engine::EngineBenchArgs),
}

pub async fn run(args: BenchArgs, screen: &Screen) -> Result<(), CliError> {
    match args.what {
        What::Main(args) => whole::run(args, screen).await,
        What::Engine(args) => engine::run(args, screen).await,
    }
}

/// Writes the figures to a file as JSON.
fn write_json(figures: &impl serde::Serialize, file: &Path) -> Result<(), CliError> {
    let text =
        serde_json::to_vec_pretty(figures).map_err(|error| CliError::Service(error.to_string()))?;
    std::fs::write(file, text).map_err(|source| CliError::file(file, source))
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
