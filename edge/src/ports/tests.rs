//! The ports against neighbours in every mood: what is retried, when, and what is said.

mod handed_over;

use std::time::Duration;

use itemsmith_domain::{
    Digest, FailureReason,
    check::{CheckRequest, Verdict},
};
use itemsmith_pipeline::ports::{
    ChatRequest, Completion, OnBehalf, PortError, Ports as _, Retrying,
};
use pollster::block_on;
use serde_json::{Value, json};
use uuid::Uuid;

use super::World;
use crate::{
    FetchTrouble, Settings,
    testing::{Fake, environment},
};

fn with<T>(fake: Fake, ask: impl AsyncFnOnce(&World<'_, Fake>) -> T) -> T {
    let settings = Settings::from_lookup(environment).expect("a complete environment");
    let world = World::new(&fake, &settings);
    block_on(ask(&world))
}

fn chat(fake: Fake) -> Result<Completion, PortError> {
    with(fake, async |world| {
        let [model, system, user] = ["m", "s", "u"].map(str::to_owned);
        world
            .chat(&ChatRequest {
                model,
                system,
                user,
            })
            .await
    })
}

fn check(fake: Fake) -> Result<Verdict, PortError> {
    with(fake, async |world| {
        let request = CheckRequest {
            source: String::new(),
            source_item: None,
            allowed_widgets: Vec::new(),
            contract: None,
            execute: true,
            seeds: Vec::new(),
        };
        let on_behalf = OnBehalf {
            request: Uuid::nil(),
            run: "run",
            iteration: 1,
        };
        world.check(&request, on_behalf).await
    })
}

fn verdict(message: &str) -> Value {
    json!({
        "status": "validation_failed",
        "findings": [{
            "phase": "execution", "rule": "threw", "tsCode": 9002, "message": message,
            "line": 0, "column": 0, "endLine": 0, "endColumn": 0,
        }],
        "sourceDigest": Digest::of(b""),
        "widgetTuple": [],
        "versions": {
            "contract": "c", "engine": "e", "compiler": "c", "policy": "p", "sandbox": "s",
        },
        "seeds": [],
        "distinctItems": 0,
        "timings": {
            "queueMs": 0.0, "policyMs": 0.0, "typesMs": 0.0, "executionMs": 0.0, "totalMs": 0.0,
        },
    })
}

const MODEL: &str = "/v1/chat/completions";

#[test]
fn the_model_is_asked_in_two_messages_with_its_key() {
    let answer = json!({
        "model": "m-1",
        "choices": [{ "message": { "content": "hello" }, "finish_reason": "stop" }],
    });
    let fake = Fake::default().on(MODEL, 200, &answer);
    let settings = Settings::from_lookup(environment).expect("a complete environment");
    let world = World::new(&fake, &settings);
    let [model, system, user] = ["m", "s", "u"].map(str::to_owned);
    let completion = block_on(world.chat(&ChatRequest {
        model,
        system,
        user,
    }));
    assert_eq!(completion.expect("a completion").reply.text, "hello");
    let asked = fake.asked.borrow();
    assert_eq!(
        asked[0].headers.get("authorization"),
        Some("Bearer sk-sekret")
    );
    let body: Value = serde_json::from_slice(&asked[0].body).expect("JSON");
    let messages =
        json!([{ "role": "system", "content": "s" }, { "role": "user", "content": "u" }]);
    assert_eq!(
        (&body["model"], &body["messages"]),
        (&json!("m"), &messages)
    );
}

#[test]
fn the_models_troubles_have_their_classes() {
    let soon = Retrying::Soon;
    let after = |seconds| Retrying::After(Duration::from_secs(seconds));
    let limited = |header: &str| Fake::default().plain(MODEL, 429, &[("Retry-After", header)], "");
    let status =
        |status| Fake::default().plain(MODEL, status, &[], "{\"error\":{\"message\":\"m\"}}");
    let cases = [
        (limited("3"), after(3)),
        // Two seconds after the fake's now.
        (limited("Thu, 01 Jan 2026 00:00:02 GMT"), after(2)),
        (limited("nonsense"), soon),
        (status(500), soon),
        (status(401), Retrying::Never),
        (status(400), Retrying::Never),
        (
            Fake::default().plain(MODEL, 200, &[], "<html>gateway</html>"),
            soon,
        ),
        (
            Fake::default().plain(MODEL, 200, &[], "{\"choices\":[{\"mess"),
            soon,
        ),
        (Fake::default().fails(MODEL, FetchTrouble::Connection), soon),
        (Fake::default().fails(MODEL, FetchTrouble::TimedOut), soon),
        (Fake::default().fails(MODEL, FetchTrouble::TooLarge), soon),
    ];
    for (fake, retrying) in cases {
        let error = chat(fake).expect_err("trouble");
        assert_eq!(
            (error.reason, error.retrying),
            (FailureReason::ModelRejected, retrying)
        );
        assert!(!error.to_string().contains("sekret"));
    }
}

#[test]
fn a_provider_that_repeats_the_key_does_not_spread_it() {
    for status in [400, 404, 429, 500] {
        let body =
            json!({ "error": { "message": "bad header `Bearer sk-sekret`", "code": "sk-sekret" } });
        let fake = Fake::default().on(MODEL, status, &body);
        let error = chat(fake).expect_err("trouble").to_string();
        assert!(
            error.contains("bad header") && !error.contains("sekret"),
            "{error}"
        );
    }
}

#[test]
fn the_checkers_troubles_have_their_classes() {
    let cases = [
        (
            Fake::default().plain("/v1/check", 503, &[("retry-after", "2")], ""),
            true,
        ),
        (
            Fake::default().fails("/v1/check", FetchTrouble::Connection),
            true,
        ),
        (
            Fake::default().plain("/v1/check", 200, &[], "not a verdict"),
            true,
        ),
        (Fake::default().plain("/v1/check", 401, &[], ""), false),
    ];
    for (fake, again) in cases {
        let error = check(fake).expect_err("trouble");
        assert_eq!(error.reason, FailureReason::CheckerUnavailable);
        assert_eq!(error.retrying != Retrying::Never, again, "{error}");
    }
}

#[test]
fn a_message_that_postgres_would_refuse_is_made_storable() {
    let fake = Fake::default().on("/v1/check", 200, &verdict("a\u{0}b"));
    let verdict = check(fake).expect("a verdict");
    assert_eq!(verdict.findings[0].message, "a\u{FFFD}b");
}

#[test]
fn the_databases_words_stay_out_of_a_steps_failure() {
    let refused = json!({
        "message": "value (sekret) refused", "code": "23514", "constraint": "c",
    });
    let fake = Fake::default().on("/sql", 400, &refused);
    let error = with(fake, async |world| {
        world.keep(&Digest::of(b""), "").await.expect_err("refused")
    });
    assert_eq!((error.kind, error.retrying), ("refused", Retrying::Never));
    assert!(!error.to_string().contains("sekret"));
}

#[test]
fn only_what_the_database_says_of_a_statement_lasts() {
    let sql = |status, body: &str| Fake::default().plain("/sql", status, &[], body);
    let code = |code: &str| sql(400, &json!({ "message": "m", "code": code }).to_string());
    let cases = [
        (code("23514"), Retrying::Never),
        (code("22P02"), Retrying::Never),
        (sql(413, ""), Retrying::Never),
        (code("28P01"), Retrying::Soon),
        (code("42P01"), Retrying::Soon),
        (code("57P01"), Retrying::Soon),
        (code("XX000"), Retrying::Soon),
        (sql(404, "<html>no such route</html>"), Retrying::Soon),
        (sql(200, "<html>one moment</html>"), Retrying::Soon),
    ];
    for (fake, retrying) in cases {
        let error = with(fake, async |world| {
            world.kept(&Digest::of(b"")).await.expect_err("trouble")
        });
        assert_eq!(error.retrying, retrying, "{error}");
    }
}
