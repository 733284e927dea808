//! Keys, bodies, methods and pages.

use serde_json::json;

use crate::support::{KEY, Service, check_request, source};

#[tokio::test]
async fn every_refusal_is_typed() {
    let service = Service::start(&[]);
    let good = source("export {};").to_string();
    let unauthorized = |header: Option<&str>| {
        let mut request = check_request(good.clone()).body_of();
        request.headers_mut().remove("authorization");
        if let Some(value) = header {
            request
                .headers_mut()
                .insert("authorization", value.parse().expect("a header"));
        }
        request
    };
    for header in [
        None,
        Some("Bearer wrong"),
        Some(KEY),
        Some("Bearer the-key-of-these-test"),
    ] {
        let answer = service.send(unauthorized(header)).await;
        assert_eq!(answer.problem(), (401, "unauthorized"), "{header:?}");
        assert!(answer.headers.contains_key("www-authenticate"));
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }

    for (body, problem) in [
        ("", (400, "malformed_json")),
        ("{", (400, "malformed_json")),
        (
            r#"{"source":"a","allowedWidgets":[]} x"#,
            (400, "malformed_json"),
        ),
        (r#"{"source":"a"}"#, (422, "invalid_request")),
        (
            r#"{"source":"a","allowedWidgets":[],"colour":1}"#,
            (422, "invalid_request"),
        ),
        (
            r#"{"source":"a","source":"b","allowedWidgets":[]}"#,
            (422, "invalid_request"),
        ),
        (
            r#"{"source":"a","allowedWidgets":[],"seeds":[1]}"#,
            (422, "invalid_request"),
        ),
        (
            r#"{"source":"a","allowedWidgets":[],"seeds":["-1"]}"#,
            (422, "invalid_request"),
        ),
        (
            r#"{"source":"a","allowedWidgets":[],"contract":"nobody"}"#,
            (422, "invalid_request"),
        ),
        (
            r#"{"source":"a","allowedWidgets":[],"sourceItem":[]}"#,
            (422, "invalid_request"),
        ),
        (
            r#"{"source":"\ud800","allowedWidgets":[]}"#,
            (400, "malformed_json"),
        ),
    ] {
        let answer = service.send(check_request(body.to_owned()).body_of()).await;
        assert_eq!(answer.problem(), problem, "{body}: {}", answer.text);
    }
    let mut text = check_request(good.clone()).body_of();
    text.headers_mut()
        .insert("content-type", "text/plain".parse().expect("a header"));
    assert_eq!(
        service.send(text).await.problem(),
        (415, "unsupported_media_type")
    );
    let packed = check_request(good.clone())
        .header("content-encoding", "gzip")
        .body_of();
    assert_eq!(
        service.send(packed).await.problem(),
        (415, "unsupported_media_type")
    );

    let answer = service.get("/v1/check").await;
    assert_eq!(answer.problem(), (405, "method_not_allowed"));
    assert_eq!(answer.headers["allow"], "POST");
    assert_eq!(service.get("/nothing").await.problem(), (404, "not_found"));
    assert_eq!(
        service.get("/v1/contracts/nobody").await.problem(),
        (404, "not_found")
    );

    let page = service.get("/errors/compiler_lost").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("send the check again"), "{}", page.text);
    assert_eq!(
        service.check(&source("export {};")).await.status,
        200,
        "still served"
    );
}

#[tokio::test]
async fn a_body_is_refused_at_one_byte_over() {
    let service = Service::start(&[]);
    let of = |length: usize| {
        let empty = json!({ "source": "", "allowedWidgets": [] }).to_string();
        let source = "a".repeat(length - empty.len());
        json!({ "source": source, "allowedWidgets": [] }).to_string()
    };
    let limit = itemsmith_checker::server::MAX_BODY;
    let at = service.send(check_request(of(limit)).body_of()).await;
    assert_eq!(at.codes(), [9004], "a source above 64 KiB is a finding");
    // The service answers without reading on, so the client may see a broken pipe instead.
    if let Ok(over) = service
        .try_send(check_request(of(limit + 1)).body_of())
        .await
    {
        assert_eq!(over.problem(), (413, "body_too_large"));
    }
    let over = check_request("").header("content-length", &(limit + 1).to_string());
    if let Ok(over) = service.try_send(over.body_of()).await {
        assert!([400, 413].contains(&over.status), "{}", over.status);
    }
    assert_eq!(
        service.check(&source("export {};")).await.status,
        200,
        "still served"
    );
}

#[tokio::test]
async fn what_the_service_says_of_itself() {
    let service = Service::start(&[]);
    assert_eq!(service.get("/health").await.status, 200);
    let ready = service.get("/ready").await;
    assert_eq!((ready.status, &ready.json["ready"]), (200, &json!(true)));
    assert_eq!(ready.json["engine"], "native");
    assert_eq!(ready.json["versions"]["compiler"], "7.0.2");

    let listed = service.get("/v1/contracts").await.json;
    let pack = &listed["contracts"][0];
    assert_eq!(
        (&pack["name"], &pack["default"]),
        (&json!("default"), &json!(true))
    );
    let widgets = pack["widgets"].as_array().expect("a list");
    assert!(widgets.contains(&json!("dotPlot")), "{widgets:?}");

    let text = service
        .get("/v1/contracts/default?widgets=dotPlot,video")
        .await
        .json;
    let modules = text["modules"].as_array().expect("modules");
    assert_eq!(modules[0]["specifier"], "@/core/content");
    assert_eq!(modules[modules.len() - 1]["specifier"], "@/widgets/dotPlot");
    assert_eq!(text["undescribed"], json!(["video"]));
    assert!(
        text["seedHelper"]
            .as_str()
            .is_some_and(|t| t.contains("createSeededRandom"))
    );
    let unknown = service.get("/v1/contracts/default?widgets=radar").await;
    assert_eq!(unknown.problem(), (422, "invalid_request"));

    service
        .check(&source("export const a: number = 'x';"))
        .await;
    let metrics = service.get("/metrics").await.text;
    let line = "itemsmith_checker_verdicts_total{status=\"typecheck_failed\"} 1";
    assert!(metrics.contains(line), "{metrics}");
    assert!(
        metrics.contains("problems_total{code=\"invalid_request\"} 1"),
        "{metrics}"
    );
}

#[tokio::test]
async fn logs_carry_the_caller_s_ids_and_never_the_key() {
    let service = Service::start(&[]);
    let request = check_request(source("export {};").to_string())
        .header("x-request-id", "request-7")
        .header("x-run-id", "run-8")
        .header("x-iteration", "3");
    let answer = service.send(request.body_of()).await;
    assert_eq!(answer.headers["x-request-id"], "request-7");
    let line = crate::support::wait_for("the verdict's log line", || {
        let log = service.log.lock().expect("no panic under the lock");
        log.iter()
            .find(|line| line["message"] == "verdict")
            .cloned()
    })
    .await;
    let span = &line["span"];
    assert_eq!(
        (&span["requestId"], &span["runId"], &span["iteration"]),
        (&json!("request-7"), &json!("run-8"), &json!("3"))
    );
    let log = service.log.lock().expect("no panic under the lock");
    assert!(log.iter().all(|line| !line.to_string().contains(KEY)));
}
