//! Events: who may send what, and once.

use serde_json::json;

use super::support::{Pair, TestEngine, eventually};

#[tokio::test]
async fn an_id_counts_once_within_and_over_requests_and_restarts() {
    let Pair { engine, app } = Pair::start().await;
    let event = json!({"id": "order-1", "name": "t/three", "data": {"name": "dup"}});
    let both = engine.send(json!([event, event])).await;
    assert_eq!(both[0], both[1]);
    let again = engine.send(event.clone()).await;
    assert_eq!(again[0], both[0]);
    engine.ended("order-1").await;
    let engine = engine.crash_and_restart().await;
    assert_eq!(engine.send(event).await[0], both[0]);
    assert_eq!(engine.runs("order-1").await.len(), 1);
    assert_eq!(
        engine.runs(&both[0]).await.len(),
        1,
        "found by the engine's own id, too"
    );
    assert_eq!(app.log.of("one dup"), 1);
}

#[tokio::test]
async fn many_at_once_with_one_id_start_one_run() {
    let Pair { engine, app: _app } = Pair::start().await;
    let event = json!({"id": "storm", "name": "t/three", "data": {"name": "storm"}});
    let sends = (0..50).map(|_| engine.send(event.clone()));
    let ids = futures_util::future::join_all(sends).await;
    assert!(ids.iter().all(|id| id == &ids[0]));
    assert_eq!(engine.runs("storm").await.len(), 1);
}

#[tokio::test]
async fn what_inngest_refuses_is_refused() {
    let engine = TestEngine::start(|config| config.event_keys = vec!["right".into()]).await;
    for body in [
        json!({"data": {}}),
        json!({"name": ""}),
        json!({"name": "inngest/function.failed", "data": {}}),
        json!({"name": "a", "data": "text"}),
        json!({"name": "a\u{0}"}),
        json!({"name": "a", "id": "\u{0}"}),
        json!([{"name": "a"}, {"name": "b", "data": [1]}]),
        json!("a"),
        json!([1]),
    ] {
        let (status, answer) = engine.post("/e/right", &body).await;
        assert_eq!(status, 400, "{body}");
        assert!(answer["error"].is_string(), "{answer}");
    }
    let fine = json!({"name": "a"});
    assert_eq!(engine.post("/e/wrong", &fine).await.0, 401);
    assert_eq!(engine.post("/e/right", &fine).await.0, 200);
    let most: Vec<_> = (0..5000).map(|_| &fine).collect();
    assert_eq!(engine.post("/e/right", &json!(most)).await.0, 200);
    let more: Vec<_> = (0..5001).map(|_| &fine).collect();
    assert_eq!(engine.post("/e/right", &json!(more)).await.0, 400);
}

#[tokio::test]
async fn a_trigger_s_expression_is_heeded() {
    let Pair { engine, app } = Pair::start().await;
    let small = engine
        .send(json!({"name": "t/picky", "data": {"size": 2}}))
        .await;
    let none = engine.send(json!({"name": "t/picky", "data": {}})).await;
    let large = engine
        .send(json!({"name": "t/picky", "data": {"size": 3}}))
        .await;
    engine.ended(&large[0]).await;
    assert_eq!(app.log.of("picky"), 1);
    assert!(engine.runs(&small[0]).await.is_empty() && engine.runs(&none[0]).await.is_empty());
}

#[tokio::test]
async fn cron_lines_tick() {
    let Pair {
        engine: _engine,
        app,
    } = Pair::start().await;
    eventually("two ticks", async || {
        (app.log.of("tick") >= 2).then_some(())
    })
    .await;
}
