//! The engine calls the model for the worker (`MODEL_GATEWAY=engine`): the same outcome, no call
//! that is paid for twice without need, and the model's key nowhere but in its request.

use std::collections::BTreeMap;

use itemsmith_domain::{Digest, FailureReason, IterationStatus, RequestStatus};
use itemsmith_local::{
    client::Options,
    stack::{Detour, REHEARSAL_KEY, Settings},
};
use itemsmith_tests::{
    Site, database,
    fault::{Moment, Point, Wires},
    run, shared,
    site::SAMPLES,
};

/// A stack whose engine calls the model, and the wire between those two.
async fn handing_over(name: &str) -> (Site, Wires) {
    let wires = Wires::new();
    let leading = wires.clone();
    let site = Site::start(name, |config| {
        config.settings = Settings::only([("MODEL_GATEWAY", "engine"), ("LOG_LEVEL", "debug")]);
        config.detour = Detour::through(move |_, to, at| match to {
            "rehearsal" => leading.lead("engine", to, at),
            _ => at.to_owned(),
        });
    })
    .await;
    let victims = site.victims();
    wires.set_killer(move |name| victims.kill(name));
    wires.mended().await;
    (site, wires)
}

/// The verdicts of a request that succeeds, and its artifacts.
async fn outcome(
    site: &Site,
    sample: &str,
) -> (
    String,
    Vec<Option<IterationStatus>>,
    BTreeMap<String, Digest>,
) {
    let options = Options {
        seed: Some("42".to_owned()),
        model: Some("rehearsal".to_owned()),
        debug_artifacts: true,
        ..Options::default()
    };
    let id = site.submit_with(sample, &options).await;
    let status = site.ended(&id).await;
    assert_eq!(status.status, RequestStatus::Succeeded, "{}", site.logs());
    let verdicts = status.iterations.iter().map(|i| i.status).collect();
    let list = site.client.artifacts(&id).await.expect("artifacts");
    // The manifest tells the request's own id.
    let list = list
        .artifacts
        .into_iter()
        .filter(|a| a.name != "manifest.json");
    let artifacts = list.map(|a| (a.name, a.sha256));
    (id, verdicts, artifacts.collect())
}

/// The operation that each model call of a request was, with how often it failed.
async fn model_calls(site: &Site, id: &str) -> Vec<(String, i32)> {
    let database = database::connect(&site.stack.database_url).await;
    let query = "SELECT s.op, s.failures FROM engine.steps s JOIN engine.runs r ON r.id = s.run_id
        WHERE s.name LIKE 'model-%' AND EXISTS (SELECT FROM engine.events e
            WHERE r.events LIKE '%' || e.id || '%' AND e.body LIKE '%' || $1 || '%')
        ORDER BY s.created_at";
    let rows = database.query(query, &[&id]).await.expect("the steps");
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// Everything that is stored, logged, or told by the engine and the worker.
async fn everything(site: &Site) -> String {
    let database = database::connect(&site.stack.database_url).await;
    let mut all = database::everything(&database).await;
    for service in ["worker", "engine", "checker", "gateway", "rehearsal"] {
        let log = site.stack.service(service).expect("a service").log();
        all.push_str(&std::fs::read_to_string(log).expect("its log"));
    }
    let engine = &site.stack.addresses.engine;
    let mut paths = vec!["/dev".to_owned(), "/page/api/functions".to_owned()];
    let runs = database.query("SELECT id FROM engine.runs", &[]).await;
    for row in runs.expect("the runs") {
        let id: String = row.get(0);
        paths.extend(["", "/jobs"].map(|of| format!("/v1/runs/{id}{of}")));
        paths.extend(["actions", "batch"].map(|of| format!("/v0/runs/{id}/{of}")));
        paths.extend(["", "/output"].map(|of| format!("/page/api/runs/{id}{of}")));
    }
    let steps = database.query("SELECT run_id, id FROM engine.steps", &[]);
    for row in steps.await.expect("the steps") {
        let (run, id): (String, String) = (row.get(0), row.get(1));
        paths.push(format!("/page/api/runs/{run}/step?id={id}"));
        for part in ["input", "output", "error"] {
            paths.push(format!("/page/api/runs/{run}/value?id={id}&part={part}"));
        }
    }
    let events = database.query("SELECT id FROM engine.events", &[]).await;
    for row in events.expect("the events") {
        let id: String = row.get(0);
        paths.push(format!("/v1/events/{id}/runs"));
        paths.extend(["", "/body"].map(|of| format!("/page/api/events/{id}{of}")));
    }
    for path in paths {
        let answer = reqwest::get(format!("{engine}{path}")).await;
        let answer = answer.expect("an answer");
        // A step has no error to show unless it failed, a run no output until it ends.
        let status = answer.status().as_u16();
        assert!(matches!(status, 200 | 404), "{path}: {status}");
        all.push_str(&answer.text().await.expect("a text"));
    }
    all
}

async fn assert_no_key(site: &Site) {
    let all = everything(site).await;
    if let Some(at) = all.find(REHEARSAL_KEY) {
        let (start, end) = (all.floor_char_boundary(at.saturating_sub(300)), at + 60);
        panic!(
            "the key is there: {}",
            &all[start..all.ceil_char_boundary(end)]
        );
    }
    // The look was deep enough to see the request that the key was taken out of.
    assert!(all.contains("step.ai.infer") && all.contains("[redacted]"));
}

#[test]
fn the_outcome_is_the_same_whoever_calls_the_model() {
    run(async {
        let (site, wires) = handing_over("gateway").await;
        for sample in SAMPLES {
            wires.count();
            let (id, verdicts, artifacts) = outcome(&site, sample).await;
            assert_eq!(verdicts.len(), 4);
            assert_eq!(wires.passed_to("rehearsal"), 4, "one paid call per attempt");
            let calls = model_calls(&site, &id).await;
            assert_eq!(calls, vec![("AIGateway".to_owned(), 0); 4]);
            let database = database::connect(&site.stack.database_url).await;
            database::assert_sound(&database, &id).await;
            let (id, usual, usual_artifacts) = outcome(shared().await, sample).await;
            assert_eq!((verdicts, artifacts), (usual, usual_artifacts), "{sample}");
            let calls = model_calls(shared().await, &id).await;
            assert_eq!(calls, vec![("StepRun".to_owned(), 0); 4]);
        }
        assert_no_key(&site).await;
        site.stack.stop().await;
    });
}

#[test]
fn a_model_that_turns_the_engine_away_is_asked_again() {
    run(async {
        let (site, wires) = handing_over("gateway-trouble").await;
        let id = site.submit(SAMPLES[0], "rehearsal-flaky").await;
        let status = site.ended(&id).await;
        assert_eq!(status.status, RequestStatus::Succeeded, "{}", site.logs());
        assert_eq!(status.iterations.len(), 4, "429 uses no attempt");
        assert_eq!(wires.passed_to("rehearsal"), 5);
        let failures: Vec<i32> = model_calls(&site, &id).await.iter().map(|c| c.1).collect();
        assert_eq!(failures, [1, 0, 0, 0]);

        // Down answers 500 for ever; unauthorized repeats the key that it was sent.
        for model in ["rehearsal-down", "rehearsal-unauthorized"] {
            let id = site.submit(SAMPLES[1], model).await;
            let status = site.ended(&id).await;
            assert_eq!(status.status, RequestStatus::Failed, "{model}");
            assert_eq!(status.reason, Some(FailureReason::ModelRejected), "{model}");
            assert!(status.iterations.iter().all(|i| i.status.is_none()));
            let database = database::connect(&site.stack.database_url).await;
            database::assert_sound(&database, &id).await;
        }
        assert_no_key(&site).await;
        site.stack.stop().await;
    });
}

/// The request under way, and `victim` killed before and after each model call; `again` is how
/// many more calls that may cost.
async fn killed_at_every_call(victim: &'static str, again: usize) {
    const ATTEMPTS: usize = 2;
    let (site, wires) = handing_over(&format!("gateway-{victim}")).await;
    for message in 1..=ATTEMPTS {
        for moment in [Moment::Sent, Moment::Answered] {
            let point = Point { message, moment };
            let at = format!("{victim} killed at {point}");
            wires.arm(victim, point);
            let id = site.submit(SAMPLES[0], "rehearsal-twice").await;
            let status = site.ended(&id).await;
            assert!(wires.sprung().is_some(), "{at}: not reached");
            assert_eq!(
                status.status,
                RequestStatus::Succeeded,
                "{at}\n{}",
                site.logs()
            );
            assert_eq!(status.iterations.len(), ATTEMPTS, "{at}");
            let paid = wires.passed_to("rehearsal");
            println!("{at}: {paid} calls of the model");
            assert!(
                (ATTEMPTS..=ATTEMPTS + again).contains(&paid),
                "{at}: {paid} calls"
            );
            let database = database::connect(&site.stack.database_url).await;
            database::assert_sound(&database, &id).await;
            wires.mended().await;
        }
    }
    assert_no_key(&site).await;
    site.stack.stop().await;
}

#[test]
fn the_engine_killed_while_it_calls_the_model() {
    run(killed_at_every_call("engine", 1));
}

#[test]
fn the_model_killed_while_it_is_called() {
    run(killed_at_every_call("rehearsal", 1));
}

/// The call is not the worker's, so nothing of it is lost with the worker.
#[test]
fn the_worker_killed_while_the_engine_calls_the_model() {
    run(killed_at_every_call("worker", 0));
}

#[test]
fn the_database_killed_while_the_engine_calls_the_model() {
    run(killed_at_every_call("database", 1));
}
