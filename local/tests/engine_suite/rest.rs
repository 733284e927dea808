//! What tools and SDKs ask of the REST routes, and how large a run may become.

use serde_json::{Value, json};

use super::{
    support::{Pair, TestEngine, eventually},
    wire_app::{Called, WireApp, ops, ran},
};

#[tokio::test]
async fn events_are_shown_one_by_one_and_as_a_list() {
    let engine = TestEngine::start(|_| {}).await;
    let ids = engine
        .send(json!([{"name": "a", "data": {"n": 1}}, {"name": "b", "id": "mine"}, {"name": "a"}]))
        .await;
    let (status, body) = engine.get(&format!("/v1/events/{}", ids[0])).await;
    assert_eq!((status, &body["data"]["data"]), (200, &json!({"n": 1})));
    assert_eq!(body["data"]["internal_id"], json!(ids[0]));
    let (_, body) = engine.get("/v1/events/mine").await;
    assert_eq!(body["data"]["internal_id"], json!(ids[1]));
    assert_eq!(engine.get("/v1/events/nobody").await.0, 404);
    let listed = async |path: &str| {
        let (_, body) = engine.get(path).await;
        let list = body["data"].as_array().unwrap().clone();
        list.into_iter()
            .map(|event| event["name"].clone())
            .collect::<Vec<Value>>()
    };
    assert_eq!(listed("/v1/events?name=a").await, ["a", "a"]);
    assert_eq!(listed("/v1/events?limit=1").await.len(), 1);
    assert!(engine.get("/v1/events").await.1["metadata"]["fetched_at"].is_string());
}

#[tokio::test]
async fn a_repeated_request_with_its_seed_sends_its_events_once() {
    let Pair { engine, app: _app } = Pair::start().await;
    let send = async || {
        let body = json!([{"name": "t/once", "data": {}}, {"name": "t/once", "data": {}}]);
        let sent = reqwest::Client::new()
            .post(format!("{}/e/test", engine.origin))
            .header("x-inngest-event-id-seed", "1795464909736,AAAAAAAAAAAAAA==")
            .json(&body)
            .send()
            .await
            .unwrap();
        sent.json::<Value>().await.unwrap()["ids"].clone()
    };
    let first = send().await;
    assert_ne!(first[0], first[1]);
    assert_eq!(send().await, first);
    let (_, body) = engine.get("/v1/events?name=t/once").await;
    assert_eq!(body["data"].as_array().unwrap().len(), 2);
    assert_eq!(body["data"][0]["id"], body["data"][0]["internal_id"]);
}

#[tokio::test]
async fn a_cancellation_stops_the_runs_that_it_is_about() {
    let Pair { engine, app } = Pair::start().await;
    let a = engine
        .send(json!({"name": "t/hold", "data": {"id": "a"}}))
        .await;
    let b = engine
        .send(json!({"name": "t/hold", "data": {"id": "b"}}))
        .await;
    eventually("both hold", async || {
        (app.log.of("hold holding") > 1).then_some(())
    })
    .await;
    let (_, dev) = engine.get(&format!("/v1/events/{}", b[0])).await;
    let before = dev["metadata"]["fetched_at"].clone();
    let cancel = async |body: Value| engine.post("/v1/cancellations", &body).await;
    let wanted = json!({"app_id": "test", "function_id": "hold",
        "started_after": "2020-01-01T00:00:00Z", "started_before": before,
        "if": "event.data.id == 'a'"});
    let (status, body) = cancel(wanted.clone()).await;
    assert_eq!(
        (status, &body["data"]["function_slug"]),
        (200, &json!("test-hold"))
    );
    assert_eq!(engine.ended(&a[0]).await["status"], "Cancelled");
    for (field, value, expected) in [
        ("function_id", "nobody", 404),
        ("started_before", "2099-01-01T00:00:00Z", 400),
        ("started_before", "2019-01-01T00:00:00Z", 400),
        ("if", "event.data.(", 400),
    ] {
        let mut wrong = wanted.clone();
        wrong[field] = json!(value);
        let (status, body) = cancel(wrong).await;
        assert_eq!(status, expected, "{field}: {body}");
    }
    app.log.gate.notify_waiters();
    assert_eq!(engine.ended(&b[0]).await["status"], "Completed");
}

#[tokio::test]
async fn what_is_not_built_says_so() {
    let Pair { engine, app: _app } = Pair::start().await;
    let (status, body) = engine.get("/v1/apps/test/functions").await;
    assert_eq!(status, 200);
    assert!(body["data"].to_string().contains("test-hold"), "{body}");
    assert_eq!(engine.get("/v1/apps/nobody/functions").await.0, 404);
    for path in [
        "/v1/realtime/token",
        "/v1/runs/x/metadata",
        "/v1/checkpoint",
    ] {
        let (status, body) = engine.post(path, &json!({})).await;
        assert_eq!(status, 501, "{path}");
        assert!(
            body["error"].as_str().unwrap().contains("not supported"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_run_that_grows_too_large_or_too_long_fails_in_inngests_words() {
    let engine = TestEngine::start(|_| {}).await;
    let app = WireApp::start(|called: Called| async move {
        let count = called.body["ctx"]["stack"]["current"].as_u64().unwrap();
        match called.body["event"]["data"]["how"].as_str().unwrap() {
            "steps" => {
                let steps = (0..=1000).map(|n| ran(&format!("s{n}"), &json!(n)));
                ops(json!(steps.collect::<Vec<_>>()))
            }
            "output" => ops(json!([ran("big", &json!("x".repeat(4 * 1024 * 1024)))])),
            _ => {
                let large = json!("x".repeat(4 * 1024 * 1024 - 1024));
                ops(json!([ran(&format!("s{count}"), &large)]))
            }
        }
    })
    .await;
    app.register(&engine, 0).await;
    for (how, name, message) in [
        (
            "steps",
            "InngestErrFunctionOverflowed",
            "The function run exceeded the step limit of 1000 steps.",
        ),
        (
            "output",
            "Error",
            "step output size is greater than the limit",
        ),
        (
            "state",
            "InngestErrStateOverflowed",
            "The function run exceeded the state size limit of 33554432 bytes.",
        ),
    ] {
        let run = engine.run("t/wire", json!({"how": how})).await;
        assert_eq!(run["status"], "Failed", "{how}");
        assert_eq!(
            (&run["output"]["name"], &run["output"]["message"]),
            (&json!(name), &json!(message))
        );
    }
    // Near 4 MB of state the app is told to fetch it; the first event comes all the same.
    let told = app
        .calls()
        .into_iter()
        .find(|called| called.body["use_api"] == true)
        .unwrap();
    assert_eq!(told.body["event"]["name"], "t/wire");
    assert_eq!(told.body["steps"], json!({}));
}
