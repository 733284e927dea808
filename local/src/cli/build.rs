//! `itemsmith build`: everything the stack runs on.

use super::{error::CliError, term::Screen};
use crate::toolchain::prepare::{self, Part};

/// Arguments of `itemsmith build`.
#[derive(Debug, clap::Args)]
pub struct BuildArgs {
    /// Also install what only the tests use.
    #[arg(long)]
    tests: bool,
}

pub fn run(args: &BuildArgs, screen: &Screen) -> Result<(), CliError> {
    prepare(args.tests, screen)
}

/// Set by `itemsmith test` for the commands that its tests run: everything is prepared, and
/// building again under the tests would replace programs that they are running.
pub const PREPARED: &str = "ITEMSMITH_PREPARED";

/// Prepares the checkout under a bar of its own.
pub fn prepare(with_tests: bool, screen: &Screen) -> Result<(), CliError> {
    if std::env::var_os(PREPARED).is_some() {
        return Ok(());
    }
    let phase = screen.phase("prepare", Part::ALL.len() as u64);
    let outcome = prepare::everything(with_tests, |part| {
        if part != Part::Packages {
            phase.advance();
        }
        phase.doing(format!("{} (a first time takes minutes)", part.label()));
    });
    match outcome {
        Ok(()) => {
            phase.done("npm packages, checker and worker are up to date");
            Ok(())
        }
        Err(error) => {
            phase.abandon();
            Err(error.into())
        }
    }
}
