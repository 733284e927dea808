//! Flow control, through HTTP and Postgres, and through a SIGKILL in the middle of each.

use serde_json::{Value, json};

use super::{
    app::TestApp,
    support::{Pair, TestEngine, eventually},
};

/// The app and an engine in a process of its own, so that it can be killed.
async fn start() -> (TestEngine, TestApp) {
    let Pair { engine, app } = Pair::start().await;
    let config = engine.config.clone();
    engine.stopped().await;
    (TestEngine::process(config).await, app)
}

fn of(name: &str, key: &str, n: i32) -> Value {
    json!({"name": name, "data": {"key": key, "n": n}})
}

fn held(name: &str, key: &str, n: i32) -> Value {
    json!({"name": name, "data": {"key": key, "n": n, "hold": true}})
}

/// Waits until this function has noted so much, and gives it.
async fn noted(app: &TestApp, id: &str, count: usize) -> Value {
    let list = eventually(&format!("{count} notes of {id}"), async || {
        Some(app.log.list(id)).filter(|list| list.len() >= count)
    })
    .await;
    json!(list)
}

/// Notes whose order does not matter.
fn sorted(notes: &[Value]) -> Value {
    let mut notes = notes.to_vec();
    notes.sort_by_key(Value::to_string);
    json!(notes)
}

/// Opens the gate until these events' runs are over.
async fn released(engine: &TestEngine, app: &TestApp, events: &[String]) {
    for event in events {
        eventually("the run ends", async || {
            app.log.gate.notify_waiters();
            let runs = engine.runs(event).await;
            (runs[0]["status"] == "Completed").then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_tenant_s_backlog_is_in_nobody_s_way_and_its_limit_outlives_the_engine() {
    let (engine, app) = start().await;
    let mut sent = Vec::new();
    for (key, n) in [("a", 1), ("a", 2), ("a", 3), ("b", 4)] {
        sent.extend(engine.send(held("f/keyed", key, n)).await);
    }
    noted(&app, "flow-keyed", 2).await;
    assert_eq!(sorted(&app.log.list("flow-keyed")), json!([[1], [4]]));
    let engine = engine.crash_and_restart().await;
    noted(&app, "flow-keyed", 4).await;
    let again = &app.log.list("flow-keyed")[2..];
    assert_eq!(sorted(again), json!([[1], [4]]));
    released(&engine, &app, &sent).await;
    let notes = app.log.list("flow-keyed");
    assert_eq!(notes.len(), 6, "{notes:?}");
    assert_eq!(app.log.of("flow-keyed a most"), 1);
    assert_eq!(app.log.of("flow-keyed b most"), 1);
}

#[tokio::test]
async fn functions_share_the_room_of_an_account_s_key() {
    let (engine, app) = start().await;
    let first = engine.send(held("f/shared", "", 1)).await;
    noted(&app, "flow-shared", 1).await;
    let second = engine.send(held("f/sharing", "", 2)).await;
    let other = engine.send(of("f/keyed", "z", 3)).await;
    engine.ended(&other[0]).await;
    assert!(app.log.list("flow-sharing").is_empty());
    let engine = engine.crash_and_restart().await;
    noted(&app, "flow-shared", 2).await;
    assert!(app.log.list("flow-sharing").is_empty());
    released(&engine, &app, &[first, second].concat()).await;
}

#[tokio::test]
async fn higher_priorities_go_first_also_after_a_crash() {
    let (engine, app) = start().await;
    let event = |n: i32, priority: i32| json!({"name": "f/priority", "data": {"n": n, "priority": priority, "hold": true}});
    let mut sent = engine.send(event(1, 600)).await;
    noted(&app, "flow-priority", 1).await;
    for (n, priority) in [(2, -60), (3, 0), (4, 60)] {
        sent.extend(engine.send(event(n, priority)).await);
    }
    let engine = engine.crash_and_restart().await;
    released(&engine, &app, &sent).await;
    let order = json!([[1], [1], [4], [3], [2]]);
    assert_eq!(json!(app.log.list("flow-priority")), order);
}

#[tokio::test]
async fn throttled_runs_start_apart_over_a_crash() {
    let (engine, app) = start().await;
    let events: Vec<Value> = (1..=4).map(|n| of("f/throttle", "", n)).collect();
    let sent = engine.send(json!(events)).await;
    noted(&app, "flow-throttle", 1).await;
    let engine = engine.crash_and_restart().await;
    let mut starts = Vec::new();
    for event in &sent {
        let run = engine.ended(event).await;
        let at = run["run_started_at"].as_str().unwrap();
        starts.push(chrono::DateTime::parse_from_rfc3339(at).unwrap());
    }
    for pair in starts.windows(2) {
        let apart = pair[1] - pair[0];
        assert!(apart.num_milliseconds() >= 1000, "{starts:?}");
    }
}

#[tokio::test]
async fn a_rate_limit_drops_events_and_remembers_that_over_a_crash() {
    let (engine, app) = start().await;
    let first = engine.send(of("f/rate", "a", 1)).await;
    let second = engine.send(of("f/rate", "a", 2)).await;
    // Ended before the crash: a call in flight would rightly be made again.
    engine.ended(&first[0]).await;
    let engine = engine.crash_and_restart().await;
    let third = engine.send(of("f/rate", "a", 3)).await;
    let other = engine.send(of("f/rate", "b", 4)).await;
    engine.ended(&other[0]).await;
    assert!(engine.runs(&second[0]).await.is_empty());
    assert!(engine.runs(&third[0]).await.is_empty());
    let invoked = json!({"function": "test-flow-rate", "key": "a"});
    let run = engine.run("t/parent", invoked).await;
    assert_eq!(
        run["output"]["error"]["message"],
        "invoked function is rate limited"
    );
    assert_eq!(app.log.list("flow-rate").len(), 2);
}

#[tokio::test]
async fn a_debounce_outlives_the_engine_and_runs_once_with_the_last_event() {
    let (engine, app) = start().await;
    let first = engine.send(of("f/debounce", "a", 1)).await;
    let second = engine.send(of("f/debounce", "a", 2)).await;
    let engine = engine.crash_and_restart().await;
    assert_eq!(noted(&app, "flow-debounce", 1).await, json!([[2]]));
    assert_eq!(engine.ended(&second[0]).await["output"], json!([2]));
    assert!(engine.runs(&first[0]).await.is_empty());
    let run = engine
        .run(
            "t/parent",
            json!({"function": "test-flow-debounce", "n": 7}),
        )
        .await;
    assert_eq!(run["output"], json!({"child": [7]}));
}

#[tokio::test]
async fn a_batch_outlives_the_engine_and_is_found_by_each_of_its_events() {
    let (engine, app) = start().await;
    let mut sent = engine.send(of("f/batch", "a", 1)).await;
    sent.extend(engine.send(of("f/batch", "a", 2)).await);
    engine.send(of("f/batch", "b", 9)).await;
    let alone = engine.send(of("f/batch", "alone", 8)).await;
    assert_eq!(engine.ended(&alone[0]).await["output"], json!([8]));
    let engine = engine.crash_and_restart().await;
    sent.extend(engine.send(of("f/batch", "a", 3)).await);
    let notes = json!([[8], [1, 2, 3]]);
    assert_eq!(noted(&app, "flow-batch", 2).await, notes);
    let mut found = Vec::new();
    for event in &sent {
        found.push(engine.ended(event).await["run_id"].clone());
    }
    assert!(found.iter().all(|id| *id == found[0]), "{found:?}");
    let id = found[0].as_str().unwrap();
    let (_, events) = engine.get(&format!("/v0/runs/{id}/batch")).await;
    let told: Vec<&Value> = events
        .as_array()
        .unwrap()
        .iter()
        .map(|event| &event["data"]["n"])
        .collect();
    assert_eq!(json!(told), json!([1, 2, 3]));
}

#[tokio::test]
async fn a_batch_that_is_not_full_runs_when_its_time_is_over() {
    let (engine, app) = start().await;
    let sent = engine
        .send(json!([of("f/timed", "", 1), of("f/timed", "", 2)]))
        .await;
    let engine = engine.crash_and_restart().await;
    assert_eq!(noted(&app, "flow-timed", 1).await, json!([[1, 2]]));
    assert_eq!(engine.ended(&sent[1]).await["output"], json!([1, 2]));
}

#[tokio::test]
async fn a_singleton_skips_what_comes_while_it_runs() {
    let (engine, app) = start().await;
    let first = engine.send(held("f/skip", "a", 1)).await;
    noted(&app, "flow-skip", 1).await;
    let second = engine.send(of("f/skip", "a", 2)).await;
    let engine = engine.crash_and_restart().await;
    let third = engine.send(of("f/skip", "a", 3)).await;
    released(&engine, &app, &first).await;
    assert!(engine.runs(&second[0]).await.is_empty());
    assert!(engine.runs(&third[0]).await.is_empty());
    let fourth = engine.send(of("f/skip", "a", 4)).await;
    assert_eq!(engine.ended(&fourth[0]).await["output"], json!([4]));
}

#[tokio::test]
async fn a_singleton_gives_way_to_what_comes_after_it() {
    let (engine, app) = start().await;
    let first = engine.send(held("f/cancel", "a", 1)).await;
    noted(&app, "flow-cancel", 1).await;
    let engine = engine.crash_and_restart().await;
    let second = engine.send(of("f/cancel", "a", 2)).await;
    assert_eq!(engine.ended(&first[0]).await["status"], "Cancelled");
    assert_eq!(engine.ended(&second[0]).await["output"], json!([2]));
}
