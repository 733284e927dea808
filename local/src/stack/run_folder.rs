//! Folders of throw-away stacks: made for one run, removed after it, and swept up by the next
//! run when a crash left one behind.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{FolderLock, LockError};
use crate::toolchain::workspace;

/// The folder of one run; dropping it removes it.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    _lock: FolderLock,
}

impl RunFolder {
    /// A fresh folder whose name begins with `prefix`.
    ///
    /// # Errors
    /// When the state folder cannot be written.
    pub fn create(prefix: &str) -> Result<Self, LockError> {
        let runs = workspace::state().join("runs");
        sweep(&runs);
        let nanos = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| since.as_nanos());
        let path = runs.join(format!("{prefix}-{}-{nanos:x}", std::process::id()));
        let lock = FolderLock::take(&path)?;
        Ok(Self { path, _lock: lock })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        // What cannot be removed now, the next run sweeps up.
        let _left = fs::remove_dir_all(&self.path);
    }
}

/// Removes the folders that no process holds.
fn sweep(runs: &Path) {
    let Ok(entries) = fs::read_dir(runs) else {
        return;
    };
    for entry in entries.filter_map(Result::ok) {
        let folder = entry.path();
        if FolderLock::take(&folder).is_ok() {
            let _left = fs::remove_dir_all(&folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RunFolder;

    #[test]
    fn lives_as_long_as_its_run_and_outlives_another_runs_sweep() {
        let first = RunFolder::create("unit").expect("a folder");
        let second = RunFolder::create("unit").expect("another folder");
        assert!(first.path().is_dir() && second.path().is_dir());
        let path = second.path().to_owned();
        drop(second);
        assert!(!path.exists() && first.path().is_dir());
    }
}
