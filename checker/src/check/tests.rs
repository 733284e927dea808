use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use itemsmith_domain::{
    Finding, IterationStatus, Phase,
    check::CheckRequest,
    finding::{LIMIT_CODE, POLICY_CODE},
};

use super::{CheckFailure, Checker};
use crate::{
    contract::{Pack, Packs},
    engine::{Checked, Engine, EngineError, EngineFuture, EngineStatus, Program},
    sandbox::{Sandbox, SandboxConfig},
};

/// An engine that always finds the same, and counts.
struct Scripted {
    findings: Vec<Finding>,
    asked: AtomicUsize,
}

impl Engine for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn compiler(&self) -> &'static str {
        "0"
    }

    fn check<'a>(&'a self, _: &'a Program, deadline: Instant) -> EngineFuture<'a> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let findings = self.findings.clone();
        Box::pin(async move {
            if deadline <= Instant::now() {
                return Err(EngineError::Deadline);
            }
            Ok(Checked {
                findings,
                queue_ms: 0.0,
                types_ms: 1.0,
            })
        })
    }

    fn status(&self) -> EngineStatus {
        EngineStatus {
            ready: true,
            concurrency: 1,
            idle: 1,
            started: 1,
            lost: 0,
            killed: 0,
        }
    }
}

fn checker(findings: Vec<Finding>) -> (Checker, Arc<Scripted>) {
    let engine = Arc::new(Scripted {
        findings,
        asked: AtomicUsize::new(0),
    });
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts/default");
    let packs = Packs::of(Pack::load(&folder).expect("the default pack loads"));
    let sandbox = Sandbox::new(SandboxConfig::this_binary().expect("this binary has a path"));
    (Checker::new(engine.clone(), packs, sandbox), engine)
}

fn request(source: &str) -> CheckRequest {
    CheckRequest {
        source: source.to_owned(),
        source_item: None,
        allowed_widgets: Vec::new(),
        contract: None,
        execute: false,
        seeds: Vec::new(),
    }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

fn typed(phase: Phase, code: u32) -> Finding {
    Finding::unplaced(phase, "", code, "as scripted")
}

/// Breaks several policy rules, and no limit.
const SOURCE: &str = "export const a: any = 1;";

#[tokio::test]
async fn a_verdict_is_kept_and_a_resource_limit_never() {
    for (phase, code, asked) in [(Phase::Types, 2322, 1), (Phase::Limit, LIMIT_CODE, 2)] {
        let (checker, engine) = checker(vec![typed(phase, code)]);
        let first = checker
            .check(request(SOURCE), soon())
            .await
            .expect("a verdict");
        let second = checker
            .check(request(SOURCE), soon())
            .await
            .expect("a verdict");
        assert_eq!(engine.asked.load(Ordering::Relaxed), asked, "{phase:?}");
        assert!(!first.cached);
        assert_eq!(second.cached, asked == 1);
        assert_eq!(first.verdict.findings, second.verdict.findings);
    }
}

#[tokio::test]
async fn everything_that_a_verdict_depends_on_is_in_its_key() {
    let (checker, engine) = checker(Vec::new());
    let mut requests = vec![request(SOURCE), request("export {};")];
    let mut other = request(SOURCE);
    other.allowed_widgets = vec!["dotPlot".to_owned()];
    requests.push(other);
    let mut other = request(SOURCE);
    other.seeds = vec!["7".parse().expect("a seed")];
    requests.push(other);
    let mut other = request(SOURCE);
    let item = serde_json::value::RawValue::from_string("{}".to_owned());
    other.source_item = Some(item.expect("JSON"));
    requests.push(other);
    for (n, request) in requests.into_iter().enumerate() {
        let outcome = checker.check(request, soon()).await.expect("a verdict");
        assert!(!outcome.cached, "request {n}");
        assert_eq!(engine.asked.load(Ordering::Relaxed), n + 1);
    }
}

#[tokio::test]
async fn types_come_before_policy_and_syntax_stands_alone() {
    let phases = |findings: &[Finding]| findings.iter().map(|f| f.phase).collect::<Vec<_>>();
    let (both, _) = checker(vec![typed(Phase::Types, 2322)]);
    let verdict = both
        .check(request(SOURCE), soon())
        .await
        .expect("a verdict")
        .verdict;
    assert_eq!(verdict.status, IterationStatus::TypecheckFailed);
    assert_eq!(
        phases(&verdict.findings)[..2],
        [Phase::Types, Phase::Policy]
    );
    let (syntax, _) = checker(vec![typed(Phase::Syntax, 1005)]);
    let verdict = syntax
        .check(request(SOURCE), soon())
        .await
        .expect("a verdict")
        .verdict;
    assert_eq!(phases(&verdict.findings), [Phase::Syntax]);
}

#[tokio::test]
async fn what_only_our_parser_refuses_never_passes() {
    let (checker, _) = checker(Vec::new());
    let verdict = checker
        .check(request("export const = ;"), soon())
        .await
        .expect("a verdict");
    let findings = verdict.verdict.findings;
    assert_eq!(
        findings.iter().map(|f| f.ts_code).collect::<Vec<_>>(),
        [POLICY_CODE]
    );
}

#[tokio::test]
async fn a_long_source_is_a_finding_that_no_compiler_sees() {
    let (checker, engine) = checker(Vec::new());
    let verdict = checker
        .check(request(&"a".repeat(65_537)), soon())
        .await
        .expect("a verdict");
    assert_eq!(verdict.verdict.findings[0].ts_code, LIMIT_CODE);
    assert_eq!(engine.asked.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_failure_is_not_a_verdict_and_is_not_kept() {
    let (checker, _) = checker(Vec::new());
    let late = checker.check(request(SOURCE), Instant::now()).await;
    assert!(matches!(
        late,
        Err(CheckFailure::Engine(EngineError::Deadline))
    ));
    assert!(checker.check(request(SOURCE), soon()).await.is_ok());
    let mut unknown = request(SOURCE);
    unknown.contract = Some("nobody".to_owned());
    let error = checker
        .check(unknown, soon())
        .await
        .expect_err("no such pack")
        .to_string();
    assert!(
        error.contains("nobody") && error.contains("default"),
        "{error}"
    );
}
