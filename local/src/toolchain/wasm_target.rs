//! The Wasm target of the Rust toolchain, with a fallback for machines that do not reach
//! rustup's servers.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    program::{self, ProgramError},
    workspace,
};

/// The target's name.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Debian suites that may carry the sources of the running release, newest last.
const SUITES: [&str; 4] = ["bookworm-backports", "trixie", "forky", "sid"];

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
    /// Neither rustup nor Debian has it.
    #[error(
        "the Rust target {TARGET} is missing: `rustup target add {TARGET}` failed ({rustup}), and \
         no Debian suite has the sources of Rust {release} ({debian})"
    )]
    Unavailable {
        /// What rustup said.
        rustup: String,
        /// The release of the running compiler.
        release: String,
        /// What the fallback said.
        debian: String,
    },
}

/// Sees what is there without changing anything.
///
/// # Errors
/// When rustc cannot be run.
pub fn look() -> Result<Option<WasmTarget>, TargetError> {
    let sysroot = sysroot()?;
    if sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir() {
        return Ok(Some(WasmTarget::Installed));
    }
    if sources(&sysroot).join("library/std/src/lib.rs").is_file() {
        return Ok(Some(WasmTarget::BuildStd));
    }
    Ok(None)
}

/// Makes sure that the worker can be built: the toolchain as it is, rustup, or sources from
/// Debian.
///
/// # Errors
/// [`TargetError::Unavailable`] with what each way said.
pub fn ensure() -> Result<WasmTarget, TargetError> {
    // The environment variable lets a test take the fallback on a machine where rustup works.
    let only_fallback = std::env::var_os("ITEMSMITH_WASM_FALLBACK").is_some();
    if !only_fallback && let Some(found) = look()? {
        return Ok(found);
    }
    let root = workspace::root();
    let rustup = if only_fallback {
        "not asked".to_owned()
    } else {
        match program::run("rustup", &["target", "add", TARGET], &root, &[]) {
            Ok(_) => return Ok(WasmTarget::Installed),
            Err(error) => error.to_string(),
        }
    };
    let release = release()?;
    match from_debian(&release, &sysroot()?) {
        Ok(()) => Ok(WasmTarget::BuildStd),
        Err(debian) => Err(TargetError::Unavailable { rustup, release, debian }),
    }
}

fn sysroot() -> Result<PathBuf, ProgramError> {
    let said = program::run("rustc", &["--print", "sysroot"], &workspace::root(), &[])?;
    Ok(PathBuf::from(said.trim()))
}

/// The running compiler's release, such as `1.95.0`.
fn release() -> Result<String, ProgramError> {
    let said = program::run("rustc", &["--version"], &workspace::root(), &[])?;
    Ok(said.split_whitespace().nth(1).unwrap_or_default().to_owned())
}

fn sources(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib/src/rust")
}

/// Fetches Debian's `rust-src` of the same release through private apt folders and links it into
/// the sysroot, where `-Zbuild-std` looks. The system's own apt configuration is not touched.
fn from_debian(release: &str, sysroot: &Path) -> Result<(), String> {
    let folder = workspace::state().join("rust-src");
    let library = folder.join(release);
    if !library.join("library/std/src/lib.rs").is_file() {
        fetch_sources(release, &folder)?;
    }
    let link = sources(sysroot);
    let _old_link = fs::remove_file(&link);
    if let Some(parent) = link.parent() {
        fs::create_dir_all(parent).map_err(|error| error.to_string())?;
    }
    std::os::unix::fs::symlink(&library, &link).map_err(|error| error.to_string())
}

fn fetch_sources(release: &str, folder: &Path) -> Result<(), String> {
    let apt = folder.join("apt");
    for part in ["lists/partial", "cache/archives/partial", "etc"] {
        fs::create_dir_all(apt.join(part)).map_err(|error| error.to_string())?;
    }
    let keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
    let entry = |suite| {
        format!("deb [signed-by={keyring}] http://deb.debian.org/debian {suite} main\n")
    };
    let list = apt.join("etc/sources.list");
    let entries: String = SUITES.into_iter().map(entry).collect();
    fs::write(&list, entries).map_err(|error| error.to_string())?;
    let options = [
        format!("-oDir::Etc::sourcelist={}", list.display()),
        "-oDir::Etc::sourceparts=-".to_owned(),
        format!("-oDir::State::lists={}", apt.join("lists").display()),
        format!("-oDir::Cache={}", apt.join("cache").display()),
        "-oAPT::Get::List-Cleanup=0".to_owned(),
        "-oAPT::Sandbox::User=root".to_owned(),
    ];
    let with = |words: &[&str]| {
        let args: Vec<&str> = options.iter().map(String::as_str).chain(words.iter().copied()).collect();
        args.into_iter().map(str::to_owned).collect::<Vec<String>>()
    };
    let run = |program: &str, words: &[&str]| {
        let args = with(words);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        program::run(program, &args, folder, &[]).map_err(|error| error.to_string())
    };
    run("apt-get", &["update"])?;
    let known = run("apt-cache", &["madison", "rust-src"])?;
    let version = known
        .lines()
        .filter_map(|line| line.split('|').nth(1).map(str::trim))
        .find(|version| version.starts_with(&format!("{release}+")))
        .ok_or_else(|| format!("offered: {}", known.lines().count()))?
        .to_owned();
    run("apt-get", &["download", &format!("rust-src={version}")])?;
    let package = fs::read_dir(folder)
        .map_err(|error| error.to_string())?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|end| end == "deb"))
        .ok_or_else(|| "apt-get download left no package".to_owned())?;
    let unpacked = folder.join("unpacked");
    let (from, to) = (package.display().to_string(), unpacked.display().to_string());
    program::run("dpkg-deb", &["--extract", &from, &to], folder, &[])
        .map_err(|error| error.to_string())?;
    let _package_gone = fs::remove_file(&package);
    fs::rename(unpacked.join("usr/src").join(format!("rustc-{release}")), folder.join(release))
        .map_err(|error| error.to_string())
}
