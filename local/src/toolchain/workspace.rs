//! Where things are in the checkout.

use std::path::{Path, PathBuf};

/// The checkout that this tool was built from.
#[must_use]
pub fn root() -> PathBuf {
    let local = Path::new(env!("CARGO_MANIFEST_DIR"));
    local.parent().unwrap_or(local).to_owned()
}

/// The folder of everything that runs leave behind; git-ignored.
#[must_use]
pub fn state() -> PathBuf {
    root().join(".itemsmith")
}

/// Cargo's target folder.
#[must_use]
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) if Path::new(&folder).is_absolute() => PathBuf::from(folder),
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// A program that cargo built with the profile of development.
#[must_use]
pub fn built(name: &str) -> PathBuf {
    target()
        .join("debug")
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// The worker: the Wasm core with the entries for workerd and for Vercel's Node.js runtime. In the
/// checkout wherever cargo's target folder is: `wrangler.toml` names this place.
#[must_use]
pub fn worker_bundle() -> PathBuf {
    root().join("target/edge/worker")
}

/// The conformance suite's app on our own SDK, laid out like the worker.
#[must_use]
pub fn conformance_bundle() -> PathBuf {
    root().join("target/conformance/worker")
}

/// The npm folders, each with its own lock file: what the stack runs on, the compilers, and what
/// only the tests use.
#[must_use]
pub fn npm_folders() -> [PathBuf; 5] {
    [
        root().join("local/node"),
        root().join("checker/node"),
        root().join("tests/node"),
        root().join("tests/deploy"),
        root().join("tests/inngest"),
    ]
}
