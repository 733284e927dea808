//! `itemsmith bench`: figures of the whole, measured on this machine.

use std::{
    io::Write,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use itemsmith_api::auth::DEVELOPMENT_KEY;
use itemsmith_domain::RequestStatus;

use super::{build, demo, error::CliError, term::Screen};
use crate::{
    client::{Client, Options},
    stack::{Model, RunFolder, Settings, Stack, StackConfig},
    toolchain::workspace,
};

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
    Main(MainArgs),
}

#[derive(Debug, clap::Args)]
struct MainArgs {
    /// Requests per number of iterations, after one that is not counted.
    #[arg(long, default_value_t = 10)]
    rounds: u32,
    /// Write the figures to this file as well.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// The rehearsal scripts by the number of attempts they take.
const SCRIPTS: [(&str, u32); 4] = [
    ("rehearsal-once", 1),
    ("rehearsal-twice", 2),
    ("rehearsal-thrice", 3),
    ("rehearsal", 4),
];

/// Pause between two looks; the error of the times below.
const LOOK_PAUSE: Duration = Duration::from_millis(2);

#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Figures {
    wasm_gzipped_bytes: u64,
    start_ms: f64,
    runs: Vec<RunFigures>,
    check: CheckFigures,
}

#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct RunFigures {
    iterations: u32,
    rounds: u32,
    p50_ms: f64,
    max_ms: f64,
    sql_round_trips: f64,
}

#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct CheckFigures {
    checks: u64,
    mean_ms: f64,
}

pub async fn run(args: BenchArgs, screen: &Screen) -> Result<(), CliError> {
    let What::Main(args) = args.what;
    build::prepare(false, screen)?;
    let folder = RunFolder::create("bench")?;
    let settings = Settings::load(&workspace::root())?;
    let mut config = StackConfig::throw_away(folder.path().to_owned(), settings);
    config.model = Model::Rehearsal;
    config.durable = true;
    let since = Instant::now();
    let stack = demo::start(config, screen).await?;
    let start_ms = millis(since.elapsed());
    let measured = measure(&stack, args.rounds, start_ms, screen).await;
    stack.stop().await;
    let figures = measured?;
    print(&figures, screen);
    if let Some(file) = args.json {
        let text = serde_json::to_vec_pretty(&figures)
            .map_err(|error| CliError::Service(error.to_string()))?;
        std::fs::write(&file, text).map_err(|source| CliError::file(&file, source))?;
    }
    Ok(())
}

async fn measure(
    stack: &Stack,
    rounds: u32,
    start_ms: f64,
    screen: &Screen,
) -> Result<Figures, CliError> {
    let client = Client::new(stack.addresses.worker.clone(), DEVELOPMENT_KEY);
    let item = workspace::root().join(demo::SAMPLE);
    let phase = screen.phase("measure", u64::from(rounds + 1) * SCRIPTS.len() as u64);
    let mut runs = Vec::new();
    for (model, iterations) in SCRIPTS {
        phase.doing(format!("{iterations} iterations"));
        let mut times = Vec::new();
        let mut trips = 0;
        for round in 0..=rounds {
            let before = metric(&stack.addresses.gateway, GATEWAY_CALLS).await?;
            let took = one(&client, &item, model, iterations).await?;
            let after = metric(&stack.addresses.gateway, GATEWAY_CALLS).await?;
            phase.advance();
            if round > 0 {
                times.push(took.elapsed);
                // Our own looks at the status are not the job's.
                trips += (after - before) as u64 - took.looks;
            }
        }
        times.sort();
        runs.push(RunFigures {
            iterations,
            rounds,
            p50_ms: millis(times[times.len() / 2]),
            max_ms: millis(times[times.len() - 1]),
            sql_round_trips: trips as f64 / f64::from(rounds.max(1)),
        });
    }
    phase.done("done");
    let checker = &stack.addresses.checker;
    let checks = metric(checker, "itemsmith_checker_check_seconds_count").await?;
    let seconds = metric(checker, "itemsmith_checker_check_seconds_sum").await?;
    Ok(Figures {
        wasm_gzipped_bytes: gzipped(&workspace::worker_bundle().join("core_bg.wasm"))?,
        start_ms,
        runs,
        check: CheckFigures {
            checks: checks as u64,
            mean_ms: seconds / checks.max(1.0) * 1000.0,
        },
    })
}

/// The gateway's count of HTTP calls: SQL round trips as the worker sees them.
const GATEWAY_CALLS: &str = "itemsmith_gateway_calls_total";

struct Took {
    elapsed: Duration,
    looks: u64,
}

async fn one(client: &Client, item: &Path, model: &str, iterations: u32) -> Result<Took, CliError> {
    let options = Options {
        model: Some(model.to_owned()),
        ..Options::default()
    };
    let since = Instant::now();
    let id = client.submit_file(item, &options).await?.id.to_string();
    let mut looks = 0;
    loop {
        let view = client.status(&id).await?;
        looks += 1;
        if view.status.is_terminal() {
            if view.status != RequestStatus::Succeeded || view.attempt != iterations {
                let status = view.status.as_str();
                return Err(CliError::Negative(format!(
                    "{model} was to succeed at attempt {iterations}: {status} at {}",
                    view.attempt
                )));
            }
            return Ok(Took {
                elapsed: since.elapsed(),
                looks,
            });
        }
        tokio::time::sleep(LOOK_PAUSE).await;
    }
}

/// One sample of a service's Prometheus text.
async fn metric(origin: &str, name: &str) -> Result<f64, CliError> {
    let wrong = |reason: String| CliError::Service(format!("{origin}/metrics: {reason}"));
    let answer = reqwest::get(format!("{origin}/metrics")).await;
    let text = answer
        .map_err(|error| wrong(error.to_string()))?
        .text()
        .await;
    let text = text.map_err(|error| wrong(error.to_string()))?;
    let sample = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    sample.ok_or_else(|| wrong(format!("no {name}")))
}

fn gzipped(path: &Path) -> Result<u64, CliError> {
    let bytes = std::fs::read(path).map_err(|source| CliError::file(path, source))?;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let packed = encoder.write_all(&bytes).and_then(|()| encoder.finish());
    Ok(packed.map_err(|source| CliError::file(path, source))?.len() as u64)
}

fn print(figures: &Figures, screen: &Screen) {
    screen.line("");
    screen.line("| iterations | POST to succeeded, p50 ms | max ms | SQL round trips |");
    screen.line("|---:|---:|---:|---:|");
    for run in &figures.runs {
        screen.line(format!(
            "| {} | {:.0} | {:.0} | {:.0} |",
            run.iterations, run.p50_ms, run.max_ms, run.sql_round_trips
        ));
    }
    screen.line("");
    let check = &figures.check;
    screen.line(format!(
        "check: {:.1} ms mean over {} checks",
        check.mean_ms, check.checks
    ));
    screen.line(format!(
        "worker: {:.0} KB of Wasm, gzipped",
        figures.wasm_gzipped_bytes as f64 / 1000.0
    ));
    screen.line(format!(
        "start of the whole stack: {:.0} ms",
        figures.start_ms
    ));
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
