//! What the engine itself answers to whoever sends events and asks about runs: the same whatever
//! the app is written on.

use serde_json::{Value, json};

use super::{
    cases,
    report::{Finding, Report},
    secrets,
    side::{EVENT_KEY, Side},
};

/// Checks the routes for events and those for runs, and what is shown of the credentials that
/// either app handed over.
pub async fn check(side: &Side, other: &Side) -> Report {
    let events = finding(19, events(side).await);
    let runs = finding(22, runs(side).await);
    let mut credentials = secrets::checks(side).await;
    credentials.extend(secrets::checks(other).await);
    let credentials = finding(14, credentials);
    Report::from([
        ("the engine's route for events".to_owned(), events),
        ("the engine's routes for runs".to_owned(), runs),
        (
            "what is shown of models' credentials".to_owned(),
            credentials,
        ),
    ])
}

fn finding(point: u8, checks: Vec<(&str, bool)>) -> Finding {
    Finding {
        points: vec![point],
        exchanges: checks.len(),
        failures: checks
            .iter()
            .filter(|(_, holds)| !holds)
            .map(|(what, _)| format!("the engine: not so: {what}"))
            .collect(),
        ..Finding::default()
    }
}

async fn post(side: &Side, key: &str, body: Value) -> (u16, Value) {
    let url = format!("{}/e/{key}", side.engine);
    let response = side.http.post(url).body(body.to_string()).send().await;
    let response = response.expect("the engine answers");
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap_or_default();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

async fn events(side: &Side) -> Vec<(&'static str, bool)> {
    let event = |id: &str| json!({ "id": id, "name": "conformance/heard", "data": {} });
    let (one, sent) = post(side, EVENT_KEY, event("heard-1")).await;
    let (again, same) = post(side, EVENT_KEY, event("heard-1")).await;
    let two = json!([event("heard-2"), event("heard-3")]);
    let (several, ids) = post(side, EVENT_KEY, two).await;
    let many: Vec<Value> = (0..5001).map(|_| json!({ "name": "a" })).collect();
    let status = async |key: &str, body: Value| post(side, key, body).await.0;
    vec![
        ("an event is taken", one == 200 && sent["status"] == 200),
        (
            "its id is told",
            sent["ids"].as_array().is_some_and(|ids| ids.len() == 1),
        ),
        (
            "one of the same id is the same",
            again == 200 && same["ids"] == sent["ids"],
        ),
        (
            "several are taken at once",
            several == 200 && ids["ids"].as_array().is_some_and(|ids| ids.len() == 2),
        ),
        (
            "no name is refused",
            status(EVENT_KEY, json!({ "data": {} })).await == 400,
        ),
        (
            "the server's own names are refused",
            status(EVENT_KEY, json!({ "name": "inngest/function.failed" })).await == 400,
        ),
        (
            "data that is no object is refused",
            status(EVENT_KEY, json!({ "name": "a", "data": [1] })).await == 400,
        ),
        (
            "another key is refused",
            status("another", event("heard-4")).await == 401,
        ),
        (
            "more than 5000 are refused",
            (400..500).contains(&status(EVENT_KEY, many.into()).await),
        ),
    ]
}

async fn runs(side: &Side) -> Vec<(&'static str, bool)> {
    let get = async |path: &str| side.api(reqwest::Method::GET, path).await;
    let event = cases::send(side, "conformance/plain", json!({ "name": "Eve" })).await;
    let path = format!("/v1/events/{event}/runs");
    let run = side
        .until("a run", async || {
            let (_, body) = get(&path).await;
            let run = body["data"][0].clone();
            (run["status"] == "Completed").then_some(run)
        })
        .await
        .unwrap_or_default();
    let id = run["run_id"].as_str().unwrap_or_default().to_owned();
    let (found, one) = get(&format!("/v1/runs/{id}")).await;
    let (listed, jobs) = get(&format!("/v1/runs/{id}/jobs")).await;
    let (unknown, _) = get("/v1/runs/01KAT5GQ4M0Z6V6Q8Y4RGN9F2D").await;
    let url = format!("{}/v1/runs/{id}", side.engine);
    let keyless = side.http.get(url).send().await.expect("the engine answers");
    vec![
        (
            "an event's runs are listed",
            run["event_id"] == event.as_str(),
        ),
        (
            "a run is told",
            found == 200 && one["data"]["run_id"] == id.as_str(),
        ),
        (
            "with its result",
            one["data"]["output"] == json!({ "greeting": "Hello, Eve!" }),
        ),
        (
            "its steps are listed",
            listed == 200 && jobs["data"].is_array(),
        ),
        ("an unknown one is not found", unknown == 404),
        (
            "nothing is told without the key",
            keyless.status().as_u16() == 401,
        ),
    ]
}
