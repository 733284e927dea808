//! `itemsmith test`: every test of the project, in one command.

use std::path::Path;

use super::{build, error::CliError, term::Screen};
use crate::toolchain::{
    program,
    wasm::{self, WasmError},
    workspace,
};

/// Arguments of `itemsmith test`.
#[derive(Debug, clap::Args)]
pub struct TestArgs {
    /// Randomised suites take minutes each instead of seconds.
    #[arg(long)]
    long: bool,
    /// Only tests whose name contains this; style checks are left out.
    filter: Option<String>,
}

/// Seconds that a randomised suite may take: a working pace by default, an hour's hunt in total
/// with `--long`.
const BUDGET_SECONDS: (&str, &str) = ("10", "300");

pub fn run(args: &TestArgs, screen: &Screen) -> Result<(), CliError> {
    build::prepare(true, screen)?;
    let root = workspace::root();
    let itemsmith = workspace::built("itemsmith").display().to_string();
    let budget = if args.long {
        BUDGET_SECONDS.1
    } else {
        BUDGET_SECONDS.0
    };
    let env = [
        ("ITEMSMITH_BIN", itemsmith.as_str()),
        ("ITEMSMITH_FUZZ_SECONDS", budget),
        (build::PREPARED, "1"),
    ];
    let mut steps: Vec<(&str, Vec<&str>)> = Vec::new();
    if args.filter.is_none() {
        steps.push(("format", vec!["fmt", "--all", "--check"]));
        let lint = "clippy --quiet --workspace --all-targets -- -D warnings";
        steps.push(("lints", lint.split(' ').collect()));
    }
    for (name, words) in steps {
        screen.line(format!("== {name}: cargo {}", words.join(" ")));
        cargo(&words, &root, &env)?;
    }
    if args.filter.is_none() {
        screen.line("== the worker's Wasm tests, on Node");
        wasm::test().map_err(|error| match error {
            WasmError::Cargo(program::ProgramError::Failed { line, output, .. }) => {
                CliError::Negative(format!("`{line}` found something wrong\n{output}"))
            }
            other => CliError::Prepare(other.into()),
        })?;
    }
    let mut tests = vec!["test", "--workspace", "--no-fail-fast"];
    if let Some(filter) = &args.filter {
        tests.extend(["--", filter.as_str()]);
    }
    screen.line(format!("== tests: cargo {}", tests.join(" ")));
    cargo(&tests, &root, &env)?;
    screen.line("all tests passed");
    Ok(())
}

fn cargo(words: &[&str], root: &Path, env: &[(&str, &str)]) -> Result<(), CliError> {
    match program::run_visibly("cargo", words, root, env) {
        Err(program::ProgramError::Failed { line, .. }) => Err(CliError::Negative(format!(
            "`{line}` found something wrong"
        ))),
        other => Ok(other?),
    }
}
