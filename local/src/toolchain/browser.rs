//! A Chromium on this machine, for the test of the engine's page.

use std::{
    env,
    path::{Path, PathBuf},
};

use super::{program, workspace};

/// The variable that names a browser's program.
pub const NAMED: &str = "ITEMSMITH_BROWSER";
/// What to do without one.
pub const MISSING: &str = "no browser: the engine's page is tested in a real one. Install Debian's \
    with `apt-get install chromium` (as root; `cargo itemsmith build --tests` does it there), or \
    set ITEMSMITH_BROWSER to the program of a Chromium or Chrome";

/// What Chromium's program is called, the distributions' own first.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];
/// Where macOS has them.
const APPLICATIONS: [&str; 2] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/// The browser that [`NAMED`] names, else the first one installed.
#[must_use]
pub fn find() -> Option<PathBuf> {
    if let Some(named) = env::var_os(NAMED).filter(|named| !named.is_empty()) {
        return Some(named.into());
    }
    let folders = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&folders)
        .flat_map(|folder| NAMES.map(|name| folder.join(name)))
        .find(|program| program.is_file());
    on_path.or_else(|| {
        let found = APPLICATIONS
            .iter()
            .find(|program| Path::new(program).is_file());
        found.map(PathBuf::from)
    })
}

/// Installs Debian's, where that can be done without asking anybody: as root, with apt. Whether it
/// worked is seen by [`find`]; the test that needs a browser says what to do without one.
pub fn install() {
    if find().is_some() || !nix::unistd::geteuid().is_root() {
        return;
    }
    let root = workspace::root();
    let quiet = [("DEBIAN_FRONTEND", "noninteractive")];
    let install = [
        "install",
        "--yes",
        "--quiet",
        "--no-install-recommends",
        "chromium",
    ];
    for args in [&["update", "--quiet"][..], &install] {
        if let Err(error) = program::run("apt-get", args, &root, &quiet) {
            tracing::warn!(%error, "no browser could be installed");
            return;
        }
    }
}
