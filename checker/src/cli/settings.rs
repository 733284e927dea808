//! Where the parts are, and starting them.

use std::path::PathBuf;

use clap::Args;

use super::Trouble;
use crate::{
    check::Checker,
    contract::Packs,
    engine::{self, EngineChoice, EngineConfig},
    sandbox::{Sandbox, SandboxConfig},
};

/// The contract packs of the checkout that this was built from; an installation names its own.
const CONTRACTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/contracts");
/// The compilers of the checkout that this was built from.
const NODE_DIR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/node");

/// What every command that judges templates takes.
#[derive(Debug, Args)]
pub struct Parts {
    /// The compiler: TypeScript 7's own processes, or TypeScript 6 in Node.
    #[arg(long, env = "CHECKER_ENGINE", value_enum, default_value = "native")]
    engine: EngineChoice,
    /// The folder of contract packs.
    #[arg(long, env = "CHECKER_CONTRACTS", value_name = "DIR", default_value = CONTRACTS)]
    contracts: PathBuf,
    /// The folder that holds host.mjs and, after `npm ci`, both compilers.
    #[arg(long, env = "CHECKER_NODE_DIR", value_name = "DIR", default_value = NODE_DIR)]
    node_dir: PathBuf,
    /// Checks that run at once; one for each core when not given.
    #[arg(long, env = "CHECKER_CONCURRENCY", value_name = "N")]
    concurrency: Option<usize>,
}

/// Started parts.
pub struct Ready {
    /// Judges templates.
    pub checker: Checker,
    /// Why the engine is not the wanted one.
    pub fallback: Option<String>,
}

impl Parts {
    /// Loads the packs and starts the engine; the sandbox starts with its first job.
    pub async fn start(&self) -> Result<Ready, Trouble> {
        let packs = Packs::load(&self.contracts).map_err(Trouble::new)?;
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let config = EngineConfig {
            choice: self.engine,
            node_dir: self.node_dir.clone(),
            concurrency: self.concurrency.unwrap_or_else(cores).max(1),
        };
        let started = engine::start(&config, packs.default_pack())
            .await
            .map_err(Trouble::new)?;
        let mut sandbox = SandboxConfig::this_binary().map_err(Trouble::new)?;
        sandbox.children = config.concurrency;
        let sandbox = Sandbox::new(sandbox);
        let checker = Checker::new(started.engine, packs, sandbox);
        Ok(Ready {
            checker,
            fallback: started.fallback,
        })
    }
}
