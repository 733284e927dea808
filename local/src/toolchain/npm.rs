//! npm packages exactly as the lock files pin them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use itemsmith_domain::Digest;

use super::program::{self, ProgramError};

/// Written into `node_modules` after an install: the digest of the lock file it came from.
const STAMP: &str = ".itemsmith-lock";

/// Why the packages of a folder are not there.
#[derive(Debug, thiserror::Error)]
pub enum NpmError {
    /// The lock file cannot be read.
    #[error("cannot read {path}: {source}")]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// npm said no.
    #[error(transparent)]
    Npm(#[from] ProgramError),
}

/// Whether `folder` holds what its lock file asks for.
#[must_use]
pub fn is_installed(folder: &Path) -> bool {
    let wanted = fs::read(folder.join("package-lock.json")).map(|lock| Digest::of(&lock));
    let found = fs::read_to_string(folder.join("node_modules").join(STAMP));
    matches!((wanted, found), (Ok(wanted), Ok(found)) if wanted.as_str() == found)
}

/// Installs what the lock file of `folder` asks for, unless it is there already.
///
/// # Errors
/// When the lock file is not readable or npm fails.
pub fn install(folder: &Path) -> Result<(), NpmError> {
    if is_installed(folder) {
        return Ok(());
    }
    let path = folder.join("package-lock.json");
    let lock = fs::read(&path).map_err(|source| NpmError::Lock { path, source })?;
    // No install scripts: a package that runs code at install is not one that we pin by content.
    let args = [
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ];
    program::run("npm", &args, folder, &[])?;
    let stamp = folder.join("node_modules").join(STAMP);
    fs::write(&stamp, Digest::of(&lock).as_str()).map_err(|source| NpmError::Lock {
        path: stamp,
        source,
    })
}
