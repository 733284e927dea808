//! The folder of a server: its password and its data, made the first time.

use std::{
    fs::OpenOptions,
    io,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    process::{Command, Stdio},
};

use super::{Binaries, PostgresConfig, PostgresError, identity::Identity};

/// The superuser and the database have the product's name.
pub(super) const NAME: &str = "itemsmith";

pub(super) fn file(path: &Path) -> impl FnOnce(io::Error) -> PostgresError {
    let path = path.to_owned();
    move |source| PostgresError::File { path, source }
}

/// The folder with its password and an initialised cluster.
pub(super) async fn prepare(
    mut config: PostgresConfig,
    binaries: Binaries,
) -> Result<(PostgresConfig, Identity, String), PostgresError> {
    let work = move || {
        let folder = &config.data_dir;
        std::fs::create_dir_all(folder).map_err(file(folder))?;
        config.data_dir = folder.canonicalize().map_err(file(folder))?;
        let identity = Identity::choose();
        identity
            .own(&config.data_dir)
            .map_err(file(&config.data_dir))?;
        let password = password(&config.data_dir)?;
        if !config.data_dir.join("data/PG_VERSION").is_file() {
            initialise(&config.data_dir, &binaries, identity)?;
        }
        Ok((config, identity, password))
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| PostgresError::Program {
            program: "initdb",
            output: error.to_string(),
        })?
}

/// The password of this folder, made the first time and readable by its owner only.
fn password(folder: &Path) -> Result<String, PostgresError> {
    let path = folder.join("password");
    match std::fs::read_to_string(&path) {
        Ok(text) => return Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(file(&path)(error)),
    }
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes).map_err(|e| file(&path)(io::Error::other(e.to_string())))?;
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut options = OpenOptions::new();
    let mut created = options.write(true).create_new(true).mode(0o600).open(&path);
    let write = created
        .as_mut()
        .map(|file| io::Write::write_all(file, text.as_bytes()));
    match write {
        Ok(Ok(())) => Ok(text),
        Ok(Err(error)) => Err(file(&path)(error)),
        Err(_) => Err(file(&path)(io::ErrorKind::AlreadyExists.into())),
    }
}

/// Makes the cluster aside and moves it into place, so that a crash leaves none that is half made.
fn initialise(folder: &Path, binaries: &Binaries, identity: Identity) -> Result<(), PostgresError> {
    let (half, whole) = (folder.join("data.new"), folder.join("data"));
    for path in [&half, &whole] {
        match std::fs::remove_dir_all(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(file(path)(error)),
            _ => {}
        }
    }
    std::fs::create_dir(&half).map_err(file(&half))?;
    identity.own(&half).map_err(file(&half))?;
    let password = folder.join("password");
    identity.own(&password).map_err(file(&password))?;
    let mut command = Command::new(binaries.program("initdb"));
    command
        .arg("--pgdata")
        .arg(&half)
        .arg("--pwfile")
        .arg(&password)
        .args([
            "--username",
            NAME,
            "--auth=scram-sha-256",
            "--encoding=UTF8",
        ])
        // Sorting by code point is the same on every machine. A crash here is mended by starting
        // again, so nothing has to be synced.
        .args(["--locale=C", "--no-sync"])
        .stdin(Stdio::null());
    settle(&mut command, folder);
    identity.apply(&mut command);
    let output = command.output().map_err(file(&binaries.folder))?;
    if !output.status.success() {
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        return Err(PostgresError::Program {
            program: "initdb",
            output: last_lines(&text),
        });
    }
    std::fs::rename(&half, &whole).map_err(file(&whole))
}

/// A working folder that the identity may enter, and nothing of the caller's locale or settings.
pub(super) fn settle(command: &mut Command, folder: &Path) {
    command
        .current_dir(folder)
        .env("LC_ALL", "C")
        .env("TZ", "UTC");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
}

pub(super) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
}
