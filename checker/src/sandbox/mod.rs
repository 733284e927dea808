//! Executing templates: QuickJS in a confined child process.
//!
//! The parent removes the types ([`strip`]), a child runs the module on every seed, twice, in fresh
//! contexts, and the parent judges what came back. The child can do nothing but compute: no file,
//! no socket, no process, a limit on memory and on processor time.

mod child;
mod clock;
mod confine;
mod engine;
mod plain;
mod pool;
mod proof;
pub mod seeds;
mod strip;
#[cfg(test)]
mod tests;
mod wire;

use itemsmith_domain::{Finding, Seed, check::ProvedItem};

pub use child::child_main;
pub use pool::{Sandbox, SandboxConfig};
pub use strip::{StripError, strip};

/// Version of the sandbox and its proofs; part of every verdict, and of the key it is cached by.
pub const VERSION: &str = "1";

/// One template to prove.
#[derive(Clone, Debug)]
pub struct ExecuteJob {
    /// The template's TypeScript; it has passed the type check and the policy.
    pub source: String,
    /// The contract's runtime modules: specifier and JavaScript text.
    pub runtime_modules: Vec<(String, String)>,
    /// Seeds to prove first; the service's own follow.
    pub seeds: Vec<Seed>,
    /// The item that the template was made from, as JSON.
    pub source_item: Option<String>,
    /// The seed whose item is handed back; it is proved as well.
    pub return_item: Option<Seed>,
}

/// What the proof found.
#[derive(Clone, Debug, Default)]
pub struct ExecuteReport {
    /// Everything that is wrong; empty for a proven template.
    pub findings: Vec<Finding>,
    /// Every seed that was to be executed.
    pub seeds: Vec<Seed>,
    /// How many different items those seeds gave.
    pub distinct_items: u32,
    /// The item that was asked for, when nothing is wrong.
    pub item: Option<ProvedItem>,
}

/// Why a job has no answer. None of these says anything about the template.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The child did not start.
    #[error("the sandbox process did not start: {0}")]
    Spawn(#[source] std::io::Error),
    /// The child ended while it worked, and not by its own limits.
    #[error("the sandbox process ended in the middle of a job ({0}); ask again")]
    Died(String),
    /// The deadline passed before there was an answer.
    #[error("the sandbox did not answer in time; ask again")]
    Deadline,
    /// The child said something that is not an answer.
    #[error("the sandbox process gave an answer that cannot be read: {0}")]
    Protocol(String),
}
