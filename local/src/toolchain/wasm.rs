//! Building the worker: cargo for the Wasm, wasm-bindgen as a library for its JavaScript.
//!
//! The library instead of a tool: a tool of the right version would have to be installed first,
//! and compiling it costs minutes on every machine.

use std::{
    fs,
    path::{Path, PathBuf},
};

use wasm_bindgen_cli_support::Bindgen;

use super::{
    program::{self, ProgramError},
    wasm_target::{self, TARGET, TargetError, WasmTarget},
    workspace,
};

/// The profile of the worker and of its tests, so that they share their dependencies.
const PROFILE: &str = "wasm";

/// Why there is no worker.
#[derive(Debug, thiserror::Error)]
pub enum WasmError {
    /// The target is not to be had.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// cargo failed.
    #[error(transparent)]
    Cargo(#[from] ProgramError),
    /// wasm-bindgen failed.
    #[error("wasm-bindgen: {0}")]
    Bindgen(String),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Compiles the worker and lays out its bundle, the core and the entries of every runtime; does
/// only what is out of date.
///
/// # Errors
/// When the target is missing, or cargo or wasm-bindgen fails.
pub fn build() -> Result<(), WasmError> {
    lay_out("itemsmith-edge", &workspace::worker_bundle())
}

/// The same for the conformance suite's app, which stands behind the worker's own JavaScript.
///
/// # Errors
/// Those of [`build`].
pub fn build_conformance_app() -> Result<(), WasmError> {
    lay_out(
        "itemsmith-conformance-app",
        &workspace::conformance_bundle(),
    )
}

fn lay_out(package: &str, into: &Path) -> Result<(), WasmError> {
    let target = wasm_target::ensure()?;
    let wasm = compile(package, &target)?;
    bundle(&wasm, into, &workspace::root().join("edge/js"))
}

/// `cargo build` of a package; gives the path of the `.wasm`.
fn compile(package: &str, target: &WasmTarget) -> Result<PathBuf, WasmError> {
    let mut args = vec![
        "build", "--quiet", "-p", package, "--lib", "--target", TARGET,
    ];
    args.extend(["--profile", PROFILE]);
    let (flags, env) = standard_library(target);
    args.extend(flags);
    program::run("cargo", &args, &workspace::root(), env)?;
    Ok(workspace::target()
        .join(TARGET)
        .join(PROFILE)
        .join(format!("{}.wasm", package.replace('-', "_"))))
}

/// Arguments and environment that make cargo build the standard library when it is not there.
fn standard_library(
    target: &WasmTarget,
) -> (
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
) {
    match target {
        WasmTarget::Installed => (&[], &[]),
        // A stable compiler takes -Z options only with this variable.
        WasmTarget::BuildStd => (
            &["-Zbuild-std=std,panic_abort"],
            &[("RUSTC_BOOTSTRAP", "1")],
        ),
    }
}

fn bundle(wasm: &Path, into: &Path, shims: &Path) -> Result<(), WasmError> {
    let made = into.join("core_bg.wasm");
    if newer(wasm, &made) {
        let mut bindgen = Bindgen::new();
        bindgen.input_path(wasm).out_name("core").typescript(false);
        // The shims hand the module over themselves: workerd imports it, Node reads the file.
        bindgen.omit_default_module_path(true);
        // A sixth of the size for names that only a debugger reads.
        bindgen
            .remove_name_section(true)
            .remove_producers_section(true);
        let done = bindgen.web(true).and_then(|bindgen| bindgen.generate(into));
        done.map_err(|error| WasmError::Bindgen(format!("{error:#}")))?;
    }
    copy_shims(shims, into)
}

/// Runs the worker's Wasm tests on Node: what only exists on that side of the crossing.
///
/// # Errors
/// When they do not build, or one fails.
pub fn test() -> Result<(), WasmError> {
    let (flags, env) = standard_library(&wasm_target::ensure()?);
    let root = workspace::root();
    let args = "test --quiet -p itemsmith-edge --lib --no-run --message-format=json";
    let args: Vec<&str> = args
        .split(' ')
        .chain(["--profile", PROFILE, "--target", TARGET])
        .chain(flags.iter().copied())
        .collect();
    let said = program::run("cargo", &args, &root, env)?;
    let binary = said
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find_map(|message| Some(message["executable"].as_str()?.to_owned()))
        .ok_or_else(|| WasmError::Bindgen("cargo named no test binary".to_owned()))?;
    let into = workspace::target().join("edge").join("test");
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(&binary)
        .out_name("core")
        .typescript(false);
    // The test harness finds the tests among the raw exports.
    bindgen.debug(true).keep_lld_exports(true);
    let done = bindgen
        .nodejs(true)
        .and_then(|bindgen| bindgen.generate(&into));
    done.map_err(|error| WasmError::Bindgen(format!("{error:#}")))?;
    let into = into.display().to_string();
    Ok(program::run_visibly(
        "node",
        &["edge/wasm-test/run.cjs", &into],
        &root,
        &[],
    )?)
}

fn copy_shims(shims: &Path, into: &Path) -> Result<(), WasmError> {
    let entries = fs::read_dir(shims).map_err(|source| file(shims, source))?;
    for entry in entries {
        let from = entry.map_err(|source| file(shims, source))?.path();
        let Some(name) = from.file_name() else {
            continue;
        };
        let to = into.join(name);
        let fresh = fs::read(&from).map_err(|source| file(&from, source))?;
        if fs::read(&to).is_ok_and(|old| old == fresh) {
            continue;
        }
        fs::write(&to, fresh).map_err(|source| file(&to, source))?;
    }
    Ok(())
}

fn newer(source: &Path, made: &Path) -> bool {
    let time = |path: &Path| fs::metadata(path).and_then(|meta| meta.modified());
    match (time(source), time(made)) {
        (Ok(source), Ok(made)) => source > made,
        _ => true,
    }
}

fn file(path: &Path, source: std::io::Error) -> WasmError {
    WasmError::File {
        path: path.to_owned(),
        source,
    }
}
