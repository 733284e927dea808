use itemsmith_domain::{Finding, IterationStatus, Phase, RequestStatus, Seed};
use serde_json::json;
use uuid::Uuid;

use super::{
    FindingSummary, Health, HealthCheck, HealthStatus, Iteration, IterationPhase, Links,
    TemplateStatus, Usage,
};

fn iteration(number: u32, tokens: Option<u64>) -> Iteration {
    Iteration {
        iteration: number,
        status: tokens.map(|_| IterationStatus::ValidationFailed),
        phase: if tokens.is_some() {
            IterationPhase::Done
        } else {
            IterationPhase::Model
        },
        finding_count: 0,
        first_findings: Vec::new(),
        started_at: None,
        finished_at: None,
        source_digest: None,
        prompt_tokens: tokens,
        completion_tokens: tokens,
    }
}

#[test]
fn the_status_is_written_as_documented_and_read_back() {
    let id = Uuid::nil();
    let iterations = vec![iteration(1, Some(u64::MAX)), iteration(2, None)];
    let status = TemplateStatus {
        id,
        status: RequestStatus::Running,
        reason: None,
        seed: Seed::from_u64(7),
        model: "m".to_owned(),
        attempt: 2,
        max_attempts: 10,
        allowed_widgets: vec!["dotPlot".to_owned()],
        warnings: Vec::new(),
        created_at: "2026-01-01T00:00:00Z".to_owned(),
        started_at: None,
        finished_at: None,
        usage: Usage::of(&iterations),
        iterations,
        links: Links::of(id, RequestStatus::Running),
    };
    let value = serde_json::to_value(&status).expect("a status is JSON");
    assert_eq!(value["seed"], "7");
    assert_eq!(value["iterations"][1]["status"], json!(null));
    assert_eq!(value["iterations"][1]["phase"], "model");
    assert_eq!(value["links"]["self"], format!("/api/templates/{id}"));
    assert!(value["links"].get("template").is_none());
    assert_eq!(
        value["usage"]["totalTokens"],
        u64::MAX,
        "sums do not overflow"
    );
    assert_eq!(
        serde_json::from_value::<TemplateStatus>(value).expect("reads back"),
        status
    );
}

#[test]
fn only_a_success_links_its_template() {
    let link = |status| Links::of(Uuid::nil(), status).template;
    assert!(
        link(RequestStatus::Succeeded).is_some_and(|path| path.ends_with("/artifacts/template.ts"))
    );
    assert_eq!(link(RequestStatus::Failed), None);
}

#[test]
fn a_summary_keeps_rule_place_and_seed() {
    let mut finding = Finding::unplaced(Phase::Execution, "missing-space", 9002, "text");
    finding.seed = Some(Seed::from_u64(3));
    finding.hint = Some("hint".to_owned());
    let summary = serde_json::to_value(FindingSummary::from(&finding)).expect("JSON");
    let due = json!({
        "rule": "missing-space", "tsCode": 9002, "message": "text", "line": 0, "column": 0, "seed": "3"
    });
    assert_eq!(summary, due);
}

#[test]
fn one_dependency_down_is_unavailable() {
    let check = |status| HealthCheck {
        name: "database".to_owned(),
        status,
        detail: None,
    };
    assert_eq!(Health::of("1", Vec::new()).http_status(), 200);
    let mixed = vec![check(HealthStatus::Ok), check(HealthStatus::Unavailable)];
    assert_eq!(Health::of("1", mixed).http_status(), 503);
}
