//! `itemsmith-checker check` and the refusals of `serve`.

use std::process::Output;

use serde_json::Value;

use crate::support::{binary, crate_folder};

fn check(arguments: &[&str]) -> Output {
    binary()
        .arg("check")
        .args(arguments)
        .output()
        .expect("the binary starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn exit_codes_tell_clean_findings_and_trouble_apart() {
    let good = crate_folder("tests/fixtures/sum.ts");
    let good = good.to_str().expect("a plain path");
    let clean = check(&[good]);
    assert_eq!(clean.status.code(), Some(0), "{}", text(&clean.stdout));
    assert_eq!(text(&clean.stdout), "1 file checked, nothing found.\n");

    let bad = tempfile::NamedTempFile::with_suffix(".ts").expect("a temporary file");
    std::fs::write(bad.path(), "export const a: number = 'x';\n").expect("written");
    let bad = bad.path().to_str().expect("a plain path");
    let found = check(&[good, bad]);
    assert_eq!(found.status.code(), Some(1));
    let printed = text(&found.stdout);
    let line = format!("{bad}(1,14): error TS2322: Type 'string' is not assignable");
    assert!(printed.contains(&line), "{printed}");
    assert!(printed.contains("error 9001 "), "{printed}");

    let json = check(&["--json", bad]);
    let verdicts: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(verdicts[0]["verdict"]["status"], "typecheck_failed");

    for arguments in [
        &["/nobody.ts"][..],
        &["--seed", "-1", good],
        &["--contract", "x", good],
        &[],
    ] {
        let trouble = check(arguments);
        assert_eq!(trouble.status.code(), Some(2), "{arguments:?}");
        assert!(!trouble.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn missing_compilers_are_named_with_the_command_that_installs_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().to_str().expect("a plain path");
    let good = crate_folder("tests/fixtures/sum.ts");
    let trouble = check(&["--node-dir", path, good.to_str().expect("a plain path")]);
    assert_eq!(trouble.status.code(), Some(2));
    let said = text(&trouble.stderr);
    assert!(said.contains(&format!("npm ci --prefix {path}")), "{said}");
}

#[test]
fn production_without_a_key_does_not_start() {
    let output = binary()
        .args(["serve", "--listen", "127.0.0.1:0"])
        .output()
        .expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("CHECKER_KEY"),
        "{}",
        text(&output.stderr)
    );
}
