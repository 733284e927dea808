//! Checkpoints: steps reported while their call goes on.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use serde_json::{Value, json};
use tokio::sync::Notify;

use super::{
    support::{TestEngine, eventually},
    wire_app::{Called, WireApp, ops, ran},
};

/// Sends a checkpoint and gives the status.
async fn checkpoint(origin: &str, called: &Called, steps: Value) -> u16 {
    post(origin, called.run_id(), &called.checkpoint(steps)).await
}

async fn post(origin: &str, run: &str, body: &Value) -> u16 {
    let url = format!("{origin}/v1/checkpoint/{run}/async");
    let response = reqwest::Client::new().post(url).json(body).send().await;
    response.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_run_whose_steps_are_checkpointed_takes_one_call() {
    let engine = TestEngine::start(|_| {}).await;
    let origin = engine.origin.clone();
    let app = WireApp::start(move |called| {
        let origin = origin.clone();
        async move {
            assert_eq!(
                checkpoint(&origin, &called, json!([ran("a", &json!(1))])).await,
                200
            );
            // The same again, and the next with it: a client that lost the answer.
            let both = json!([ran("a", &json!("changed")), ran("b", &json!(2))]);
            assert_eq!(checkpoint(&origin, &called, both).await, 200);
            // The last answer repeats what was checkpointed.
            ops(json!([ran("b", &json!(2)), ran("c", &json!(3)),
                {"id": "end", "op": "RunComplete", "data": "done"}]))
        }
    })
    .await;
    app.register(&engine, 0).await;
    let run = engine.run("t/wire", json!({})).await;
    assert_eq!(
        (&run["status"], &run["output"]),
        (&json!("Completed"), &json!("done"))
    );
    assert_eq!(app.calls().len(), 1);
    let id = run["run_id"].as_str().unwrap();
    let (_, memos) = engine.get(&format!("/v0/runs/{id}/actions")).await;
    assert_eq!(
        memos,
        json!({"a": {"data": 1}, "b": {"data": 2}, "c": {"data": 3}})
    );
}

#[tokio::test]
async fn a_wait_after_checkpointed_steps_is_followed_by_one_call() {
    let engine = TestEngine::start(|_| {}).await;
    let origin = engine.origin.clone();
    let app = WireApp::start(move |called| {
        let origin = origin.clone();
        async move {
            if called.memo("s").is_some() {
                return (200, json!("done"));
            }
            let steps = json!([ran("a", &json!(1))]);
            assert_eq!(checkpoint(&origin, &called, steps).await, 200);
            ops(json!([{"id": "s", "op": "Sleep", "name": "20ms", "opts": {}}]))
        }
    })
    .await;
    app.register(&engine, 0).await;
    let run = engine.run("t/wire", json!({})).await;
    assert_eq!(run["output"], "done");
    assert_eq!(app.calls().len(), 2);
}

#[tokio::test]
async fn a_call_tells_what_a_checkpoint_needs() {
    let engine = TestEngine::start(|_| {}).await;
    let app = WireApp::start(|_| async { (200, json!(null)) }).await;
    app.register(&engine, 0).await;
    engine.run("t/wire", json!({})).await;
    let called = &app.calls()[0];
    assert!(called.body["ctx"]["qi_id"].is_string());
    assert!(called.body["ctx"]["fn_id"].is_string());
    assert_eq!(called.body["ctx"]["disable_immediate_execution"], false);
    assert!(called.headers.contains_key("x-request-id"));
    assert_eq!(called.headers["x-inngest-generation-id"], "0");
    assert_eq!(called.step, "step");
}

#[tokio::test]
async fn a_crash_between_a_checkpoint_and_the_end_runs_no_checkpointed_step_again() {
    let mut engine = TestEngine::start(|_| {}).await;
    let (origin, held) = (engine.origin.clone(), Arc::new(Notify::new()));
    let gate = Arc::clone(&held);
    let app = WireApp::start(move |called| {
        let (origin, gate) = (origin.clone(), Arc::clone(&gate));
        async move {
            if called.memo("a").is_none() {
                assert_eq!(
                    checkpoint(&origin, &called, json!([ran("a", &json!(1))])).await,
                    200
                );
                gate.notify_one();
                // The engine dies meanwhile.
                std::future::pending::<()>().await;
            }
            (200, called.memo("a").cloned().unwrap())
        }
    })
    .await;
    app.register(&engine, 0).await;
    let ids = engine.send(json!({"name": "t/wire"})).await;
    held.notified().await;
    engine = engine.crash_and_restart().await;
    let run = engine.ended(&ids[0]).await;
    assert_eq!(run["output"], json!({"data": 1}));
    let calls = app.calls();
    assert_eq!(calls.len(), 2);
    // The call from before the crash was given up: it is told to stop, its step is kept.
    let late = checkpoint(&engine.origin, &calls[0], json!([ran("b", &json!(2))])).await;
    assert_eq!(late, 409);
}

#[tokio::test]
async fn a_call_that_dies_after_a_checkpoint_goes_on_from_it_with_all_its_attempts() {
    let engine = TestEngine::start(|_| {}).await;
    let origin = engine.origin.clone();
    let app = WireApp::start(move |called| {
        let origin = origin.clone();
        async move {
            let failed = (500, json!({"name": "Broken", "message": "died"}));
            match (called.memo("a"), called.memo("b"), called.attempt()) {
                // The second attempt, its last: it runs a step and dies.
                (None, _, 1) => {
                    let steps = json!([ran("a", &json!(1))]);
                    assert_eq!(checkpoint(&origin, &called, steps).await, 200);
                    failed
                }
                (Some(_), None, 1) => {
                    let steps = json!([ran("b", &json!(2))]);
                    assert_eq!(checkpoint(&origin, &called, steps).await, 200);
                    failed
                }
                (_, Some(_), 1) => (200, json!("done")),
                _ => failed,
            }
        }
    })
    .await;
    app.register(&engine, 1).await;
    let run = engine.run("t/wire", json!({})).await;
    assert_eq!(run["output"], "done", "{run}");
    let attempts: Vec<u64> = app.calls().iter().map(Called::attempt).collect();
    assert_eq!(attempts, [0, 1, 1, 1]);
}

#[tokio::test]
async fn a_call_that_was_given_up_is_told_to_stop_and_its_step_is_kept() {
    let engine = TestEngine::start(|config| {
        config.call_timeout = std::time::Duration::from_millis(300);
    })
    .await;
    let origin = engine.origin.clone();
    let (seen, late) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let status = Arc::clone(&late);
    let app = WireApp::start(move |called| {
        let (origin, seen, status) = (origin.clone(), Arc::clone(&seen), Arc::clone(&status));
        async move {
            if seen.fetch_add(1, Ordering::SeqCst) == 0 {
                let (status, called) = (Arc::clone(&status), called.clone());
                // In a task of its own: the engine hangs up on the call.
                tokio::spawn(async move {
                    while seen.load(Ordering::SeqCst) < 2 {
                        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                    }
                    let told = checkpoint(&origin, &called, json!([ran("a", &json!(1))])).await;
                    status.store(u32::from(told), Ordering::SeqCst);
                });
                std::future::pending::<()>().await;
            }
            while status.load(Ordering::SeqCst) == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            // It was called without the step, runs it itself and reports it.
            match called.memo("a") {
                None => ops(json!([ran("a", &json!("twice"))])),
                Some(memo) => (200, memo.clone()),
            }
        }
    })
    .await;
    app.register(&engine, 3).await;
    let run = engine.run("t/wire", json!({})).await;
    assert_eq!(late.load(Ordering::SeqCst), 409);
    assert_eq!(run["output"], json!({"data": 1}), "the first result counts");
}

#[tokio::test]
async fn a_checkpoint_of_a_run_that_is_over_is_told_to_stop() {
    let engine = TestEngine::start(|_| {}).await;
    let app = WireApp::start(|_| std::future::pending()).await;
    app.register(&engine, 0).await;
    let ids = engine.send(json!({"name": "t/wire"})).await;
    let called = eventually("it is called", async || app.calls().into_iter().next()).await;
    let run = called.run_id().to_owned();
    assert_eq!(engine.delete(&format!("/v1/runs/{run}")).await, 204);
    let status = checkpoint(&engine.origin, &called, json!([ran("a", &json!(1))])).await;
    assert_eq!(status, 409);
    assert_eq!(engine.ended(&ids[0]).await["status"], "Cancelled");
    let (_, memos) = engine.get(&format!("/v0/runs/{run}/actions")).await;
    assert_eq!(memos, json!({}), "nothing is added to a run that is over");
}

#[tokio::test]
async fn what_a_checkpoint_cannot_do_is_refused_and_changes_nothing() {
    let engine = TestEngine::start(|_| {}).await;
    let app = WireApp::start(|_| std::future::pending()).await;
    app.register(&engine, 0).await;
    engine.send(json!({"name": "t/wire"})).await;
    let called = eventually("it is called", async || app.calls().into_iter().next()).await;
    let (origin, run) = (&engine.origin, called.run_id().to_owned());
    let sleep =
        json!([ran("a", &json!(1)), {"id": "s", "op": "Sleep", "opts": {"duration": "1s"}}]);
    assert_eq!(checkpoint(origin, &called, sleep).await, 400);
    let mut other = called.checkpoint(json!([ran("a", &json!(1))]));
    other["fn_id"] = json!("00000000-0000-0000-0000-000000000000");
    assert_eq!(post(origin, &run, &other).await, 400);
    assert_eq!(post(origin, &run, &json!("nonsense")).await, 400);
    let body = called.checkpoint(json!([]));
    assert_eq!(post(origin, "01ARZ3NDEKTSV4RRFFQ69G5FAV", &body).await, 404);
    let (_, memos) = engine.get(&format!("/v0/runs/{run}/actions")).await;
    assert_eq!(memos, json!({}));
    let large = json!([ran("a", &json!("x".repeat(4 * 1024 * 1024)))]);
    assert_eq!(checkpoint(origin, &called, large).await, 400);
    let (status, body) = engine.post("/v1/checkpoint", &json!({})).await;
    assert_eq!(status, 501, "{body}");
}

#[tokio::test]
async fn a_checkpoint_needs_the_signing_key_when_one_is_set() {
    let key = "signkey-test-0123456789abcdef0123456789abcdef";
    let engine = TestEngine::start(|config| {
        config.signing_key = Some(itemsmith_local::engine::SigningKey::new(key));
    })
    .await;
    let path = "/v1/checkpoint/01ARZ3NDEKTSV4RRFFQ69G5FAV/async";
    assert_eq!(engine.post(path, &json!({"steps": []})).await.0, 401);
}
