//! What the rehearsal scripts and the prompts promise of their templates is what the checker says.

use std::{collections::BTreeSet, path::Path, process::Command};

use itemsmith_local::toolchain::workspace;
use itemsmith_tests::site::{SAMPLES, sample};
use serde_json::Value;

fn read(path: &Path) -> Value {
    let text = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The verdict on a file, from the checker's command line.
fn verdict(file: &Path, widgets: &str, item: Option<&Path>, engine: &str) -> Value {
    let mut command = Command::new(workspace::built("itemsmith-checker"));
    command
        .arg("check")
        .arg(file)
        .args(["--json", "--engine", engine]);
    if !widgets.is_empty() {
        command.args(["--widgets", widgets]);
    }
    if let Some(item) = item {
        command.arg("--item").arg(item);
    }
    let output = command.output().expect("the checker runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let answer: Value = serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!("{error}: {text}{}", String::from_utf8_lossy(&output.stderr))
    });
    // One verdict per file.
    match answer.as_array() {
        Some(all) => all[0].clone(),
        None => answer,
    }
}

/// Code, rule, line and seed of each finding; what a script pins.
fn pinned(findings: &Value) -> Vec<String> {
    let findings = findings.as_array().cloned().unwrap_or_default();
    findings
        .iter()
        .map(|f| {
            let (code, rule) = (&f["tsCode"], f["rule"].as_str().unwrap_or("-"));
            let line = f["line"].as_u64().unwrap_or(0);
            let seed = f["seed"].as_str().unwrap_or("-");
            format!("{code} {rule} line {line} seed {seed}")
        })
        .collect()
}

fn widgets_of(item: &Value) -> String {
    let widgets = item["widgets"]
        .as_object()
        .into_iter()
        .flat_map(|map| map.values());
    let types: BTreeSet<&str> = widgets
        .filter_map(|widget| widget["type"].as_str())
        .collect();
    types.into_iter().collect::<Vec<_>>().join(",")
}

fn every_script_says_what_the_checker_says(engine: &str) {
    for name in SAMPLES {
        let item = sample(name);
        let widgets = widgets_of(&read(&item));
        let folder = workspace::root().join("local/rehearsal").join(name);
        let script = read(&folder.join("script.json"));
        for reply in script["replies"].as_array().expect("replies") {
            let file = folder.join(reply["file"].as_str().expect("a file"));
            let verdict = verdict(&file, &widgets, Some(&item), engine);
            let judged = verdict.get("verdict").unwrap_or(&verdict);
            assert_eq!(
                pinned(&judged["findings"]),
                pinned(&reply["findings"]),
                "{} on {engine}",
                file.display()
            );
        }
    }
}

#[test]
fn every_script_says_what_the_native_engine_says() {
    every_script_says_what_the_checker_says("native");
}

#[test]
fn every_script_says_what_the_node_engine_says() {
    every_script_says_what_the_checker_says("node");
}

#[test]
fn the_whole_template_that_the_prompt_shows_is_one_that_the_checker_accepts() {
    let prompts = workspace::root().join("shared/pipeline/prompts/10-worked-examples.md");
    let text = std::fs::read_to_string(prompts).expect("the worked examples");
    let whole = text
        .split("```typescript\n")
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
        .find(|code| code.contains("export default function generateTemplate"))
        .expect("a whole template is among them");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("template.ts");
    std::fs::write(&file, whole).expect("writable");
    let widgets = whole
        .split_once("export type TemplateWidgets = readonly [")
        .and_then(|(_, rest)| rest.split_once(']'))
        .map(|(names, _)| names.replace(['"', ' '], ""))
        .expect("it names its widgets");
    let verdict = verdict(&file, &widgets, None, "native");
    let judged = verdict.get("verdict").unwrap_or(&verdict);
    assert_eq!(pinned(&judged["findings"]), Vec::<String>::new());
}

#[test]
fn the_widgets_that_ingress_calls_described_are_those_of_the_pack() {
    let manifest = read(&workspace::root().join("checker/contracts/default/manifest.json"));
    let pack: BTreeSet<&str> = manifest["widgets"]
        .as_object()
        .expect("widgets")
        .keys()
        .map(String::as_str)
        .collect();
    let known: BTreeSet<&str> = manifest["knownWidgets"]
        .as_array()
        .expect("names")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let described = itemsmith_domain::widget::KNOWN
        .iter()
        .copied()
        .filter(|name| itemsmith_domain::widget::is_described(name))
        .collect();
    assert_eq!(pack, described);
    assert_eq!(
        known,
        itemsmith_domain::widget::KNOWN.iter().copied().collect()
    );
}
