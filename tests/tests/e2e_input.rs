//! Bad input of each kind: a clear problem document, and the next request works.

use itemsmith_api::auth::DEVELOPMENT_KEY;
use itemsmith_tests::{run, shared, site::SAMPLES, site::sample};

struct Case {
    what: &'static str,
    body: Vec<u8>,
    status: u16,
    pointer: Option<&'static str>,
}

fn case(what: &'static str, body: impl Into<Vec<u8>>, status: u16) -> Case {
    Case {
        what,
        body: body.into(),
        status,
        pointer: None,
    }
}

fn at(what: &'static str, body: impl Into<Vec<u8>>, pointer: &'static str) -> Case {
    Case {
        what,
        body: body.into(),
        status: 422,
        pointer: Some(pointer),
    }
}

fn envelope(rest: &str) -> String {
    format!(r#"{{"structuredItem":{{"identifier":"x"}}{rest}}}"#)
}

fn cases() -> Vec<Case> {
    let deep = format!(
        r#"{{"structuredItem":{}1{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let large = format!(r#"{{"structuredItem":{{"x":"{}"}}}}"#, "a".repeat(1 << 20));
    vec![
        case("nothing", "", 400),
        case("not JSON", "{", 400),
        case("trailing bytes", format!("{}x", envelope("")), 400),
        case(
            "a byte order mark",
            format!("\u{feff}{}", envelope("")),
            400,
        ),
        case("not UTF-8", b"{\"structuredItem\":\"\xff\"}".to_vec(), 400),
        case("NaN", envelope(r#","maxAttempts":NaN"#), 400),
        case("one byte over the limit", large, 413),
        case("too deep", deep, 400),
        case(
            "a duplicate key",
            r#"{"structuredItem":{"a":1,"a":2}}"#,
            400,
        ),
        case(
            "a lone surrogate",
            r#"{"structuredItem":{"a":"\ud800"}}"#,
            400,
        ),
        case("NUL in a text", r#"{"structuredItem":{"a":"\u0000"}}"#, 400),
        at("no item", "{}", "/structuredItem"),
        at(
            "an item that is a list",
            r#"{"structuredItem":[]}"#,
            "/structuredItem",
        ),
        at("an unknown field", envelope(r#","colour":1"#), "/colour"),
        at("a seed that is a number", envelope(r#","seed":7"#), "/seed"),
        at("a seed with a sign", envelope(r#","seed":"-1""#), "/seed"),
        at("an empty seed", envelope(r#","seed":"""#), "/seed"),
        at(
            "a seed of twenty-one digits",
            envelope(r#","seed":"100000000000000000000""#),
            "/seed",
        ),
        at(
            "no attempts",
            envelope(r#","maxAttempts":0"#),
            "/maxAttempts",
        ),
        at(
            "too many attempts",
            envelope(r#","maxAttempts":11"#),
            "/maxAttempts",
        ),
        at(
            "an unknown widget",
            r#"{"structuredItem":{"widgets":{"w":{"type":"flyingCarpet"}}}}"#,
            "/structuredItem/widgets/w/type",
        ),
        at(
            "two widget types",
            r#"{"structuredItem":{"widgets":{"a":{"type":"dotPlot"},"b":{"type":"barChart"}}}}"#,
            "/structuredItem/widgets",
        ),
        at(
            "a widget without a type",
            r#"{"structuredItem":{"widgets":{"a":{}}}}"#,
            "/structuredItem/widgets/a/type",
        ),
    ]
}

#[test]
fn every_bad_body_gets_its_problem_and_harms_nobody() {
    run(async {
        let site = shared().await;
        let url = format!("{}/api/templates", site.stack.addresses.worker);
        let http = reqwest::Client::new();
        for case in cases() {
            let what = case.what;
            let answer = http
                .post(&url)
                .bearer_auth(DEVELOPMENT_KEY)
                .header("content-type", "application/json")
                .body(case.body)
                .send()
                .await
                .unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(answer.status().as_u16(), case.status, "{what}");
            let kind = answer.headers()["content-type"]
                .to_str()
                .unwrap_or_default()
                .to_owned();
            assert_eq!(kind, "application/problem+json", "{what}");
            let text = answer.text().await.expect("a body");
            let problem: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            assert_eq!(problem["status"], case.status, "{what}");
            if let Some(pointer) = case.pointer {
                assert!(
                    problem["pointer"]
                        .as_str()
                        .is_some_and(|p| p.starts_with(pointer)),
                    "{what}: {text}"
                );
            }
            let page = format!(
                "{}{}",
                site.stack.addresses.worker,
                problem["type"].as_str().expect("a type")
            );
            let page = reqwest::get(&page).await.expect("the page of the problem");
            assert!(
                page.status().is_success(),
                "{what}: the problem's page is served"
            );
        }
        site.submit(SAMPLES[0], "rehearsal-once").await;
    });
}

#[test]
fn keys_methods_media_types_and_ids_are_checked() {
    run(async {
        let site = shared().await;
        let base = site.stack.addresses.worker.clone();
        let http = reqwest::Client::new();
        let id = "01890000-0000-7000-8000-000000000000";
        let known = |request: reqwest::RequestBuilder| request.bearer_auth(DEVELOPMENT_KEY);
        let json = |request: reqwest::RequestBuilder| {
            request
                .header("content-type", "application/json")
                .body(envelope(""))
        };
        let url = |path: &str| format!("{base}{path}");
        let status = url(&format!("/api/templates/{id}"));
        let cases = [
            ("no key", json(http.post(url("/api/templates"))), 401),
            (
                "a wrong key",
                json(http.post(url("/api/templates")).bearer_auth("nonsense")),
                401,
            ),
            ("no key on a read", http.get(&status), 401),
            ("an unknown id", known(http.get(&status)), 404),
            (
                "a malformed id",
                known(http.get(url("/api/templates/42"))),
                404,
            ),
            ("an unknown path", known(http.get(url("/api/nothing"))), 404),
            ("a wrong method", known(http.delete(&status)), 405),
            (
                "a wrong media type",
                known(http.post(url("/api/templates")))
                    .header("content-type", "text/plain")
                    .body("{}"),
                415,
            ),
            (
                "an unknown artifact",
                known(http.get(format!("{status}/artifacts/x"))),
                404,
            ),
        ];
        for (what, request, wanted) in cases {
            let answer = request
                .send()
                .await
                .unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(answer.status().as_u16(), wanted, "{what}");
            match wanted {
                401 => assert!(answer.headers().contains_key("www-authenticate"), "{what}"),
                405 => assert!(answer.headers().contains_key("allow"), "{what}"),
                _ => {}
            }
        }
    });
}

#[test]
fn an_artifact_is_409_before_the_end_and_404_after_a_failure() {
    run(async {
        let site = shared().await;
        let id = site.submit(SAMPLES[0], "rehearsal-down").await;
        let url = format!(
            "{}/api/templates/{id}/artifacts/template.ts",
            site.stack.addresses.worker
        );
        let get = || async {
            let request = reqwest::Client::new()
                .get(&url)
                .bearer_auth(DEVELOPMENT_KEY);
            request.send().await.expect("an answer").status().as_u16()
        };
        assert_eq!(get().await, 409);
        site.ended(&id).await;
        assert_eq!(get().await, 404);
    });
}

#[test]
fn the_item_is_stored_as_it_was_written() {
    run(async {
        let site = shared().await;
        let text = std::fs::read_to_string(sample(SAMPLES[0])).expect("the sample");
        // A number that a float would change, and keys that sorting would move.
        let text = text.replacen('{', r#"{"zebra": 1.10, "apple": 12345678901234567890, "#, 1);
        let item = serde_json::value::RawValue::from_string(text).expect("JSON");
        let accepted = site
            .client
            .submit(&item, &itemsmith_local::client::Options::default())
            .await;
        let id = accepted.expect("accepted").id.to_string();
        let database = itemsmith_tests::database::connect(&site.stack.database_url).await;
        let row = database
            .query_one(
                "SELECT source_text FROM generation_requests WHERE id = $1::text::uuid",
                &[&id],
            )
            .await
            .expect("the row");
        let stored: String = row.get(0);
        assert!(stored.starts_with("{\n  \"zebra\": 1.10,\n  \"apple\": 12345678901234567890,\n"));
    });
}
