//! Engines: the real TypeScript compiler behind one trait.
//!
//! `native` drives TypeScript 7 child processes over their own IPC; `node` drives TypeScript 6's
//! LanguageService in Node child processes. Both are pools of processes that are killed when a
//! check reaches a limit: nothing that a template does to its compiler reaches its neighbours.

mod compiler;
mod diagnostics;
mod hints;
mod lines;
pub mod native;
pub mod node;
pub mod pool;
mod process;
mod select;
#[cfg(test)]
mod tests;
mod watch;

use std::{future::Future, pin::Pin, sync::Arc, time::Instant};

use itemsmith_domain::Finding;

use crate::contract::Pack;

pub use select::{EngineChoice, EngineConfig, Started, start};
pub use watch::CheckLimits;

/// One program to type-check: a template against a contract pack.
#[derive(Debug, Clone)]
pub struct Program {
    /// The template's TypeScript.
    pub source: Arc<str>,
    /// The declarations that it is checked against.
    pub pack: Arc<Pack>,
}

/// What an engine gives: the findings of the template file alone, or why there are none.
pub type EngineFuture<'a> = Pin<Box<dyn Future<Output = Result<Checked, EngineError>> + Send + 'a>>;

/// An engine's answer.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Syntax findings alone, or else every semantic finding, in source order.
    pub findings: Vec<Finding>,
    /// Milliseconds that the check waited for a free compiler.
    pub queue_ms: f64,
    /// Milliseconds in the compiler.
    pub types_ms: f64,
}

/// Why an engine gave no findings. None of these says anything about the template.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The compiler process ended in the middle of the check, and not by our hand.
    #[error("the compiler process was lost in the middle of the check; send the check again")]
    Lost,
    /// The wall-clock deadline passed before the compiler was done or free.
    #[error("the check did not finish before its deadline; send the check again")]
    Deadline,
    /// No compiler process could be started.
    #[error("the compiler cannot be started: {0}")]
    Start(String),
    /// The compiler answered something that we cannot read.
    #[error("the compiler answered out of protocol: {0}")]
    Protocol(String),
}

/// A TypeScript compiler that checks one program at a time per process.
pub trait Engine: Send + Sync {
    /// `native` or `node`.
    fn name(&self) -> &'static str;
    /// TypeScript's version.
    fn compiler(&self) -> &'static str;
    /// Checks `program`; the answer holds findings of the template file only.
    ///
    /// # Errors
    /// [`EngineError`] when there is no verdict; a source that exhausts the compiler is not an
    /// error but a finding 9004.
    fn check<'a>(&'a self, program: &'a Program, deadline: Instant) -> EngineFuture<'a>;

    /// How its processes are, for `/ready` and `/metrics`.
    fn status(&self) -> EngineStatus;
}

/// How an engine's processes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineStatus {
    /// False while processes cannot be started.
    pub ready: bool,
    /// Checks that run at once.
    pub concurrency: usize,
    /// Warm processes that wait for work.
    pub idle: usize,
    /// Processes started so far.
    pub started: u64,
    /// Processes that somebody else ended.
    pub lost: u64,
    /// Processes that were killed at a limit or after a fault.
    pub killed: u64,
}
