//! Concurrency and idempotency.

use serde_json::json;

use super::{
    support::{Pair, TestEngine, eventually},
    wire_app::WireApp,
};

#[tokio::test]
async fn no_more_calls_at_once_than_a_function_allows() {
    let Pair { engine, app } = Pair::start().await;
    let events: Vec<_> = (0..6)
        .map(|_| json!({"name": "t/narrow", "data": {}}))
        .collect();
    let ids = engine.send(json!(events)).await;
    let ended = eventually("all end", async || {
        app.log.gate.notify_waiters();
        let mut ended = 0;
        for id in &ids {
            ended += usize::from(engine.runs(id).await[0]["status"] == "Completed");
        }
        (ended == ids.len()).then_some(ended)
    })
    .await;
    assert_eq!(ended, 6);
    assert_eq!(app.log.of("narrow most"), 2);
    assert_eq!(app.log.of("narrow holding"), 6);
}

#[tokio::test]
async fn one_run_per_idempotency_key_also_after_a_restart() {
    let Pair { engine, app } = Pair::start().await;
    let order = |id: u32| json!({"name": "t/once", "data": {"order": id}});
    let first = engine.send(order(1)).await;
    let again = engine.send(order(1)).await;
    engine.ended(&first[0]).await;
    assert!(engine.runs(&again[0]).await.is_empty());
    let engine = engine.crash_and_restart().await;
    let later = engine.send(order(1)).await;
    let other = engine.send(order(2)).await;
    engine.ended(&other[0]).await;
    assert!(engine.runs(&later[0]).await.is_empty());
    assert_eq!(app.log.of("once"), 2);
}

#[tokio::test]
async fn a_key_longer_than_an_index_of_postgres_takes_limits_like_any_other() {
    let engine = TestEngine::start(|_| {}).await;
    let app = WireApp::start(|_| async { (200, json!("done")) }).await;
    let once = json!({"limit": 1, "period": "1h", "key": "event.data.key"});
    let settings = json!({"rateLimit": once});
    app.register_with(&engine, 0, settings).await;
    // Text that no compression makes short enough.
    let long = |seed: &str| -> String {
        let numbers = (0..2000_u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        seed.to_owned() + &numbers.map(|n| format!("{n:x}")).collect::<String>()
    };
    let mut started = Vec::new();
    for key in [long("a"), long("a"), long("b")] {
        let ids = engine
            .send(json!({"name": "t/wire", "data": {"key": key}}))
            .await;
        started.push(engine.runs(&ids[0]).await.len());
    }
    assert_eq!(started, [1, 0, 1]);
}
