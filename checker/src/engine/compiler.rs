//! What a pool needs of a compiler process, whichever compiler it is.

use std::{future::Future, io, sync::Arc};

use super::{Program, diagnostics::RawReport, process::Process};
use crate::contract::Pack;

/// Why a compiler gave no report.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// Its pipes broke: the process has ended, or is about to.
    #[error("the compiler's pipe broke: {0}")]
    Pipe(#[source] io::Error),
    /// It says itself that it gave up on this program.
    #[error("the compiler gave up: {0}")]
    GaveUp(String),
    /// The contract pack itself has errors.
    #[error("{0}")]
    Pack(String),
    /// It said something that is not the protocol.
    #[error("{0}")]
    Protocol(String),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidData => Self::Protocol(error.to_string()),
            _ => Self::Pipe(error),
        }
    }
}

/// One compiler process. After any error it is of no further use.
pub trait Compiler: Sized + Send + 'static {
    /// How to start it.
    type Launch: Clone + std::fmt::Debug + Send + Sync + 'static;
    /// `native` or `node`.
    const NAME: &'static str;
    /// TypeScript's version.
    const VERSION: &'static str;
    /// Idle processes kept beside those that the concurrency asks for, so that one that was
    /// killed is replaced at once.
    const SPARES: usize;

    /// Starts the process and loads `pack`, so that its first check is as fast as the others.
    fn start(
        launch: &Self::Launch,
        pack: &Arc<Pack>,
    ) -> impl Future<Output = Result<Self, Broken>> + Send;

    /// Checks one program.
    fn check(
        &mut self,
        program: &Program,
    ) -> impl Future<Output = Result<RawReport, Broken>> + Send;

    /// The process itself.
    fn process(&mut self) -> &mut Process;
}
