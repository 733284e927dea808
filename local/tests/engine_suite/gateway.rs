//! Requests that steps leave to the engine: model calls and fetches.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Notify;

use super::{
    support::{TestEngine, eventually},
    wire_app::{Called, WireApp, ops, ran},
};

const KEY: &str = "sk-very-secret-0123456789";

/// A function whose one step is a model call to the event's URL, alone or with a planned step.
async fn app(engine: &TestEngine, retries: u32) -> WireApp {
    let app = WireApp::start(|called: Called| async move {
        let data = &called.body["event"]["data"];
        if called.step == "beside" {
            return ops(json!([ran("beside", &json!("ran"))]));
        }
        if let Some(memo) = called.memo("infer") {
            return (200, json!({"infer": memo, "beside": called.memo("beside")}));
        }
        let infer = json!({"id": "infer", "op": "AIGateway", "displayName": "infer", "opts": {
            "type": "step.ai.infer", "url": data["url"], "auth_key": KEY,
            "format": "openai-chat", "headers": {"x-api-token": KEY}, "body": {"model": "m"}}});
        let planned = json!({"id": "beside", "op": "StepPlanned", "displayName": "beside"});
        if data["beside"] == true {
            return ops(json!([infer, planned]));
        }
        ops(json!([infer]))
    })
    .await;
    app.register(engine, retries).await;
    app
}

/// Everything the engine tells of the event's run, and what it has written.
async fn everything(engine: &TestEngine, run: &Value) -> String {
    let id = run["run_id"].as_str().unwrap();
    let (_, jobs) = engine.get(&format!("/v1/runs/{id}/jobs")).await;
    let (_, memos) = engine.get(&format!("/v0/runs/{id}/actions")).await;
    let (client, connection) =
        tokio_postgres::connect(&engine.config.database_url, tokio_postgres::NoTls)
            .await
            .unwrap();
    tokio::spawn(connection);
    let mut all = format!("{run} {jobs} {memos}");
    for table in ["steps", "runs", "jobs", "events"] {
        let query = format!("SELECT row_to_json(t)::text FROM engine.{table} t");
        for row in client.query(&query, &[]).await.unwrap() {
            all.push_str(row.get(0));
        }
    }
    all
}

#[tokio::test]
async fn the_engine_calls_the_model_and_keeps_nothing_of_the_credential() {
    let engine = TestEngine::start(|_| {}).await;
    let model = WireApp::start(|_| async { (200, json!({"said": KEY, "choices": [1]})) }).await;
    let _app = app(&engine, 0).await;
    let run = engine.run("t/wire", json!({"url": model.url})).await;
    let said = json!({"data": {"said": "[redacted]", "choices": [1]}});
    assert_eq!(run["output"]["infer"], said);
    let asked = &model.calls()[0];
    assert_eq!(asked.headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(asked.headers["x-api-token"], KEY);
    assert_eq!(asked.body, json!({"model": "m"}));
    let all = everything(&engine, &run).await;
    assert!(!all.contains(KEY), "{all}");
    assert!(
        all.contains("[redacted]"),
        "the step's input is shown without it"
    );
}

#[tokio::test]
async fn a_model_that_fails_is_called_again_and_its_last_error_is_the_steps() {
    let engine = TestEngine::start(|_| {}).await;
    let model =
        WireApp::start(|_| async { (429, json!({"error": format!("slow down, {KEY}")})) }).await;
    let _app = app(&engine, 2).await;
    let run = engine.run("t/wire", json!({"url": model.url})).await;
    assert_eq!(model.calls().len(), 3, "one attempt and two retries");
    let error = &run["output"]["infer"]["error"];
    assert_eq!(error["name"], "AIGatewayError");
    assert_eq!(
        error["message"],
        "Error making AI request: unsuccessful status code: 429"
    );
    assert_eq!(error["stack"], r#"{"error":"slow down, [redacted]"}"#);
    let all = everything(&engine, &run).await;
    assert!(!all.contains(KEY), "{all}");
}

#[tokio::test]
async fn a_model_call_under_way_when_the_engine_dies_is_made_again() {
    let engine = TestEngine::start(|_| {}).await;
    let (asked, seen) = (Arc::new(Notify::new()), Arc::new(std::sync::Mutex::new(0)));
    let told = Arc::clone(&asked);
    let model = WireApp::start(move |_| {
        let (told, seen) = (Arc::clone(&told), Arc::clone(&seen));
        async move {
            let count = {
                let mut seen = seen.lock().unwrap();
                *seen += 1;
                *seen
            };
            told.notify_one();
            if count == 1 {
                std::future::pending::<()>().await;
            }
            (200, json!(count))
        }
    })
    .await;
    let _app = app(&engine, 0).await;
    let ids = engine
        .send(json!({"name": "t/wire", "data": {"url": model.url}}))
        .await;
    asked.notified().await;
    let engine = engine.crash_and_restart().await;
    let run = engine.ended(&ids[0]).await;
    assert_eq!(run["output"]["infer"], json!({"data": 2}));
}

#[tokio::test]
async fn steps_beside_a_model_call_do_not_wait_for_it() {
    let engine = TestEngine::start(|_| {}).await;
    let gate = Arc::new(Notify::new());
    let held = Arc::clone(&gate);
    let model = WireApp::start(move |_| {
        let held = Arc::clone(&held);
        async move {
            held.notified().await;
            (200, json!("said"))
        }
    })
    .await;
    let app = app(&engine, 0).await;
    let data = json!({"url": model.url, "beside": true});
    let ids = engine.send(json!({"name": "t/wire", "data": data})).await;
    eventually(
        "the step beside runs while the model is asked",
        async || {
            app.calls()
                .iter()
                .find(|called| called.step == "beside")
                .map(|_| ())
        },
    )
    .await;
    eventually("the model is asked", async || {
        model.calls().first().map(|_| ())
    })
    .await;
    gate.notify_one();
    let run = engine.ended(&ids[0]).await;
    let expected = json!({"infer": {"data": "said"}, "beside": {"data": "ran"}});
    assert_eq!(run["output"], expected);
    assert_eq!(
        app.calls().len(),
        3,
        "plan, the step beside, and one continuation"
    );
}

#[tokio::test]
async fn a_fetch_gives_status_headers_and_body_whatever_the_status() {
    let engine = TestEngine::start(|_| {}).await;
    let site = WireApp::start(|_| async { (404, json!("not here")) }).await;
    let url = site.url.clone();
    let app = WireApp::start(move |called: Called| {
        let url = url.clone();
        async move {
            match (called.memo("get"), called.memo("bad")) {
                (None, _) => ops(json!([{"id": "get", "op": "Gateway",
                    "opts": {"url": url, "method": "PUT", "headers": {"x-mine": "1"}, "body": "{}"}}])),
                (_, None) => ops(json!([{"id": "bad", "op": "Gateway",
                    "opts": {"url": "file:///etc/passwd", "method": "GET"}}])),
                (get, bad) => (200, json!({"get": get, "bad": bad})),
            }
        }
    })
    .await;
    app.register(&engine, 3).await;
    let run = engine.run("t/wire", json!({})).await;
    let got = &run["output"]["get"]["data"];
    assert_eq!(
        (&got["status_code"], &got["body"]),
        (&json!(404), &json!("\"not here\""))
    );
    assert_eq!(got["headers"]["x-inngest-sdk"], "test:v1");
    assert_eq!(site.calls()[0].headers["x-mine"], "1");
    assert_eq!(run["output"]["bad"]["error"]["name"], "GatewayError");
}

#[tokio::test]
async fn what_ran_beside_a_request_that_ends_at_once_is_not_lost() {
    let engine = TestEngine::start(|_| {}).await;
    let app = WireApp::start(|called: Called| async move {
        if called.memo("bad").is_some() {
            return (200, json!({"beside": called.memo("beside")}));
        }
        let bad = json!({"id": "bad", "op": "Gateway", "opts": {"url": "file:///x"}});
        ops(json!([bad, ran("beside", &json!("ran"))]))
    })
    .await;
    app.register(&engine, 0).await;
    // Again and again: it is a matter of which of two messages is seen first.
    for _ in 0..20 {
        let run = engine.run("t/wire", json!({})).await;
        assert_eq!(run["output"]["beside"], json!({"data": "ran"}));
    }
}

#[tokio::test]
async fn an_address_that_needs_tls_is_refused_once_and_by_name() {
    let engine = TestEngine::start(|_| {}).await;
    let app = app(&engine, 3).await;
    let run = engine
        .run("t/wire", json!({"url": "https://127.0.0.1:1/v1"}))
        .await;
    let error = run["output"]["infer"]["error"]["message"].as_str().unwrap();
    assert!(error.contains("http only"), "{error}");
    assert_eq!(
        app.calls().len(),
        2,
        "no retry: the step's call and the next"
    );
}
