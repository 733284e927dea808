//! The rules that the folders promise: who may depend on whom, and what `shared` never does.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace")
        .to_owned()
}

/// Our own crates that each crate depends on, from cargo itself; development dependencies are
/// left out.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| {
            let wanted = package["dependencies"].as_array().expect("dependencies");
            let wanted = wanted
                .iter()
                .filter(|dependency| dependency["kind"].is_null())
                .filter_map(|dependency| dependency["name"].as_str())
                .map(|name| name.trim_start_matches("itemsmith-").to_owned());
            let name = package["name"].as_str().expect("a name");
            (
                name.trim_start_matches("itemsmith-").to_owned(),
                wanted.collect(),
            )
        })
        .collect()
}

const OURS: [&str; 10] = [
    "domain",
    "steps",
    "pipeline",
    "sql",
    "api",
    "edge",
    "checker",
    "local",
    "tests",
    "conformance-app",
];

#[test]
fn a_crate_depends_only_on_what_its_place_allows() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("domain", &[] as &[&str]),
        ("steps", &[]),
        ("pipeline", &["domain", "steps"]),
        ("sql", &["domain"]),
        ("api", &["domain"]),
        ("edge", &["domain", "steps", "pipeline", "sql", "api"]),
        ("checker", &["domain", "api"]),
        ("local", &["domain", "steps", "pipeline", "sql", "api"]),
        (
            "tests",
            &[
                "domain",
                "steps",
                "pipeline",
                "sql",
                "api",
                "local",
                "checker",
                "conformance-app",
            ],
        ),
        ("conformance-app", &["steps"]),
    ]);
    for (name, wanted) in dependencies() {
        let allowed = allowed
            .get(name.as_str())
            .unwrap_or_else(|| panic!("unknown crate {name}"));
        for other in wanted.iter().filter(|other| OURS.contains(&other.as_str())) {
            assert!(
                allowed.contains(&other.as_str()),
                "{name} must not depend on {other}"
            );
        }
    }
}

#[test]
fn the_pure_crates_and_the_edge_stay_away_from_native_runtimes() {
    let all = dependencies();
    for name in ["domain", "steps", "pipeline", "sql", "api", "edge"] {
        for native in ["tokio", "hyper", "tokio-postgres", "reqwest"] {
            assert!(
                !all[name].iter().any(|d| d == native),
                "{name} must not depend on {native}"
            );
        }
    }
}

/// What would make a pure crate depend on when, where or how often it runs.
const IMPURE: [&str; 9] = [
    "SystemTime",
    "Instant::now",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "getrandom",
    "HashMap",
    "HashSet",
];

#[test]
fn shared_does_no_io_reads_no_clock_and_iterates_no_hash_map() {
    let mut files = Vec::new();
    collect(&root().join("shared"), &mut files);
    assert!(files.len() > 50, "the sources were found");
    for file in files {
        let text = std::fs::read_to_string(&file).expect("readable");
        // Tests may look at the machine; what ships may not.
        let shipped = text.split("#[cfg(test)]").next().unwrap_or_default();
        for word in IMPURE {
            let used = shipped
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .any(|line| line.contains(word));
            assert!(!used, "{} uses {word}", file.display());
        }
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder)
        .expect("a folder")
        .filter_map(Result::ok)
    {
        let path = entry.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            if name != "tests" && name != "examples" && name != "target" {
                collect(&path, files);
            }
        } else if name.ends_with(".rs") && name != "tests.rs" {
            files.push(path);
        }
    }
}
