//! Routes, keys and configuration, against a host that answers by address.

use itemsmith_domain::Digest;
use itemsmith_steps::Headers;
use pollster::block_on;
use serde_json::{Value, json};

use crate::{
    App, FetchTrouble, Incoming, Outgoing,
    testing::{Fake, app, environment, request, row},
};

const ID: &str = "01890000-0000-7000-8000-000000000001";

fn answer(app: &App<Fake>, request: &Incoming) -> Outgoing {
    block_on(app.handle(request)).outgoing
}

fn code(outgoing: &Outgoing) -> Value {
    serde_json::from_str::<Value>(&outgoing.body).expect("a problem")["code"].clone()
}

fn created(id: &str) -> Value {
    row(&[
        ("known", json!("t")),
        ("allowed", json!("t")),
        ("id", json!(id)),
        ("same_body", json!("t")),
        ("status", json!("queued")),
        ("seed", json!("7")),
        ("allowed_widgets", json!("[]")),
        ("model", json!("gpt-5")),
        ("max_attempts", json!("10")),
        ("debug", json!("f")),
        ("created_at", json!("2026-01-01T00:00:00.000Z")),
    ])
}

fn artifact(digest: &Digest, content: &str) -> Value {
    row(&[
        ("known", json!("t")),
        ("allowed", json!("t")),
        ("id", json!(ID)),
        ("status", json!("succeeded")),
        ("digest", json!(digest)),
        ("media_type", json!("text/x-typescript; charset=utf-8")),
        ("created_at", json!("2026-01-01T00:00:00.000Z")),
        ("content", json!(content)),
    ])
}

#[test]
fn health_needs_no_configuration_and_everything_else_names_what_is_missing() {
    let app = App::new(Fake::default(), |name| match name {
        "OPENAI_API_KEY" => None,
        name => environment(name),
    });
    assert_eq!(answer(&app, &request("GET", "/health", "")).status, 200);
    let problem = answer(&app, &request("GET", &format!("/api/templates/{ID}"), ""));
    assert_eq!(
        (problem.status, code(&problem)),
        (500, json!("configuration"))
    );
    assert!(
        problem.body.contains("OPENAI_API_KEY is missing"),
        "{}",
        problem.body
    );
    assert!(!problem.body.contains("sekret"), "a value leaked");
}

#[test]
fn a_wrong_path_method_or_key_is_refused_before_anything_is_asked() {
    let app = app(Fake::default());
    let path = format!("/api/templates/{ID}");
    let mut keyless = request("GET", &path, "");
    keyless.headers = Headers::new();
    let cases = [
        (request("GET", "/nope", ""), 404),
        (request("GET", "/api/templates/7", ""), 404),
        (request("DELETE", &path, ""), 405),
        (keyless, 401),
        (
            Incoming {
                body: None,
                ..request("POST", "/api/templates", "")
            },
            413,
        ),
    ];
    for (request, status) in cases {
        let outgoing = answer(&app, &request);
        assert_eq!(
            outgoing.status, status,
            "{} {}",
            request.method, request.url
        );
        assert_eq!(
            outgoing.headers.get("content-type"),
            Some("application/problem+json")
        );
        assert!(outgoing.headers.get("x-request-id").is_some());
    }
    assert!(app.outside.asked.borrow().is_empty());
}

#[test]
fn creating_takes_one_round_trip_and_sends_the_event_after_the_answer() {
    let sent = json!({ "ids": ["e"], "status": 200 });
    let gone = row(&[("gone", json!("1"))]);
    // The id that the worker makes of the time and the random bytes of the fake.
    let id = super::uuid7(crate::testing::NOW_MS, [7; 10]).to_string();
    let fake = Fake::default().on("/sql", 200, &created(&id));
    let app = app(fake
        .on("/e/NO_EVENT_KEY_SET", 200, &sent)
        .on("/sql", 200, &gone));
    let item = r#"{"structuredItem":{"identifier":"a","n":1.50},"seed":"007"}"#;
    let done = block_on(app.handle(&request("POST", "/api/templates", item)));
    assert_eq!(done.outgoing.status, 202, "{}", done.outgoing.body);
    let location = format!("/api/templates/{id}");
    assert_eq!(
        done.outgoing.headers.get("location"),
        Some(location.as_str())
    );
    assert_eq!(
        done.outgoing.headers.get("x-itemsmith-sql-calls"),
        Some("1")
    );
    let asked = |app: &App<Fake>| app.outside.asked.borrow().len();
    assert_eq!(asked(&app), 1, "the event waits for the answer");
    block_on(app.after(done.after.expect("an event")));
    assert_eq!(asked(&app), 3);
    let requests = app.outside.asked.borrow();
    let event: Value = serde_json::from_slice(&requests[1].body).expect("JSON");
    let event = if event.is_array() { &event[0] } else { &event };
    assert_eq!(event["id"], format!("template/requested:{id}"));
    assert_eq!(event["data"]["seed"], "7");
    assert!(
        String::from_utf8_lossy(&requests[1].body).contains("1.50"),
        "numbers stay as written"
    );
    let ack = String::from_utf8_lossy(&requests[2].body);
    assert!(ack.contains("DELETE FROM outbox") && ack.contains(&id));
}

#[test]
fn a_repeated_key_gets_the_first_answer_and_sends_nothing() {
    let app = app(Fake::default().on("/sql", 200, &created(ID)));
    let body = r#"{"structuredItem":{"identifier":"a"}}"#;
    let done = block_on(app.handle(&request("POST", "/api/templates", body)));
    assert_eq!(done.outgoing.status, 202);
    assert_eq!(
        done.outgoing.headers.get("idempotent-replayed"),
        Some("true")
    );
    assert!(done.after.is_none());
}

#[test]
fn a_statement_that_lost_a_race_is_sent_again_and_a_database_that_is_down_is_not() {
    let body = r#"{"structuredItem":{"identifier":"a"}}"#;
    let lost = json!({ "message": "could not serialize", "code": "40001" });
    let racing = app(Fake::default()
        .on("/sql", 400, &lost)
        .on("/sql", 200, &created(ID)));
    let outgoing = answer(&racing, &request("POST", "/api/templates", body));
    assert_eq!(
        (
            outgoing.status,
            outgoing.headers.get("x-itemsmith-sql-calls")
        ),
        (202, Some("2"))
    );
    let down = app(Fake::default().fails("/sql", FetchTrouble::TimedOut));
    let outgoing = answer(&down, &request("POST", "/api/templates", body));
    assert_eq!(
        (outgoing.status, code(&outgoing)),
        (503, json!("unavailable"))
    );
    assert!(outgoing.headers.get("retry-after").is_some());
    assert!(!outgoing.body.contains("sekret") && !outgoing.body.contains("db.test"));
}

#[test]
fn a_key_that_the_database_does_not_know_is_401_and_another_tenants_id_404() {
    let path = format!("/api/templates/{ID}");
    let gate = |known: &str| {
        row(&[
            ("known", json!(known)),
            ("allowed", json!(known)),
            ("id", json!(null)),
        ])
    };
    for (known, status) in [("f", 401), ("t", 404)] {
        let app = app(Fake::default().on("/sql", 200, &gate(known)));
        assert_eq!(answer(&app, &request("GET", &path, "")).status, status);
    }
}

#[test]
fn a_stored_template_is_not_served_before_its_request_has_succeeded() {
    let digest = Digest::of(b"export {}");
    for (status, expected) in [("running", 409), ("failed", 404)] {
        let mut stored = artifact(&digest, "export {}");
        stored["rows"][0][3] = json!(status);
        let app = app(Fake::default().on("/sql", 200, &stored));
        let path = format!("/api/templates/{ID}/artifacts/template.ts");
        assert_eq!(answer(&app, &request("GET", &path, "")).status, expected);
        let prompt = format!("/api/templates/{ID}/artifacts/prompts/1.md");
        let app = self::app(Fake::default().on("/sql", 200, &stored));
        assert_eq!(answer(&app, &request("GET", &prompt, "")).status, 200);
    }
}

#[test]
fn an_artifact_is_served_whole_or_not_at_all() {
    let path = format!("/api/templates/{ID}/artifacts/template.ts");
    let digest = Digest::of(b"export {}");
    let good = app(Fake::default().on("/sql", 200, &artifact(&digest, "export {}")));
    let outgoing = answer(&good, &request("GET", &path, ""));
    assert_eq!(
        (outgoing.status, outgoing.body.as_str()),
        (200, "export {}")
    );
    let tag = format!("\"{digest}\"");
    assert_eq!(outgoing.headers.get("etag"), Some(tag.as_str()));
    assert!(
        outgoing
            .headers
            .get("cache-control")
            .is_some_and(|v| v.contains("immutable"))
    );

    let again = app(Fake::default().on("/sql", 200, &artifact(&digest, "export {}")));
    let mut conditional = request("GET", &path, "");
    conditional.headers.set("if-none-match", tag);
    let outgoing = answer(&again, &conditional);
    assert_eq!((outgoing.status, outgoing.body.as_str()), (304, ""));

    let damaged = app(Fake::default().on("/sql", 200, &artifact(&digest, "export {};")));
    let outgoing = answer(&damaged, &request("GET", &path, ""));
    assert_eq!(
        (outgoing.status, code(&outgoing)),
        (502, json!("corrupt_artifact"))
    );
}

#[test]
fn readiness_tells_of_each_dependency() {
    let migrated = row(&[("migration", json!("3"))]);
    let ready = Fake::default()
        .on("/sql", 200, &migrated)
        .plain("/ready", 200, &[], "{}");
    let app = app(ready);
    assert_eq!(answer(&app, &request("GET", "/ready", "")).status, 200);
    let outgoing = answer(&app, &request("GET", "/ready", ""));
    assert_eq!(outgoing.status, 503, "both are gone now");
}

#[test]
fn head_is_get_without_the_body() {
    let app = app(Fake::default());
    let outgoing = answer(&app, &request("HEAD", "/health", ""));
    assert_eq!((outgoing.status, outgoing.body.as_str()), (200, ""));
}

#[test]
fn the_event_server_finds_its_endpoint() {
    let app = app(Fake::default());
    let outgoing = answer(&app, &request("GET", "/api/inngest", ""));
    let body: Value = serde_json::from_str(&outgoing.body).expect("JSON");
    assert_eq!((outgoing.status, &body["function_count"]), (200, &json!(7)));
}
