//! Steps that wait for a signal, and signals that are sent.

use serde_json::{Value, json};

use super::{
    steps::waiting,
    support::TestEngine,
    wire_app::{Called, WireApp, ops},
};

/// Waits for the signal that the event names and gives what it got.
async fn app(engine: &TestEngine) -> WireApp {
    let app = WireApp::start(|called: Called| async move {
        let data = &called.body["event"]["data"];
        match called.memo("w") {
            Some(memo) => (200, memo.clone()),
            None => ops(
                json!([{"id": "w", "op": "WaitForSignal", "name": data["signal"],
                "opts": {"signal": data["signal"], "timeout": data["timeout"],
                    "conflict": data["conflict"]}}]),
            ),
        }
    })
    .await;
    app.register(engine, 0).await;
    app
}

/// Starts a run that waits.
async fn start(engine: &TestEngine, signal: &str, timeout: &str, conflict: Value) -> String {
    let data = json!({"signal": signal, "timeout": timeout, "conflict": conflict});
    let ids = engine.send(json!({"name": "t/wire", "data": data})).await;
    ids.into_iter().next().unwrap()
}

async fn signal(engine: &TestEngine, signal: &str, data: Value) -> (u16, Value) {
    let body = json!({"signal": signal, "data": data});
    engine.post("/v1/signals", &body).await
}

#[tokio::test]
async fn a_signal_wakes_the_step_that_waits_for_it_once_also_after_a_crash() {
    let engine = TestEngine::start(|_| {}).await;
    let _app = app(&engine).await;
    let event = start(&engine, "go", "1h", Value::Null).await;
    waiting(&engine, &event).await;
    assert_eq!(signal(&engine, "other", json!(1)).await.0, 404);
    let engine = engine.crash_and_restart().await;
    let run = engine.runs(&event).await[0]["run_id"].clone();
    let (status, body) = signal(&engine, "go", json!({"n": 1})).await;
    assert_eq!((status, &body["data"]["run_id"]), (200, &run));
    let run = engine.ended(&event).await;
    assert_eq!(
        run["output"],
        json!({"data": {"signal": "go", "data": {"n": 1}}})
    );
    let (status, body) = signal(&engine, "go", json!(2)).await;
    assert_eq!((status, &body["error"]), (404, &json!("No signal found")));
}

#[tokio::test]
async fn a_wait_for_a_signal_ends_with_nothing_when_the_time_is_up() {
    let engine = TestEngine::start(|_| {}).await;
    let _app = app(&engine).await;
    let event = start(&engine, "late", "50ms", Value::Null).await;
    let run = engine.ended(&event).await;
    assert_eq!(
        (&run["status"], &run["output"]),
        (&json!("Completed"), &Value::Null)
    );
    assert_eq!(signal(&engine, "late", json!(1)).await.0, 404);
}

#[tokio::test]
async fn a_signal_is_waited_for_by_one_step_which_another_replaces_only_if_asked_to() {
    let engine = TestEngine::start(|_| {}).await;
    let _app = app(&engine).await;
    let first = start(&engine, "one", "2s", Value::Null).await;
    waiting(&engine, &first).await;
    let second = start(&engine, "one", "1h", json!("fail")).await;
    let run = engine.ended(&second).await;
    assert_eq!(run["status"], "Failed");
    assert_eq!(
        run["output"]["message"],
        "Signal conflict; signal wait already exists for another run"
    );
    let third = start(&engine, "one", "1h", json!("replace")).await;
    waiting(&engine, &third).await;
    // Who holds it is remembered.
    let engine = engine.crash_and_restart().await;
    assert_eq!(signal(&engine, "one", json!(3)).await.0, 200);
    let run = engine.ended(&third).await;
    assert_eq!(run["output"]["data"]["data"], 3);
    assert_eq!(engine.ended(&first).await["output"], Value::Null);
}

#[tokio::test]
async fn a_run_that_is_over_lets_go_of_its_signal() {
    let engine = TestEngine::start(|_| {}).await;
    let _app = app(&engine).await;
    let event = start(&engine, "gone", "1h", Value::Null).await;
    waiting(&engine, &event).await;
    let run = engine.runs(&event).await[0]["run_id"].clone();
    let path = format!("/v1/runs/{}", run.as_str().unwrap());
    assert_eq!(engine.delete(&path).await, 204);
    assert_eq!(signal(&engine, "gone", json!(1)).await.0, 404);
}
