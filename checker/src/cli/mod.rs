//! The command line: `serve`, `check`, and the sandbox's own child.

mod check;
mod logs;
mod print;
mod serve;
mod settings;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::settings::Parts;
use crate::sandbox;

/// Everything was clean.
const CLEAN: u8 = 0;
/// A template has findings.
const FINDINGS: u8 = 1;
/// There is no verdict: wrong arguments, a missing file, no compiler.
const TROUBLE: u8 = 2;

/// The checker: types, policy and execution of question templates.
#[derive(Debug, Parser)]
#[command(name = "itemsmith-checker", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve checks over HTTP. The key that callers must present comes from CHECKER_KEY.
    Serve(serve::Serve),
    /// Check template files and print what is wrong with them, as `tsc` does.
    ///
    /// Ends with 0 when nothing is, 1 when something is, 2 when there is no verdict.
    Check(check::Check),
    /// Execute templates for a parent process.
    #[command(hide = true)]
    SandboxChild,
}

/// Why a command could not do its work; the text tells a person what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Trouble(String);

impl Trouble {
    fn new(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if matches!(arguments.command, Command::SandboxChild) {
        return sandbox::child_main();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(&Trouble::new(error)),
    };
    let outcome = runtime.block_on(async {
        match arguments.command {
            Command::Serve(serve) => serve::run(serve).await.map(|()| CLEAN),
            Command::Check(check) => check::run(check).await,
            Command::SandboxChild => Ok(CLEAN),
        }
    });
    // A blocked read of a dying child must not keep the process.
    runtime.shutdown_background();
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(trouble) => failed(&trouble),
    }
}

fn failed(trouble: &Trouble) -> ExitCode {
    eprintln!("itemsmith-checker: {trouble}");
    ExitCode::from(TROUBLE)
}
