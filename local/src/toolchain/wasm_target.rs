//! The Wasm target of the Rust toolchain.

use std::path::{Path, PathBuf};

use super::{
    program::{self, ProgramError},
    workspace,
};

/// The target's name.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// How the worker can be built here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WasmTarget {
    /// The toolchain has the target's standard library.
    Installed,
    /// The standard library is built from its sources, which lie at this place in the sysroot.
    BuildStd,
}

/// Why there is no way to build for Wasm.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// rustc cannot be asked.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// There is neither the target nor a way to build it.
    #[error(
        "the Rust target {TARGET} is missing and `rustup target add {TARGET}` failed; add it by \
         hand, or put the sources of this Rust release where `rustup component add rust-src` puts \
         them, and the standard library is built from those\n{0}"
    )]
    Unavailable(#[source] ProgramError),
}

/// Sees what is there without changing anything.
///
/// # Errors
/// When rustc cannot be run.
pub fn look() -> Result<Option<WasmTarget>, TargetError> {
    let sysroot = sysroot()?;
    if sysroot
        .join("lib/rustlib")
        .join(TARGET)
        .join("lib")
        .is_dir()
    {
        return Ok(Some(WasmTarget::Installed));
    }
    if sources(&sysroot).join("library/std/src/lib.rs").is_file() {
        return Ok(Some(WasmTarget::BuildStd));
    }
    Ok(None)
}

/// Makes sure that the worker can be built: the toolchain as it is, else with rustup's help.
///
/// # Errors
/// [`TargetError::Unavailable`] with what rustup said.
pub fn ensure() -> Result<WasmTarget, TargetError> {
    if let Some(found) = look()? {
        return Ok(found);
    }
    program::run(
        "rustup",
        &["target", "add", TARGET],
        &workspace::root(),
        &[],
    )
    .map(|_said| WasmTarget::Installed)
    .map_err(TargetError::Unavailable)
}

fn sysroot() -> Result<PathBuf, ProgramError> {
    let said = program::run("rustc", &["--print", "sysroot"], &workspace::root(), &[])?;
    Ok(PathBuf::from(said.trim()))
}

fn sources(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib/src/rust")
}
