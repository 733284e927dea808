//! Finding a Postgres to run.

use std::{
    io,
    path::{Path, PathBuf},
    process::Command,
};

use serde::Deserialize;

use super::PostgresError;

/// The oldest version that has everything the migrations use.
const OLDEST: u32 = 15;

/// A folder with `postgres` and `initdb`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The folder.
    pub folder: PathBuf,
    /// How it was found.
    pub origin: Origin,
}

/// How the binaries were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// `ITEMSMITH_POSTGRES_BIN`.
    Configured,
    /// `@embedded-postgres/<platform>`.
    Npm,
    /// Installed on the system.
    System,
}

impl Binaries {
    /// The binaries to use, in the documented order.
    ///
    /// # Errors
    /// When there are none, or the configured folder holds none.
    pub fn find() -> Result<Self, PostgresError> {
        if let Some(folder) = std::env::var_os("ITEMSMITH_POSTGRES_BIN") {
            let folder = PathBuf::from(folder);
            return match complete(&folder) {
                true => Ok(Self {
                    folder,
                    origin: Origin::Configured,
                }),
                false => Err(PostgresError::NotBinaries { folder }),
            };
        }
        let npm = npm_folder();
        if let Some(package) = npm_package(&npm) {
            let folder = package.join("native/bin");
            if complete(&folder) {
                link_libraries(&package)?;
                return Ok(Self {
                    folder,
                    origin: Origin::Npm,
                });
            }
        }
        match system_folders()
            .into_iter()
            .find(|f| complete(f) && recent(f))
        {
            Some(folder) => Ok(Self {
                folder,
                origin: Origin::System,
            }),
            None => Err(PostgresError::NoBinaries { npm }),
        }
    }

    /// The path of one program.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn complete(folder: &Path) -> bool {
    ["postgres", "initdb"]
        .iter()
        .all(|name| folder.join(name).is_file())
}

fn npm_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("node")
}

fn npm_package(npm: &Path) -> Option<PathBuf> {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let machine = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        "x86" => "ia32",
        "powerpc64" => "ppc64",
        other => other,
    };
    let package = npm.join(format!(
        "node_modules/@embedded-postgres/{system}-{machine}"
    ));
    package.is_dir().then_some(package)
}

#[derive(Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

/// npm cannot pack symbolic links, so the package lists its libraries' short names in a file; its
/// install script makes them, but install scripts are often switched off.
fn link_libraries(package: &Path) -> Result<(), PostgresError> {
    let list = package.join("native/pg-symlinks.json");
    let file = |path: &Path| {
        let path = path.to_owned();
        move |source| PostgresError::File { path, source }
    };
    let text = match std::fs::read(&list) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(file(&list)(error)),
    };
    let links: Vec<Link> = serde_json::from_slice(&text).map_err(|e| file(&list)(e.into()))?;
    for link in links {
        let target = package.join(&link.target);
        let Some(name) = link.source.file_name() else {
            continue;
        };
        if target.symlink_metadata().is_ok() {
            continue;
        }
        match std::os::unix::fs::symlink(name, &target) {
            Ok(()) => {}
            // Another process was faster.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(file(&target)(error)),
        }
    }
    Ok(())
}

fn system_folders() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(PathBuf::from(
            String::from_utf8_lossy(&output.stdout).trim(),
        ));
    }
    // Debian and Red Hat keep each major version in a folder of its own; the newest goes first.
    for major in (OLDEST..OLDEST + 10).rev() {
        folders.push(PathBuf::from(format!("/usr/lib/postgresql/{major}/bin")));
        folders.push(PathBuf::from(format!("/usr/pgsql-{major}/bin")));
        folders.push(PathBuf::from(format!(
            "/opt/homebrew/opt/postgresql@{major}/bin"
        )));
        folders.push(PathBuf::from(format!(
            "/usr/local/opt/postgresql@{major}/bin"
        )));
    }
    folders.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    folders
}

fn recent(folder: &Path) -> bool {
    let Ok(output) = Command::new(folder.join("postgres"))
        .arg("--version")
        .output()
    else {
        return false;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let major = digits
        .split(|c: char| !c.is_ascii_digit())
        .next()
        .and_then(|n| n.parse().ok());
    major.is_some_and(|major: u32| major >= OLDEST)
}

#[cfg(test)]
mod tests {
    use super::link_libraries;

    #[test]
    fn the_listed_links_are_made_once() {
        let package = tempfile::tempdir().unwrap();
        let lib = package.path().join("native/lib");
        std::fs::create_dir_all(&lib).unwrap();
        std::fs::write(lib.join("libpq.so.5.18"), "library").unwrap();
        std::fs::write(
            package.path().join("native/pg-symlinks.json"),
            r#"[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}]"#,
        )
        .unwrap();
        link_libraries(package.path()).unwrap();
        link_libraries(package.path()).unwrap();
        assert_eq!(
            std::fs::read_to_string(lib.join("libpq.so.5")).unwrap(),
            "library"
        );
    }

    #[test]
    fn a_package_without_a_list_needs_none() {
        link_libraries(tempfile::tempdir().unwrap().path()).unwrap();
    }
}
