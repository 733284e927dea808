//! Steps of every kind, once each and in order.

use serde_json::{Value, json};

use super::support::{Pair, eventually};

#[tokio::test]
async fn three_steps_run_once_each_and_the_result_is_kept() {
    let Pair { engine, app } = Pair::start().await;
    let run = engine.run("t/three", json!({"name": "ada"})).await;
    assert_eq!(run["status"], "Completed");
    assert_eq!(run["output"], json!({"counts": [1, 1, 1], "name": "ada"}));
    assert_eq!(
        app.log.of("three calls"),
        4,
        "one call for each step, one for the end"
    );

    let id = run["run_id"].as_str().unwrap();
    let (_, jobs) = engine.get(&format!("/v1/runs/{id}/jobs")).await;
    let names: Vec<_> = jobs["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| &s["name"])
        .collect();
    assert_eq!(names, ["one", "two", "three"]);
    assert_eq!(jobs["calls"], json!([]), "nothing is left to do");
    let (_, actions) = engine.get(&format!("/v0/runs/{id}/actions")).await;
    assert_eq!(actions.as_object().unwrap().len(), 3);
    assert!(
        actions
            .as_object()
            .unwrap()
            .values()
            .all(|memo| memo == &json!({"data": 1}))
    );
    let (_, batch) = engine.get(&format!("/v0/runs/{id}/batch")).await;
    assert_eq!(batch[0]["data"], json!({"name": "ada"}));
}

#[tokio::test]
async fn parallel_steps_run_once_each_and_go_on_together() {
    let Pair { engine, app } = Pair::start().await;
    let run = engine.run("t/parallel", json!({})).await;
    assert_eq!(run["output"], "abc!");
    for step in ["a", "b", "c"] {
        assert_eq!(app.log.of(step), 1, "{step}");
    }
    // Plan, a, b, c, and one continuation that runs `after` at once, checkpoints it and ends.
    assert_eq!(app.log.of("parallel calls"), 5);
}

#[tokio::test]
async fn a_sleep_takes_its_time() {
    let Pair { engine, app } = Pair::start().await;
    let begun = std::time::Instant::now();
    let run = engine.run("t/nap", json!({"ms": 300})).await;
    assert_eq!(run["output"], "awake");
    assert!(begun.elapsed() >= std::time::Duration::from_millis(300));
    assert_eq!(app.log.of("nap 300"), 2, "each step around it ran once");
}

#[tokio::test]
async fn an_invoked_function_gives_its_result_or_its_error() {
    let Pair { engine, app: _app } = Pair::start().await;
    let run = engine.run("t/parent", json!({"n": 7})).await;
    assert_eq!(run["output"], json!({"child": {"seen": 7}}));
    let run = engine.run("t/parent", json!({"fail": true})).await;
    assert_eq!(
        run["output"]["error"],
        json!({"name": "ChildFailed", "message": "as asked"})
    );
    let run = engine
        .run("t/parent", json!({"function": "test-nobody"}))
        .await;
    let message = run["output"]["error"]["message"].as_str().unwrap();
    assert!(message.contains("test-nobody"), "{message}");
}

#[tokio::test]
async fn an_invocation_times_out_while_the_invoked_run_goes_on() {
    let Pair { engine, app } = Pair::start().await;
    let run = engine
        .run("t/parent", json!({"hold": true, "n": 1, "timeoutMs": 100}))
        .await;
    assert_eq!(run["status"], "Completed");
    assert_eq!(run["output"]["error"]["name"], "InngestInvokeTimeoutError");
    app.log.gate.notify_waiters();
}

#[tokio::test]
async fn a_waiting_step_gets_the_event_that_fits_and_no_other() {
    let Pair { engine, app: _app } = Pair::start().await;
    let ids = engine
        .send(json!({"name": "t/wait", "data": {"id": "a"}}))
        .await;
    waiting(&engine, &ids[0]).await;
    engine
        .send(json!({"name": "t/answer", "data": {"id": "b", "text": "not this"}}))
        .await;
    engine
        .send(json!({"name": "t/answer", "data": {"id": "a", "text": "this"}}))
        .await;
    assert_eq!(engine.ended(&ids[0]).await["output"], "this");
}

#[tokio::test]
async fn a_wait_ends_with_nothing_when_the_time_is_up() {
    let Pair { engine, app: _app } = Pair::start().await;
    let run = engine.run("t/wait", json!({"id": "a", "ms": 50})).await;
    assert_eq!(
        (&run["status"], &run["output"]),
        (&json!("Completed"), &Value::Null)
    );
}

/// Waits until the event's run has a waiting step.
pub async fn waiting(engine: &super::support::TestEngine, event: &str) {
    eventually("the step waits", async || {
        let runs = engine.runs(event).await;
        let id = runs.first()?["run_id"].as_str()?.to_owned();
        let (_, jobs) = engine.get(&format!("/v1/runs/{id}/jobs")).await;
        jobs["data"]
            .as_array()?
            .iter()
            .find(|step| step["status"] == "Waiting")
            .map(|_| ())
    })
    .await;
}
