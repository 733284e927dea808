//! Bringing the checkout from fresh to runnable; every part does only what is out of date.

use std::fs::{self, File};

use super::{
    browser,
    npm::{self, NpmError},
    program::{self, ProgramError},
    wasm::{self, WasmError},
    workspace,
};

/// Why the checkout cannot run.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The state folder or its lock is not usable.
    #[error("cannot use {path}: {source}", path = workspace::state().display())]
    State {
        /// What the system said.
        source: std::io::Error,
    },
    /// npm packages are missing.
    #[error("npm packages: {0}")]
    Npm(#[from] NpmError),
    /// The checker does not build.
    #[error("building the checker: {0}")]
    Checker(#[source] ProgramError),
    /// The worker does not build.
    #[error("building the worker: {0}")]
    Worker(#[from] WasmError),
}

/// The parts of the work, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Packages from npm.
    Packages,
    /// The native checker.
    Checker,
    /// The Wasm worker.
    Worker,
}

impl Part {
    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::Packages, Self::Checker, Self::Worker];

    /// What a person reads while it is under way.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Packages => "npm packages",
            Self::Checker => "checker (native)",
            Self::Worker => "worker (Wasm)",
        }
    }
}

/// Does everything, telling `watcher` of each part as it begins. Two at once on one checkout
/// take turns.
///
/// # Errors
/// The first part that fails.
pub fn everything(with_tests: bool, mut watcher: impl FnMut(Part)) -> Result<(), PrepareError> {
    let _turn = turn()?;
    for part in Part::ALL {
        watcher(part);
        one(part, with_tests)?;
    }
    Ok(())
}

/// Does one part alone, for a command that needs no more.
///
/// # Errors
/// When it fails.
pub fn alone(part: Part) -> Result<(), PrepareError> {
    let _turn = turn()?;
    one(part, false)
}

fn one(part: Part, with_tests: bool) -> Result<(), PrepareError> {
    match part {
        Part::Packages => {
            let [local, checker, tests @ ..] = workspace::npm_folders();
            npm::install(&local)?;
            npm::install(&checker)?;
            if with_tests {
                for folder in tests {
                    npm::install(&folder)?;
                }
                browser::install();
            }
            Ok(())
        }
        Part::Checker => {
            // From the root, where the whole workspace is selected: see `.cargo/config.toml`.
            let args = ["build", "--quiet", "--bin", "itemsmith-checker"];
            program::run("cargo", &args, &workspace::root(), &[])
                .map(drop)
                .map_err(PrepareError::Checker)
        }
        Part::Worker => {
            wasm::build()?;
            if with_tests {
                wasm::build_conformance_app()?;
            }
            Ok(())
        }
    }
}

/// A lock that is held while the value lives.
fn turn() -> Result<File, PrepareError> {
    let state = workspace::state();
    let lock = fs::create_dir_all(&state)
        .and_then(|()| File::create(state.join("prepare.lock")))
        .and_then(|file| file.lock().map(|()| file));
    lock.map_err(|source| PrepareError::State { source })
}
