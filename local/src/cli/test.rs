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
    /// Randomised suites take minutes each instead of seconds, and kill tests visit every point.
    #[arg(long)]
    long: bool,
    /// Only tests whose name contains this; style checks are left out.
    filter: Option<String>,
}

/// Seconds that a randomised suite may take: a working pace by default, an hour's hunt in total
/// with `--long`.
const BUDGET_SECONDS: (&str, &str) = ("10", "300");

/// `1`: the kill tests kill at every message of a run, not at some of them.
const EVERY_POINT: &str = "ITEMSMITH_EVERY_POINT";

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
        (EVERY_POINT, if args.long { "1" } else { "0" }),
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
    let mut sum = Sum::default();
    let outcome = program::run_watched("cargo", &tests, &root, &env, |line| sum.add(line));
    screen.line("");
    screen.line(format!("{} passed, {} failed", sum.passed, sum.failed));
    negative(outcome)
}

/// The tests of all programs together.
#[derive(Default)]
struct Sum {
    passed: u64,
    failed: u64,
}

impl Sum {
    /// Adds what a program's closing line says: `test result: ok. 3 passed; 0 failed; …`.
    fn add(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else {
            return;
        };
        let count = |what: &str| {
            let words = result
                .split_whitespace()
                .zip(result.split_whitespace().skip(1));
            words
                .filter(|(_, word)| word.trim_end_matches(';') == what)
                .find_map(|(number, _)| number.parse::<u64>().ok())
                .unwrap_or(0)
        };
        self.passed += count("passed");
        self.failed += count("failed");
    }
}

fn cargo(words: &[&str], root: &Path, env: &[(&str, &str)]) -> Result<(), CliError> {
    negative(program::run_visibly("cargo", words, root, env))
}

/// A program that ran and found something wrong is a negative result, not trouble of ours.
fn negative(outcome: Result<(), program::ProgramError>) -> Result<(), CliError> {
    match outcome {
        Err(program::ProgramError::Failed { line, .. }) => Err(CliError::Negative(format!(
            "`{line}` found something wrong"
        ))),
        other => Ok(other?),
    }
}

#[cfg(test)]
mod tests {
    use super::Sum;

    #[test]
    fn sums_the_closing_lines_of_every_program() {
        let mut sum = Sum::default();
        for line in [
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out",
            "test a_test_that_passed ... ok",
            "test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
        ] {
            sum.add(line);
        }
        assert_eq!((sum.passed, sum.failed), (13, 2));
    }
}
