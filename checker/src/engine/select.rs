//! Choosing and starting an engine, and falling back loudly.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::{
    CheckLimits, Engine, EngineError,
    native::{self, Native},
    node::{self, Node},
    pool::{Pool, PoolConfig},
};
use crate::contract::Pack;

/// CPU time of one check. The slowest of 734 lines needs 40 ms, so this leaves a factor of fifty.
const CPU: Duration = Duration::from_secs(2);
/// Memory of one native process; checks of real templates stay below 60 MB.
const NATIVE_MEMORY: u64 = 512 << 20;
/// Memory of one sidecar: V8's heap limit of 384 MiB, and Node itself.
const NODE_MEMORY: u64 = 768 << 20;
/// Wall-clock time of one check: what its CPU time takes when four of them share a core.
const WALL: Duration = Duration::from_secs(8);
/// The sidecar's own script, beside its `node_modules`.
const HOST_SCRIPT: &str = "host.mjs";

/// Which engine is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum EngineChoice {
    /// TypeScript 7 processes; falls back to `node` when they cannot be started.
    Native,
    /// TypeScript 6 in Node processes.
    Node,
}

/// How an engine is started.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Which one is wanted.
    pub choice: EngineChoice,
    /// The folder that holds `host.mjs` and `node_modules`.
    pub node_dir: PathBuf,
    /// How many checks run at once.
    pub concurrency: usize,
}

/// A running engine.
pub struct Started {
    /// The engine.
    pub engine: Arc<dyn Engine>,
    /// Why it is not the wanted one.
    pub fallback: Option<String>,
}

/// Starts the wanted engine, or `node` in its place.
///
/// # Errors
/// [`EngineError::Start`] when none can be started; says what to install.
pub async fn start(config: &EngineConfig, pack: &Arc<Pack>) -> Result<Started, EngineError> {
    if config.choice == EngineChoice::Node {
        return Ok(Started {
            engine: start_node(config, pack).await?,
            fallback: None,
        });
    }
    let reason = match start_native(config, pack).await {
        Ok(engine) => {
            return Ok(Started {
                engine,
                fallback: None,
            });
        }
        Err(error) => error.to_string(),
    };
    tracing::error!(
        reason,
        "the native engine cannot be started; falling back to node"
    );
    let engine = start_node(config, pack).await?;
    Ok(Started {
        engine,
        fallback: Some(reason),
    })
}

async fn start_native(
    config: &EngineConfig,
    pack: &Arc<Pack>,
) -> Result<Arc<dyn Engine>, EngineError> {
    let launch = native::Launch {
        executable: native_executable(&config.node_dir)?,
    };
    let limits = CheckLimits {
        cpu: CPU,
        memory: NATIVE_MEMORY,
        wall: WALL,
    };
    let config = PoolConfig {
        launch,
        concurrency: config.concurrency,
        limits,
    };
    Ok(Arc::new(Pool::<Native>::start(config, pack.clone()).await?))
}

async fn start_node(
    config: &EngineConfig,
    pack: &Arc<Pack>,
) -> Result<Arc<dyn Engine>, EngineError> {
    let launch = node_launch(&config.node_dir)?;
    let limits = CheckLimits {
        cpu: CPU,
        memory: NODE_MEMORY,
        wall: WALL,
    };
    let config = PoolConfig {
        launch,
        concurrency: config.concurrency,
        limits,
    };
    Ok(Arc::new(Pool::<Node>::start(config, pack.clone()).await?))
}

/// The native compiler below `node_dir`, once its version is known to be the one that we speak.
pub(super) fn native_executable(node_dir: &Path) -> Result<PathBuf, EngineError> {
    let modules = node_dir.join("node_modules");
    let package = modules.join("typescript-7/package.json");
    let text = std::fs::read_to_string(&package).map_err(|_| not_installed(node_dir))?;
    let version = serde_json::from_str::<serde_json::Value>(&text)
        .ok()
        .and_then(|package| Some(package.get("version")?.as_str()?.to_owned()))
        .unwrap_or_default();
    if version != native::TYPESCRIPT {
        return Err(EngineError::Start(format!(
            "{} is TypeScript {version}, and only {} speaks our protocol",
            package.display(),
            native::TYPESCRIPT
        )));
    }
    let platform = format!("typescript-{}-{}", os(), architecture());
    let name = if cfg!(windows) { "tsc.exe" } else { "tsc" };
    let executable = modules
        .join("@typescript")
        .join(platform)
        .join("lib")
        .join(name);
    if executable.is_file() {
        // The process runs with another working folder.
        std::path::absolute(&executable).map_err(|error| EngineError::Start(error.to_string()))
    } else {
        Err(EngineError::Start(format!(
            "{} is missing on this platform",
            executable.display()
        )))
    }
}

pub(super) fn node_launch(node_dir: &Path) -> Result<node::Launch, EngineError> {
    let script = node_dir.join(HOST_SCRIPT);
    if !node_dir
        .join("node_modules/typescript-6/package.json")
        .is_file()
        || !script.is_file()
    {
        return Err(not_installed(node_dir));
    }
    let script =
        std::path::absolute(script).map_err(|error| EngineError::Start(error.to_string()))?;
    let node = find_program("node").ok_or_else(|| {
        EngineError::Start("no `node` on the PATH: install Node.js 20 or newer".to_owned())
    })?;
    Ok(node::Launch { node, script })
}

fn not_installed(node_dir: &Path) -> EngineError {
    EngineError::Start(format!(
        "the compilers are not installed: run `npm ci --prefix {}`",
        node_dir.display()
    ))
}

fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// The operating system as npm packages name it.
fn os() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    }
}

/// The processor as npm packages name it.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        "powerpc64" => "ppc64",
        "loongarch64" => "loong64",
        other => other,
    }
}
