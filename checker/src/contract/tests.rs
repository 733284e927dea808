use std::{fs, path::Path};

use super::{Pack, Packs};

fn shipped() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts")
}

/// A pack of one module and one widget, with `edit` applied to its manifest.
fn written(edit: impl Fn(&mut serde_json::Value)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    let mut manifest = serde_json::json!({
        "name": "tiny", "version": "1.0.0",
        "modules": [
            {"specifier": "@/a", "declarations": "a.d.ts", "runtime": "a.js", "exports": ["A"]},
            {"specifier": "@/w", "declarations": "w.d.ts", "exports": ["W"]}],
        "core": ["@/a"], "widgets": {"dotPlot": "w.d.ts"}, "knownWidgets": ["dotPlot", "video"],
        "lib": "lib.d.ts", "seedHelper": "a.js",
    });
    edit(&mut manifest);
    for (name, text) in [
        ("manifest.json", manifest.to_string().as_str()),
        ("a.d.ts", "export type A = 1;"),
        ("w.d.ts", "export type W = 2;"),
        ("a.js", "export {};"),
        ("lib.d.ts", "interface Array<T> { length: number }"),
    ] {
        fs::write(at(name), text).expect("a file can be written");
    }
    folder
}

#[test]
fn the_shipped_packs_load() {
    let packs = Packs::load(&shipped()).expect("the shipped packs are valid");
    let pack = packs.default_pack();
    assert_eq!(pack.manifest().name, "default");
    assert_eq!(pack.manifest().known_widgets.len(), 97);
    assert!(
        pack.runtime_modules()
            .iter()
            .any(|(name, _)| name == "@/templates/seeds")
    );
    assert!(packs.get(Some("nobody")).is_none());
}

#[test]
fn a_prompt_sees_the_core_then_the_asked_widgets() {
    let folder = written(|_| {});
    let pack = Pack::load(folder.path()).expect("a valid pack");
    let text = pack.text(&[
        "dotPlot".to_owned(),
        "video".to_owned(),
        "dotPlot".to_owned(),
    ]);
    let specifiers: Vec<_> = text.modules.iter().map(|m| m.specifier.as_str()).collect();
    assert_eq!(specifiers, ["@/a", "@/w"]);
    assert_eq!(text.modules[1].text, "export type W = 2;");
    assert_eq!(text.undescribed, ["video"]);
    assert_eq!(text.seed_helper, "export {};");
}

#[test]
fn a_compiler_sees_the_pack_s_files_and_no_other() {
    let folder = written(|_| {});
    let pack = Pack::load(folder.path()).expect("a valid pack");
    let files = pack.files();
    assert_eq!(files.read("/v/a.d.ts"), Some("export type A = 1;"));
    assert!(
        files
            .read("/v/tsconfig.json")
            .is_some_and(|text| text.contains("\"@/a\""))
    );
    for absent in [
        "/v/a.js",
        "/v/manifest.json",
        "/etc/hostname",
        "/v/../etc/hostname",
        "a.d.ts",
    ] {
        assert_eq!(files.read(absent), None, "{absent}");
    }
    assert!(files.is_folder("/v") && files.is_folder("/v/") && files.is_folder("/"));
    assert!(!files.is_folder("/etc") && !files.is_folder("/v/a.d.ts"));
}

#[test]
fn the_digest_follows_every_file() {
    let folder = written(|_| {});
    let before = Pack::load(folder.path())
        .expect("a valid pack")
        .digest()
        .clone();
    assert_eq!(
        Pack::load(folder.path()).expect("still valid").digest(),
        &before
    );
    fs::write(folder.path().join("a.js"), "export const a = 1;").expect("a file can be written");
    assert_ne!(
        Pack::load(folder.path()).expect("still valid").digest(),
        &before
    );
}

#[test]
fn a_manifest_that_contradicts_itself_is_refused_by_name() {
    type Edit = fn(&mut serde_json::Value);
    let cases: [(Edit, &str); 7] = [
        (
            |m| m["modules"][0]["declarations"] = "../../etc/hostname".into(),
            "does not stay inside",
        ),
        (
            |m| m["lib"] = "/etc/hostname".into(),
            "does not stay inside",
        ),
        (|m| m["core"][0] = "@/b".into(), "`@/b`"),
        (
            |m| m["modules"][1]["specifier"] = "@/a".into(),
            "listed twice",
        ),
        (|m| m["widgets"]["radar"] = "w.d.ts".into(), "`radar`"),
        (|m| m["colour"] = "red".into(), "unknown field `colour`"),
        (|m| m["name"] = "a b".into(), "name and version"),
    ];
    for (edit, expected) in cases {
        let folder = written(edit);
        let error = Pack::load(folder.path()).expect_err(expected).to_string();
        assert!(
            error.contains(expected) && error.contains("manifest.json"),
            "{error}"
        );
    }
    let folder = written(|m| m["lib"] = "missing.d.ts".into());
    let error = Pack::load(folder.path())
        .expect_err("a missing file")
        .to_string();
    assert!(error.contains("missing.d.ts"), "{error}");
}

#[test]
fn packs_without_a_default_are_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let error = Packs::load(folder.path())
        .expect_err("no pack at all")
        .to_string();
    assert!(error.contains("no pack is called `default`"), "{error}");
}
