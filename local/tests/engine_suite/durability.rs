//! Crashes of the engine, restarts of the app, a database that goes away.

use serde_json::json;

use itemsmith_local::engine::{self, EngineConfig, EngineError};

use super::{
    app::TestApp,
    steps::waiting,
    support::{Pair, TestEngine, eventually},
};

#[tokio::test]
async fn a_crash_in_the_middle_of_a_run_runs_no_recorded_step_again() {
    let Pair { engine, app } = Pair::start().await;
    let ids = engine.send(json!({"name": "t/hold", "data": {}})).await;
    eventually("it holds", async || {
        (app.log.of("hold holding") > 0).then_some(())
    })
    .await;
    let engine = engine.crash_and_restart().await;
    let run = eventually("the run ends", async || {
        app.log.gate.notify_waiters();
        let runs = engine.runs(&ids[0]).await;
        runs.into_iter()
            .next()
            .filter(|run| run["status"] != "Running")
    })
    .await;
    assert_eq!(run["status"], "Completed");
    assert_eq!(app.log.of("hold first"), 1, "the recorded step");
    assert_eq!(
        app.log.of("hold holding"),
        2,
        "the step under way ran again"
    );
}

#[tokio::test]
async fn crashes_at_any_moment_lose_no_event_and_repeat_no_recorded_step() {
    let Pair { engine, app } = Pair::configured(few_calls).await;
    crashes(engine, &app, "t/three").await;
}

#[tokio::test]
async fn crashes_at_any_moment_repeat_no_checkpointed_step() {
    let Pair { engine, app } = Pair::configured(few_calls).await;
    crashes(engine, &app, "t/three.checkpointed").await;
}

#[tokio::test]
async fn a_process_killed_with_sigkill_at_any_moment_keeps_the_same_promise() {
    let Pair { engine, app } = Pair::configured(few_calls).await;
    let config = engine.config.clone();
    engine.stopped().await;
    crashes(TestEngine::process(config).await, &app, "t/three").await;
}

/// Few at once, so that a crash finds runs at every stage.
fn few_calls(config: &mut EngineConfig) {
    config.max_concurrent_calls = 4;
}

/// Sends, crashes, sends, crashes; in the end every run is complete.
async fn crashes(mut engine: TestEngine, app: &TestApp, event: &str) {
    let mut sent = Vec::new();
    for round in 0..8_u32 {
        let events: Vec<_> = (0..20)
            .map(|n| json!({"name": event, "data": {"name": format!("r{round}n{n}")}}))
            .collect();
        let steps = app.log.of("three steps");
        sent.extend(engine.send(json!(events)).await);
        // In the middle of the work, and elsewhere in it every round.
        eventually("some steps are run", async || {
            (app.log.of("three steps") > steps + 5 * (round + 1)).then_some(())
        })
        .await;
        engine = engine.crash_and_restart().await;
    }
    for id in &sent {
        let run = engine.ended(id).await;
        assert_eq!(run["status"], "Completed", "{run}");
    }
    assert_eq!(sent.len(), 8 * 20);
    assert_eq!(app.log.of("recorded steps run again"), 0);
}

#[tokio::test]
async fn sleeps_and_waits_go_on_after_a_crash() {
    let Pair { engine, app } = Pair::start().await;
    let nap = engine
        .send(json!({"name": "t/nap", "data": {"ms": 700}}))
        .await;
    let wait = engine
        .send(json!({"name": "t/wait", "data": {"id": "w"}}))
        .await;
    waiting(&engine, &nap[0]).await;
    waiting(&engine, &wait[0]).await;
    let engine = engine.crash_and_restart().await;
    engine
        .send(json!({"name": "t/answer", "data": {"id": "w", "text": "late"}}))
        .await;
    assert_eq!(engine.ended(&wait[0]).await["output"], "late");
    assert_eq!(engine.ended(&nap[0]).await["output"], "awake");
    assert_eq!(
        app.log.of("nap 700"),
        2,
        "nothing around the sleep ran twice"
    );
}

#[tokio::test]
async fn an_invocation_outlives_a_crash() {
    let Pair { engine, app } = Pair::start().await;
    let ids = engine
        .send(json!({"name": "t/parent", "data": {"n": 3, "hold": true}}))
        .await;
    eventually("the child is called", async || {
        (app.log.of("child calls") > 0).then_some(())
    })
    .await;
    let engine = engine.crash_and_restart().await;
    let run = eventually("the parent ends", async || {
        app.log.gate.notify_waiters();
        let runs = engine.runs(&ids[0]).await;
        runs.into_iter()
            .next()
            .filter(|run| run["status"] != "Running")
    })
    .await;
    assert_eq!(run["output"], json!({"child": {"seen": 3}}));
}

#[tokio::test]
async fn a_restarting_app_costs_no_attempt() {
    let Pair { engine, app } = Pair::start().await;
    let (log, port) = (app.log.clone(), app.port);
    app.stop();
    // This function has no retries at all.
    let ids = engine.send(json!({"name": "t/fragile", "data": {}})).await;
    eventually("the engine has noticed that nobody listens", async || {
        let runs = engine.runs(&ids[0]).await;
        (runs[0]["status"] == "Running").then_some(())
    })
    .await;
    let settings = itemsmith_steps::Settings::default();
    let app = TestApp::start(&engine.origin, port, log, settings).await;
    let run = eventually("the run ends", async || {
        app.log.gate.notify_waiters();
        let runs = engine.runs(&ids[0]).await;
        runs.into_iter()
            .next()
            .filter(|run| run["status"] != "Running")
    })
    .await;
    assert_eq!(run["status"], "Completed", "{run}");
    assert_eq!(app.log.of("fragile first"), 1);
}

#[tokio::test]
async fn an_app_that_never_comes_back_fails_its_runs() {
    let Pair { engine, app } = Pair::configured(|config| {
        config.unreachable_grace = std::time::Duration::from_millis(300);
    })
    .await;
    app.stop();
    let ids = engine.send(json!({"name": "t/fragile", "data": {}})).await;
    let run = engine.ended(&ids[0]).await;
    assert_eq!(run["status"], "Failed");
    assert!(
        run["output"]["message"]
            .as_str()
            .unwrap()
            .contains("cannot be reached"),
        "{run}"
    );
}

#[tokio::test]
async fn a_second_engine_on_the_same_database_is_refused() {
    let engine = TestEngine::start(|_| {}).await;
    let mut config = engine.config.clone();
    config.listen.set_port(0);
    let error = engine::run(config, std::future::pending())
        .await
        .unwrap_err();
    assert!(matches!(error, EngineError::AlreadyRunning), "{error}");
}

#[tokio::test]
async fn a_lost_connection_to_the_database_loses_nothing() {
    let Pair { engine, app } = Pair::start().await;
    let (client, connection) =
        tokio_postgres::connect(&engine.config.database_url, tokio_postgres::NoTls)
            .await
            .unwrap();
    tokio::spawn(connection);
    let mut sent = Vec::new();
    for round in 0..5 {
        let event = json!({"name": "t/three", "data": {"name": format!("cut {round}")}});
        sent.extend(engine.send(event).await);
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()";
        client.execute(cut, &[]).await.unwrap();
    }
    for id in &sent {
        assert_eq!(engine.ended(id).await["status"], "Completed");
    }
    for round in 0..5 {
        assert_eq!(
            app.log.of(&format!("three cut {round}")),
            1,
            "no crash, so nothing runs twice"
        );
    }
}
