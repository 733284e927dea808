//! The command line: one file per command.

mod bench;
mod build;
mod check;
mod demo;
mod dev;
mod doctor;
mod error;
mod follow;
mod get;
mod migrate;
mod notices;
mod submit;
mod target;
mod term;
mod test;
mod watch;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{engine, gateway, rehearsal, stack::guard};

pub use error::CliError;

/// Proven templates from structured QTI items.
#[derive(Debug, Parser)]
#[command(
    name = "itemsmith",
    bin_name = "cargo itemsmith",
    version,
    max_term_width = 100
)]
#[command(
    after_help = "Exit codes: 0 done; 1 a negative result (findings, a failed request, a \
                        failed test); 2 the command could not do its work; 130 interrupted."
)]
pub struct Cli {
    /// Plain lines instead of bars and colours (also without a terminal, in CI, with NO_COLOR).
    #[arg(long, global = true)]
    plain: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the main job once, from an item to a proven template, and cleans up.
    Demo(demo::DemoArgs),
    /// Starts the whole stack and stays.
    Dev(dev::DevArgs),
    /// Submits an item to a running stack.
    Submit(submit::SubmitArgs),
    /// Shows a request.
    Get(get::GetArgs),
    /// Follows a request to its end.
    Watch(watch::WatchArgs),
    /// Checks a template file and prints its findings.
    Check(check::CheckArgs),
    /// Brings the database to the newest schema.
    Migrate(migrate::MigrateArgs),
    /// Says what is missing on this machine and which command mends it.
    Doctor,
    /// Installs and builds everything the stack runs on.
    Build(build::BuildArgs),
    /// Runs every test of the project.
    Test(test::TestArgs),
    /// Measures and prints a table.
    Bench(bench::BenchArgs),
    /// Serves SQL over HTTP in front of a Postgres; for one machine.
    Gateway(gateway::GatewayArgs),
    /// Runs Inngest apps; for one machine.
    Engine(engine::EngineArgs),
    /// Serves the rehearsal model.
    Rehearsal(rehearsal::RehearsalArgs),
    /// Keeps a service from outliving its supervisor.
    #[command(hide = true)]
    Guard(guard::GuardArgs),
}

/// Reads the command line, does what it says, and tells how that went.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!(
                "{} {error}",
                console::style("error:").red().bold().for_stderr()
            );
            error.exit_code()
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode, CliError> {
    if let Command::Guard(args) = &cli.command {
        // No runtime: the guard is one small process per service.
        let code = guard::main(args).map_err(|source| CliError::File {
            path: args.command[0].clone(),
            source,
        })?;
        return Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::Environment(format!("cannot start: {error}")))?;
    runtime.block_on(dispatch(cli))?;
    Ok(ExitCode::SUCCESS)
}

async fn dispatch(cli: Cli) -> Result<(), CliError> {
    let screen = term::Screen::new(cli.plain);
    if matches!(cli.command, Command::Demo(_) | Command::Dev(_)) {
        notices::show(&screen);
    }
    match cli.command {
        Command::Demo(args) => demo::run(args, &screen).await,
        Command::Dev(args) => dev::run(args, &screen).await,
        Command::Submit(args) => submit::run(args, &screen).await,
        Command::Get(args) => get::run(args, &screen).await,
        Command::Watch(args) => watch::run(args, &screen).await,
        Command::Check(args) => check::run(&args),
        Command::Migrate(args) => migrate::run(args, &screen).await,
        Command::Doctor => doctor::run(&screen),
        Command::Build(args) => build::run(&args, &screen),
        Command::Test(args) => test::run(&args, &screen),
        Command::Bench(args) => bench::run(args, &screen).await,
        Command::Gateway(args) => {
            log_as("gateway");
            gateway::main(args)
                .await
                .map_err(|error| CliError::Service(error.to_string()))
        }
        Command::Engine(args) => {
            log_as("engine");
            engine::main(args)
                .await
                .map_err(|error| CliError::Service(error.to_string()))
        }
        Command::Rehearsal(args) => {
            log_as("rehearsal");
            rehearsal::main(args)
                .await
                .map_err(|error| CliError::Service(error.to_string()))
        }
        Command::Guard(_) => unreachable!("handled before the runtime starts"),
    }
}

/// Structured JSON logs on standard output, one object a line, for a service process.
fn log_as(service: &'static str) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("LOG_LEVEL")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .with_target(false)
        .init();
    tracing::debug!(service, "starting");
}
