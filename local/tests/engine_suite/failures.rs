//! Attempts, back-off, final failures and who hears of them.

use std::time::{Duration, Instant};

use serde_json::json;

use super::support::{Pair, eventually};

#[tokio::test]
async fn a_step_is_tried_again_until_it_works() {
    let Pair { engine, app } = Pair::start().await;
    let run = engine.run("t/flaky", json!({"key": "k", "times": 2})).await;
    assert_eq!(run["output"], 3);
    assert_eq!(app.log.of("k failure handler"), 0);
}

#[tokio::test]
async fn a_step_that_never_works_fails_the_run_and_its_handler_hears_why() {
    let Pair { engine, app } = Pair::start().await;
    let run = engine
        .run("t/flaky", json!({"key": "never", "times": 99}))
        .await;
    assert_eq!(run["status"], "Failed");
    assert_eq!(run["output"]["message"], "attempt 3");
    assert_eq!(app.log.of("never"), 3, "one attempt and two retries");
    let data = eventually("the handler runs", async || app.log.kept("never")).await;
    assert_eq!(data["function_id"], "test-flaky");
    assert_eq!(data["run_id"], run["run_id"]);
    assert_eq!(data["error"]["name"], "Shaky");
    assert_eq!(data["event"]["name"], "t/flaky");
    assert_eq!(data["event"]["data"]["key"], "never");
}

#[tokio::test]
async fn a_fatal_failure_is_not_tried_again() {
    let Pair { engine, app } = Pair::start().await;
    let run = engine
        .run("t/flaky", json!({"key": "fatal", "fatal": true}))
        .await;
    assert_eq!(run["status"], "Failed");
    assert_eq!(run["output"]["name"], "Fatal");
    assert_eq!(app.log.of("fatal"), 1);
    eventually("the handler runs", async || app.log.kept("fatal")).await;
}

#[tokio::test]
async fn a_function_that_fails_between_steps_is_tried_again_with_its_steps_remembered() {
    let Pair { engine, app } = Pair::start().await;
    let run = engine
        .run("t/flaky", json!({"key": "thrown", "throws": true}))
        .await;
    assert_eq!(run["status"], "Completed");
    assert_eq!(app.log.of("thrown"), 1, "the step ran once");
    assert_eq!(app.log.of("thrown thrown"), 3);
}

#[tokio::test]
async fn retry_after_sets_the_wait() {
    let Pair { engine, app: _app } = Pair::start().await;
    let begun = Instant::now();
    let run = engine
        .run("t/flaky", json!({"key": "after", "times": 1, "after": 1}))
        .await;
    assert_eq!(run["output"], 2);
    // The schedule alone would have taken 20 ms.
    assert!(
        begun.elapsed() >= Duration::from_millis(950),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn a_cancelled_run_stops_and_cancelling_twice_is_no_error() {
    let Pair { engine, app } = Pair::start().await;
    let ids = engine.send(json!({"name": "t/hold", "data": {}})).await;
    eventually("it holds", async || {
        (app.log.of("hold holding") > 0).then_some(())
    })
    .await;
    let id = engine.runs(&ids[0]).await[0]["run_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1/runs/{id}");
    assert_eq!(engine.delete(&path).await, 204);
    assert_eq!(engine.delete(&path).await, 204);
    app.log.gate.notify_waiters();
    assert_eq!(engine.ended(&ids[0]).await["status"], "Cancelled");
    assert_eq!(
        engine.delete("/v1/runs/01ARZ3NDEKTSV4RRFFQ69G5FAV").await,
        404
    );
    let done = engine.run("t/three", json!({})).await;
    assert_eq!(
        engine
            .delete(&format!("/v1/runs/{}", done["run_id"].as_str().unwrap()))
            .await,
        409
    );
}

#[tokio::test]
async fn an_event_cancels_the_runs_that_it_is_about() {
    let Pair { engine, app } = Pair::start().await;
    let a = engine
        .send(json!({"name": "t/stoppable", "data": {"id": "a"}}))
        .await;
    let b = engine
        .send(json!({"name": "t/stoppable", "data": {"id": "b"}}))
        .await;
    eventually("both hold", async || {
        (app.log.of("stoppable holding") > 1).then_some(())
    })
    .await;
    engine
        .send(json!({"name": "t/stop", "data": {"id": "a"}}))
        .await;
    assert_eq!(engine.ended(&a[0]).await["status"], "Cancelled");
    app.log.gate.notify_waiters();
    assert_eq!(engine.ended(&b[0]).await["status"], "Completed");
}
