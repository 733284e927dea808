//! Registration, refusals by name, keys and signatures.

use itemsmith_local::engine::SigningKey;
use serde_json::{Value, json};

use super::support::{KEY, Pair, TestEngine};

fn registration(extra: Value) -> Value {
    let mut function = json!({
        "id": "x-fn", "name": "fn", "triggers": [{"event": "a"}],
        "steps": {"step": {"runtime": {"type": "http", "url": "http://127.0.0.1:1/?fnId=x-fn&stepId=step"}}},
    });
    for (field, value) in extra.as_object().unwrap() {
        function[field] = value.clone();
    }
    json!({"url": "http://127.0.0.1:1/", "appName": "x", "deployType": "ping", "sdk": "js:v4.0.0",
        "v": "0.1", "functions": [function]})
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_by_name_and_changes_nothing() {
    let engine = TestEngine::start(|_| {}).await;
    for (field, value) in [
        ("throttle", json!({"limit": 1, "period": "8d"})),
        ("batchEvents", json!({"maxSize": 1, "timeout": "1s"})),
        ("concurrency", json!({"limit": 1, "scope": "account"})),
        (
            "triggers",
            json!([{"event": "a", "expression": "nonsense("}]),
        ),
        ("notYetInvented", json!(1)),
    ] {
        let (status, body) = engine
            .post("/fn/register", &registration(json!({field: value})))
            .await;
        assert_eq!(status, 400, "{field}");
        let error = body["error"].as_str().unwrap();
        assert!(error.contains("x-fn"), "{error}");
    }
    assert_eq!(engine.get("/dev").await.1["functions"], json!([]));
}

#[tokio::test]
async fn a_registration_says_whether_it_changed_anything_and_survives_a_crash() {
    let engine = TestEngine::start(|_| {}).await;
    let modified = |body: &Value| body["modified"].as_bool().unwrap();
    let (status, body) = engine.post("/fn/register", &registration(json!({}))).await;
    assert!(status == 200 && modified(&body), "{body}");
    assert!(!modified(
        &engine
            .post("/fn/register", &registration(json!({})))
            .await
            .1
    ));
    assert!(modified(
        &engine
            .post("/fn/register", &registration(json!({"name": "new"})))
            .await
            .1
    ));
    let engine = engine.crash_and_restart().await;
    assert_eq!(engine.get("/dev").await.1["functions"][0]["name"], "new");
    let kind = reqwest::Client::new()
        .post(format!("{}/fn/register", engine.origin))
        .header("x-inngest-expected-server-kind", "cloud")
        .json(&registration(json!({})))
        .send()
        .await
        .unwrap();
    assert_eq!(kind.status(), 400, "the app wanted another server");
}

#[tokio::test]
async fn with_a_signing_key_calls_are_signed_and_callers_identified() {
    let Pair { engine, app } = Pair::signed().await;
    let ids = engine
        .send(json!({"name": "t/three", "data": {"name": "signed"}}))
        .await;
    let runs = format!("/v1/events/{}/runs", ids[0]);
    assert_eq!(engine.get(&runs).await.0, 401);
    let told = engine.get("/dev").await;
    assert_eq!((told.0, &told.1["functions"]), (200, &json!([])));
    assert_eq!(
        engine
            .post("/fn/register", &registration(json!({})))
            .await
            .0,
        401
    );
    let bearer = SigningKey::new(KEY).bearer();
    let ended = super::support::eventually("the signed run ends", async || {
        let request = reqwest::Client::new().get(format!("{}{runs}", engine.origin));
        let body: Value = request
            .bearer_auth(&bearer)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        body["data"]
            .get(0)
            .filter(|run| run["status"] != "Running")
            .cloned()
    })
    .await;
    assert_eq!(ended["status"], "Completed");
    assert_eq!(app.log.of("one signed"), 1);
}
