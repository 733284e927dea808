//! The sandbox with its real child process.
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use itemsmith_checker::sandbox::{ExecuteJob, ExecuteReport, Sandbox, SandboxConfig, SandboxError};
use itemsmith_domain::{Digest, Seed};

const SUM: &str = include_str!("fixtures/sum.ts");
const SEEDS_JS: &str = include_str!("../contracts/default/runtime/seeds.js");

fn sandbox() -> Sandbox {
    let command = vec![
        env!("CARGO_BIN_EXE_itemsmith-checker").into(),
        "sandbox-child".into(),
    ];
    Sandbox::new(SandboxConfig {
        command,
        children: 1,
    })
}

fn job(source: impl Into<String>) -> ExecuteJob {
    ExecuteJob {
        source: source.into(),
        runtime_modules: vec![("@/templates/seeds".into(), SEEDS_JS.into())],
        seeds: vec![Seed::from_u64(42)],
        source_item: None,
        return_item: Some(Seed::from_u64(42)),
    }
}

/// Far enough away that only a hang reaches it.
fn deadline() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

async fn prove(sandbox: &Sandbox, source: impl Into<String>) -> ExecuteReport {
    sandbox
        .execute(job(source), deadline())
        .await
        .expect("a report")
}

fn rules(report: &ExecuteReport) -> Vec<&str> {
    report
        .findings
        .iter()
        .filter_map(|finding| finding.rule.as_deref())
        .collect()
}

#[tokio::test]
async fn a_good_template_is_proved_and_its_item_returned() {
    let sandbox = sandbox();
    let report = prove(&sandbox, SUM).await;
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
    assert_eq!(report.seeds.len(), 32);
    assert!(report.distinct_items >= 8);
    let item = report.item.expect("the item");
    assert_eq!(
        (item.seed, &item.digest),
        (Seed::from_u64(42), &Digest::of(item.text.as_bytes()))
    );
    let parsed = itemsmith_domain::json::parse(item.text.as_bytes()).expect("JSON");
    assert_eq!(parsed.to_pretty().trim_end(), item.text.trim_end());
    assert!(item.text.ends_with("}\n"));
    let again = prove(&sandbox, SUM).await.item.expect("the item");
    assert_eq!(again.text, item.text);
}

#[tokio::test]
async fn an_invalid_item_is_named_once_with_its_first_seed() {
    let report = prove(&sandbox(), SUM.replace("\"two-digit-sum\"", "\"\"")).await;
    assert_eq!(rules(&report), ["invalid-item"], "{:#?}", report.findings);
    let finding = &report.findings[0];
    assert_eq!(finding.seed, Some(Seed::from_u64(42)));
    assert!(
        finding.message.contains("/identifier"),
        "{}",
        finding.message
    );
    assert!(
        finding.message.contains("more seeds)"),
        "{}",
        finding.message
    );
    assert!(report.item.is_none());
}

#[tokio::test]
async fn another_activity_than_the_source_s_is_found() {
    let sandbox = sandbox();
    let source = prove(&sandbox, SUM).await.item.expect("the item").text;
    let other = SUM.replace("RESPONSE\"", "RESPONSE_A\"").replace(
        "    interactions: {\n",
        "    interactions: {\n      more: { type: \"textEntryInteraction\", \
         responseIdentifier: \"RESPONSE_B\", expectedLength: 3 },\n",
    );
    let job = ExecuteJob {
        source_item: Some(source.clone()),
        ..job(other)
    };
    let report = sandbox.execute(job, deadline()).await.expect("a report");
    assert!(
        rules(&report).contains(&"shape-changed"),
        "{:#?}",
        report.findings
    );
    let same = ExecuteJob {
        source_item: Some(source),
        ..self::job(SUM)
    };
    let report = sandbox.execute(same, deadline()).await.expect("a report");
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
}

#[tokio::test]
async fn a_template_is_not_blamed_for_its_source_s_style() {
    let sandbox = sandbox();
    let good = prove(&sandbox, SUM).await.item.expect("the item").text;
    let glued = SUM.replace("summary: [", "summary: [text(\"One.\"), ");
    let mut source: serde_json::Value = serde_json::from_str(&good).expect("JSON");
    let fragment = |text: &str| serde_json::json!({ "type": "text", "content": text });
    source["body"] = serde_json::json!([{
        "type": "paragraph",
        "content": [fragment("One."), fragment("Two.")],
    }]);
    for (source, expected) in [(good, &["invalid-item"][..]), (source.to_string(), &[])] {
        let job = ExecuteJob {
            source_item: Some(source),
            ..job(glued.as_str())
        };
        let report = sandbox.execute(job, deadline()).await.expect("a report");
        let mut found = rules(&report);
        found.dedup();
        assert_eq!(found, expected, "{:#?}", report.findings);
    }
}

#[tokio::test]
async fn the_same_item_for_every_seed_lacks_variety() {
    let constant = SUM.replace("createSeededRandom(seed)", "createSeededRandom(seed * 0n)");
    let report = prove(&sandbox(), constant).await;
    assert_eq!(rules(&report), ["no-variety"], "{:#?}", report.findings);
    assert_eq!(report.distinct_items, 1);
}

#[tokio::test]
async fn a_throw_on_some_seeds_names_the_first_and_its_line() {
    let source = SUM.replace(
        "  const sum = left + right\n",
        "  const sum = left + right\n  if (seed > 4294967296n) { throw new Error(\"too big\") }\n",
    );
    let report = prove(&sandbox(), source.clone()).await;
    assert_eq!(rules(&report), ["throws"], "{:#?}", report.findings);
    let finding = &report.findings[0];
    assert_eq!(
        finding.seed,
        Some("9223372036854775808".parse().expect("a seed"))
    );
    assert!(
        finding.message.starts_with("Error: too big"),
        "{}",
        finding.message
    );
    let line = source
        .lines()
        .position(|line| line.contains("too big"))
        .expect("it is there")
        + 1;
    assert_eq!(finding.line as usize, line);
}

#[tokio::test]
async fn limits_are_findings_and_the_next_template_is_judged_right() {
    let sandbox = sandbox();
    for (body, rule) in [
        ("while (true) {}", "time-limit"),
        (
            "const a: unknown[] = []; for (;;) { a.push(new Map()) }",
            "memory-limit",
        ),
        ("return \"x\".repeat(2000000)", "output-limit"),
        // One operation of the engine that never asks whether it should stop.
        ("return (7n ** 30000000n > seed) ? 1 : 2", "time-limit"),
    ] {
        let source = format!("export default function f(seed: bigint) {{ {body} }}");
        let report = prove(&sandbox, source).await;
        assert_eq!(rules(&report), [rule], "{body}: {:#?}", report.findings);
        let next = prove(&sandbox, SUM).await;
        assert!(
            next.findings.is_empty(),
            "after {body}: {:#?}",
            next.findings
        );
    }
}

#[tokio::test]
async fn a_child_killed_in_the_middle_is_an_error_and_the_next_job_is_right() {
    let sandbox = sandbox();
    sandbox.warm().await.expect("it starts");
    let child = *sandbox.idle_children().first().expect("one child");
    let endless = job("export default function f() { while (true) {} }");
    let kill = async {
        // The job has begun once the child is no longer idle.
        while !sandbox.idle_children().is_empty() {
            tokio::task::yield_now().await;
        }
        let killed = std::process::Command::new("kill")
            .args(["-9", &child.to_string()])
            .status();
        assert!(killed.expect("kill runs").success());
    };
    let (result, ()) = tokio::join!(sandbox.execute(endless, deadline()), kill);
    assert!(matches!(result, Err(SandboxError::Died(_))), "{result:?}");
    assert!(prove(&sandbox, SUM).await.findings.is_empty());
}

#[tokio::test]
async fn an_idle_child_that_died_is_replaced_unseen() {
    let sandbox = sandbox();
    sandbox.warm().await.expect("it starts");
    let child = *sandbox.idle_children().first().expect("one child");
    let killed = std::process::Command::new("kill")
        .args(["-9", &child.to_string()])
        .status();
    assert!(killed.expect("kill runs").success());
    let gone = Instant::now() + Duration::from_secs(10);
    while std::fs::read_to_string(format!("/proc/{child}/stat")).is_ok_and(|s| !s.contains(") Z")) {
        assert!(Instant::now() < gone, "the child outlives SIGKILL");
        tokio::task::yield_now().await;
    }
    assert!(prove(&sandbox, SUM).await.findings.is_empty());
}

#[tokio::test]
async fn the_deadline_is_an_error_and_no_verdict() {
    let sandbox = sandbox();
    let endless = job("export default function f() { while (true) {} }");
    let soon = Instant::now() + Duration::from_millis(300);
    let result = sandbox.execute(endless, soon).await;
    assert!(matches!(result, Err(SandboxError::Deadline)), "{result:?}");
    assert!(prove(&sandbox, SUM).await.findings.is_empty());
}

#[tokio::test]
async fn the_child_has_no_environment_and_is_under_seccomp() {
    let sandbox = sandbox();
    prove(&sandbox, SUM).await;
    let child = *sandbox.idle_children().first().expect("one child");
    let status = std::fs::read_to_string(format!("/proc/{child}/status")).expect("its status");
    assert!(status.contains("Seccomp:\t2"), "{status}");
    assert!(status.contains("NoNewPrivs:\t1"), "{status}");
    assert_eq!(
        std::fs::read(format!("/proc/{child}/environ")).expect("readable"),
        b""
    );
    let open = std::fs::read_dir(format!("/proc/{child}/fd"))
        .expect("readable")
        .count();
    assert_eq!(open, 3);
}
