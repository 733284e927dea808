//! What this machine must have, and the exact command that mends what is missing.

use std::path::Path;

use super::{browser, npm, program, wasm_target, workspace};

/// One thing that the stack needs.
#[derive(Debug, Clone)]
pub struct Requirement {
    /// What it is.
    pub name: String,
    /// What was found, or why it does not serve.
    pub found: Result<String, String>,
    /// The command that mends it.
    pub mend: String,
    /// Whether `demo` and `dev` mend it by themselves.
    pub automatic: bool,
}

/// Node's oldest version that everything here runs on.
const NODE_MIN: u32 = 20;

/// Looks at everything; changes nothing.
#[must_use]
pub fn survey() -> Vec<Requirement> {
    let root = workspace::root();
    let mut all = vec![
        rust(&root),
        node(&root),
        tool(&root, "npm", "install Node.js 20 with npm"),
    ];
    all.push(compiler(&root));
    all.push(wasm());
    for folder in workspace::npm_folders() {
        all.push(packages(&root, &folder));
    }
    all.push(browser());
    for (name, path) in [
        ("the checker", workspace::built("itemsmith-checker")),
        (
            "the worker",
            workspace::worker_bundle().join("core_bg.wasm"),
        ),
    ] {
        let found = if path.is_file() {
            Ok("built".to_owned())
        } else {
            Err("not built".to_owned())
        };
        let mend = "cargo itemsmith build".to_owned();
        all.push(Requirement {
            name: name.to_owned(),
            found,
            mend,
            automatic: true,
        });
    }
    all
}

fn rust(root: &Path) -> Requirement {
    let mend = "install Rust 1.95 or newer: rustup update stable";
    tool_named(root, "rustc", "Rust", mend)
}

fn tool(root: &Path, program: &str, mend: &str) -> Requirement {
    tool_named(root, program, program, mend)
}

fn tool_named(root: &Path, program: &str, name: &str, mend: &str) -> Requirement {
    let found = program::run(program, &["--version"], root, &[])
        .map(|said| said.lines().next().unwrap_or_default().to_owned())
        .map_err(|error| error.to_string());
    Requirement {
        name: name.to_owned(),
        found,
        mend: mend.to_owned(),
        automatic: false,
    }
}

fn node(root: &Path) -> Requirement {
    let mut requirement = tool_named(root, "node", "Node.js", "install Node.js 20 or newer");
    if let Ok(version) = &requirement.found {
        let major = version
            .trim_start_matches('v')
            .split('.')
            .next()
            .and_then(|n| n.parse().ok());
        if major.is_none_or(|major: u32| major < NODE_MIN) {
            requirement.found = Err(format!("{version} is older than {NODE_MIN}"));
        }
    }
    requirement
}

fn compiler(root: &Path) -> Requirement {
    tool_named(
        root,
        "cc",
        "a C compiler",
        "apt-get install build-essential",
    )
}

fn wasm() -> Requirement {
    let found = match wasm_target::look() {
        Ok(Some(wasm_target::WasmTarget::Installed)) => Ok("installed".to_owned()),
        Ok(Some(wasm_target::WasmTarget::BuildStd)) => Ok("built from its sources".to_owned()),
        Ok(None) => Err("missing".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    Requirement {
        name: format!("the Rust target {}", wasm_target::TARGET),
        found,
        mend: format!("rustup target add {}", wasm_target::TARGET),
        automatic: true,
    }
}

fn browser() -> Requirement {
    let found = match browser::find() {
        Some(path) => Ok(path.display().to_string()),
        None => Err("not found".to_owned()),
    };
    Requirement {
        name: "a browser (for `cargo itemsmith test` only)".to_owned(),
        found,
        mend: format!("apt-get install chromium, or set {}", browser::NAMED),
        // Nothing but its own test needs it, and on Debian as root that installs it.
        automatic: true,
    }
}

fn packages(root: &Path, folder: &Path) -> Requirement {
    let short = folder
        .strip_prefix(root)
        .unwrap_or(folder)
        .display()
        .to_string();
    let found = if npm::is_installed(folder) {
        Ok("as the lock file says".to_owned())
    } else {
        Err("not installed, or not what the lock file says".to_owned())
    };
    let for_tests = short.starts_with("tests");
    Requirement {
        name: if for_tests {
            format!("the npm packages of {short} (for `cargo itemsmith test` only)")
        } else {
            format!("the npm packages of {short}")
        },
        found,
        mend: if for_tests {
            "cargo itemsmith build --tests".to_owned()
        } else {
            "cargo itemsmith build".to_owned()
        },
        automatic: true,
    }
}
