//! `itemsmith bench main`: figures of the whole.

use std::{
    io::Write,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use itemsmith_api::auth::DEVELOPMENT_KEY;
use itemsmith_domain::{
    IterationStatus, RequestStatus,
    check::{CheckRequest, Verdict},
};

use super::{
    super::{build, demo, error::CliError, term::Screen},
    millis, write_json,
};
use crate::{
    client::{Client, Options},
    stack::{Model, RunFolder, Settings, Stack, StackConfig},
    toolchain::workspace,
};

/// Arguments of `itemsmith bench main`.
#[derive(Debug, clap::Args)]
pub struct MainArgs {
    /// Requests per number of iterations, after one that is not counted.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
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
    checks: usize,
    types_and_policy_p50_ms: f64,
    with_execution_p50_ms: f64,
}

/// Different sources per figure of the check latency; a verdict is cached by its source.
const CHECKS: usize = 40;

pub async fn run(args: MainArgs, screen: &Screen) -> Result<(), CliError> {
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
        write_json(&figures, &file)?;
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
                trips += ((after - before) as u64).saturating_sub(took.looks);
            }
        }
        times.sort();
        runs.push(RunFigures {
            iterations,
            rounds,
            p50_ms: millis(times[times.len() / 2]),
            max_ms: millis(times[times.len() - 1]),
            sql_round_trips: trips as f64 / f64::from(rounds),
        });
    }
    phase.done("done");
    Ok(Figures {
        wasm_gzipped_bytes: gzipped(&workspace::worker_bundle().join("core_bg.wasm"))?,
        start_ms,
        runs,
        check: CheckFigures {
            checks: CHECKS,
            types_and_policy_p50_ms: check_latency(stack, false).await?,
            with_execution_p50_ms: check_latency(stack, true).await?,
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

/// The median of [`CHECKS`] checks over HTTP, one after the other, of sources that the checker has
/// not seen, in milliseconds.
async fn check_latency(stack: &Stack, execute: bool) -> Result<f64, CliError> {
    let root = workspace::root();
    let file = root.join("local/rehearsal/reading-club-dot-plot/4-good.ts");
    let source = std::fs::read_to_string(&file).map_err(|source| CliError::file(&file, source))?;
    let url = format!("{}/v1/check", stack.addresses.checker);
    let failed = |error: reqwest::Error| CliError::Service(format!("{url}: {error}"));
    let http = reqwest::Client::new();
    let mut times = Vec::new();
    for round in 0..=CHECKS {
        let request = CheckRequest {
            source: format!("{source}// execute: {execute}, round {round}\n"),
            source_item: None,
            allowed_widgets: vec!["dotPlot".to_owned()],
            contract: None,
            execute,
            seeds: Vec::new(),
        };
        let since = Instant::now();
        let answer = http
            .post(&url)
            .bearer_auth(&stack.checker_key)
            .json(&request)
            .send()
            .await;
        let answer = answer
            .and_then(reqwest::Response::error_for_status)
            .map_err(failed)?;
        let verdict: Verdict = answer.json().await.map_err(failed)?;
        if verdict.status != IterationStatus::Success {
            return Err(CliError::Negative(format!(
                "{} has findings",
                file.display()
            )));
        }
        // The first one warms up what the others find warm.
        if round > 0 {
            times.push(since.elapsed());
        }
    }
    times.sort();
    Ok(millis(times[times.len() / 2]))
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
        "check over HTTP, p50 of {}: {:.1} ms types and policy, {:.1} ms with execution",
        check.checks, check.types_and_policy_p50_ms, check.with_execution_p50_ms
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
