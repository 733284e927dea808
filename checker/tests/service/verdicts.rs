//! Verdicts over HTTP, on both engines.

use serde_json::{Value, json};

use crate::support::{Service, crate_folder, fixture, source};

#[tokio::test]
async fn a_good_template_is_proven_and_its_item_comes_back() {
    for engine in ["native", "node"] {
        let service = Service::start(&["--engine", engine]);
        let request = json!({
            "source": fixture("sum.ts"), "allowedWidgets": [], "seeds": ["42"],
        });
        let first = service.check(&request).await;
        assert_eq!(first.json["status"], "success", "{engine}: {}", first.text);
        assert_eq!(first.json["versions"]["engine"], engine);
        assert_eq!(first.json["widgetTuple"], json!([]));
        assert!(
            first.json["seeds"]
                .as_array()
                .is_some_and(|s| s.contains(&json!("42")))
        );
        let item = &first.json["item"];
        assert_eq!(item["seed"], "42");
        let parsed: Value =
            serde_json::from_str(item["text"].as_str().expect("a text")).expect("the item is JSON");
        assert_eq!(parsed["identifier"], "two-digit-sum");

        let mut again = service.check(&request).await.json;
        let mut first = first.json;
        for verdict in [&mut first, &mut again] {
            verdict["timings"] = Value::Null;
        }
        assert_eq!(first, again, "the second verdict comes from the cache");
        let metrics = service.get("/metrics").await.text;
        assert!(
            metrics.contains("itemsmith_checker_cached_total 1"),
            "{metrics}"
        );
    }
}

#[tokio::test]
async fn syntax_stands_alone_and_types_come_with_policy() {
    let service = Service::start(&[]);
    let good = fixture("sum.ts");
    let wrong_type = good.replace("correct: sum", "correct: String(sum)");
    let asserted = good.replace(
        "const sum = left + right",
        "const sum = (left + right) as number",
    );
    let both = wrong_type.replace("const sum = left + right", "const sum = (left + right)!");
    let broken = both.replace("const random =", "const random");
    for (source, status, codes) in [
        (&wrong_type, "typecheck_failed", &[2322][..]),
        (&asserted, "validation_failed", &[9001]),
        (&both, "typecheck_failed", &[2322, 9001]),
    ] {
        let answer = service
            .check(&json!({ "source": source, "allowedWidgets": [] }))
            .await;
        assert_eq!(answer.codes(), codes, "{}", answer.text);
        assert_eq!(answer.json["status"], status);
        assert_eq!(answer.json["seeds"], json!([]), "it was not executed");
    }
    let answer = service
        .check(&json!({ "source": broken, "allowedWidgets": [] }))
        .await;
    let findings = answer.json["findings"].as_array().expect("findings");
    assert!(
        !findings.is_empty() && findings.iter().all(|f| f["phase"] == "syntax"),
        "{findings:?}"
    );
}

/// The library is our own, and whatever it lacks is a type error: a template that uses ordinary
/// parts of the language must pass every phase, on both compilers and in the sandbox.
#[tokio::test]
async fn the_ordinary_parts_of_the_language_are_all_there() {
    let (mut types, mut body) = (String::new(), String::new());
    let lines = fixture("ordinary.txt");
    for (at, line) in lines.lines().skip(1).enumerate() {
        match line.strip_prefix("type ") {
            Some(named) => types.push_str(&format!("export type T{at} = {named}\n")),
            None => body.push_str(&format!("  const v{at} = {line}\n  void v{at}\n")),
        }
    }
    let head = "export default function generateTemplate";
    let draw = "  const random = createSeededRandom(seed)\n";
    let source = fixture("sum.ts")
        .replacen(head, &format!("{types}{head}"), 1)
        .replacen(draw, &format!("{draw}{body}"), 1);
    assert!(body.lines().count() > 200 && source.contains("v100"));
    for engine in ["native", "node"] {
        let service = Service::start(&["--engine", engine]);
        let request = json!({ "source": source, "allowedWidgets": [] });
        let answer = service.check(&request).await;
        assert_eq!(
            answer.json["status"], "success",
            "{engine}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn nothing_outside_the_contract_is_seen() {
    let service = Service::start(&[]);
    let secret = "root:";
    for text in [
        "/// <reference path=\"/etc/passwd\" />\nexport const a = 1;",
        "/// <reference types=\"/etc/passwd\" />\nexport const a = 1;",
        "/// <reference lib=\"dom\" />\nexport const a = document;",
        "import a from '/etc/passwd'; export { a };",
        "import a from '../../../../etc/passwd'; export { a };",
        "import a from 'file:///etc/passwd'; export { a };",
        "export type A = typeof import('/etc/hostname');",
    ] {
        let answer = service.check(&source(text)).await;
        assert!(
            answer.codes().iter().any(|code| *code < 9000),
            "{text}: {}",
            answer.text
        );
        assert!(answer.codes().contains(&9001), "{text}: {}", answer.text);
        assert!(!answer.text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn without_the_native_compiler_the_service_falls_back_and_says_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let modules = folder.path().join("node_modules");
    std::fs::create_dir(&modules).expect("a folder can be made");
    let real = crate_folder("node");
    std::os::unix::fs::symlink(
        real.join("node_modules/typescript-6"),
        modules.join("typescript-6"),
    )
    .expect("a link can be made");
    std::fs::copy(real.join("host.mjs"), folder.path().join("host.mjs")).expect("a copy");
    let path = folder.path().to_str().expect("a plain path");
    let service = Service::start(&["--node-dir", path]);
    let ready = service.get("/ready").await.json;
    assert_eq!(
        (&ready["ready"], &ready["engine"]),
        (&json!(true), &json!("node"))
    );
    assert!(
        ready["fallback"]
            .as_str()
            .is_some_and(|why| why.contains("npm ci")),
        "{ready}"
    );
    assert_eq!(
        service
            .check(&source("export const a: number = 'x';"))
            .await
            .codes()[0],
        2322
    );
}
