//! Services killed in the middle of a run: the run still ends well, and nothing is done twice.

use itemsmith_domain::RequestStatus;
use itemsmith_tests::{Site, database, run, site::SAMPLES};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// Long enough that a run is under way when something is killed.
const THINKING_MS: u64 = 150;

async fn survives(victim: &str) {
    let site = Site::start(victim, |config| config.rehearsal_delay_ms = THINKING_MS).await;
    let id = site.submit(SAMPLES[0], "rehearsal").await;
    // Once while the first attempt is under way, once after it has its verdict.
    site.until(&id, |status| !status.iterations.is_empty())
        .await;
    site.kill(victim).await;
    site.until(&id, |status| {
        status.iterations.len() > 1 || status.status.is_terminal()
    })
    .await;
    site.kill(victim).await;
    let status = site.ended(&id).await;
    assert_eq!(status.status, RequestStatus::Succeeded, "{}", site.logs());
    assert_eq!(status.iterations.len(), 4, "no attempt was lost or doubled");
    let database = database::connect(&site.stack.database_url).await;
    database::assert_sound(&database, &id).await;
    site.stack.stop().await;
}

#[test]
fn the_worker_killed_mid_run() {
    run(survives("worker"));
}

#[test]
fn the_checker_killed_mid_run() {
    run(survives("checker"));
}

#[test]
fn the_engine_killed_mid_run() {
    run(survives("engine"));
}

#[test]
fn the_gateway_killed_mid_run() {
    run(survives("gateway"));
}

#[test]
fn the_model_killed_mid_run() {
    run(survives("rehearsal"));
}

#[test]
fn the_database_killed_mid_run() {
    run(async {
        let site = Site::start("database", |config| config.rehearsal_delay_ms = THINKING_MS).await;
        let id = site.submit(SAMPLES[0], "rehearsal").await;
        site.until(&id, |status| !status.iterations.is_empty())
            .await;
        let before = site.stack.postgres().expect("the stack's own").pid();
        let pid = Pid::from_raw(i32::try_from(before).expect("a pid"));
        kill(pid, Signal::SIGKILL).expect("it can be killed");
        let status = site.ended(&id).await;
        assert_eq!(status.status, RequestStatus::Succeeded, "{}", site.logs());
        assert_eq!(status.iterations.len(), 4, "no attempt was lost or doubled");
        let after = site.stack.postgres().expect("the stack's own").pid();
        assert_ne!(before, after, "it was started again");
        let database = database::connect(&site.stack.database_url).await;
        database::assert_sound(&database, &id).await;
        site.stack.stop().await;
    });
}
