//! How a command ends badly, and with which exit code.

use std::process::ExitCode;

use crate::{
    client::ClientError,
    stack::{LockError, SettingsError, StackError},
    toolchain::{prepare::PrepareError, program::ProgramError},
};

/// Exit codes: 0 done · 1 the work was done and its result is negative (findings, a failed
/// request, a failed test) · 2 the command could not do its work · 130 interrupted.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The result is negative; everything was said already.
    #[error("{0}")]
    Negative(String),
    /// Something on this machine is missing or in the way.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// The stack does not start.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The service is unreachable, refuses, or answers nonsense.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The folder is in use or not usable.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// `.env.local` is not usable.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A program we call failed.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// A service process ended badly.
    #[error("{0}")]
    Service(String),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The environment is wrong.
    #[error("{0}")]
    Environment(String),
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

impl CliError {
    /// The exit code that goes with it.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Negative(_) => ExitCode::from(1),
            Self::Interrupted => ExitCode::from(130),
            _ => ExitCode::from(2),
        }
    }

    /// A file error that names the file.
    #[must_use]
    pub fn file(path: &std::path::Path, source: std::io::Error) -> Self {
        Self::File {
            path: path.display().to_string(),
            source,
        }
    }
}
