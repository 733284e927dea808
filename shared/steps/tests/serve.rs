//! The endpoint, request by request.

#[path = "serve/checkpoints.rs"]
mod checkpoints;

use std::cell::RefCell;
use std::collections::VecDeque;

use itemsmith_steps::signature::{SigningKey, verify};
use itemsmith_steps::testing::{End, Engine};
use itemsmith_steps::{
    Answer, App, Call, Config, Event, Failure, FetchError, FunctionConfig, Headers, Host,
    HttpRequest, HttpResponse, Method, SDK, Settings, Step, Trigger, drive, serve,
};
use serde_json::{Value, json};

const KEY: &str = "signkey-test-0123456789abcdef0123456789abcdef";
const BEARER: &str =
    "Bearer signkey-test-223e0a160af9da0a03e6dd2c4719c56f5d66a633cbe84e78aaa9f3735865522a";
const FALLBACK: &str = "signkey-test-00";
const NOW: u64 = 1_700_000_000;
const URL: &str = "https://app.test/api/inngest";

struct Shop;

async fn order(step: &Step) -> Result<String, Failure> {
    let events = step.call().events.len();
    let n: u32 = step.run("count", async || Ok(41)).await?;
    Ok(format!("{} of {events}", n + 1))
}

fn ordered() -> Trigger {
    Trigger::Event {
        name: "shop/ordered".into(),
        expression: None,
    }
}

impl App for Shop {
    fn id(&self) -> &str {
        "shop"
    }

    fn functions(&self) -> Vec<FunctionConfig> {
        let order = FunctionConfig::new("order", "Order", vec![ordered()]);
        let failure = order.failure_handler(self.id());
        vec![order, failure]
    }

    async fn call(&self, function_id: &str, call: Call) -> Answer {
        assert_eq!(function_id, "order");
        drive(call, order).await
    }
}

/// Answers from a list and keeps what was asked.
#[derive(Default)]
struct Script {
    answers: RefCell<VecDeque<(u16, Value)>>,
    asked: RefCell<Vec<HttpRequest>>,
}

impl Script {
    fn new(answers: impl IntoIterator<Item = (u16, Value)>) -> Self {
        Self {
            answers: RefCell::new(answers.into_iter().collect()),
            ..Self::default()
        }
    }
}

impl Host for Script {
    async fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        self.asked.borrow_mut().push(request);
        let answer = self.answers.borrow_mut().pop_front();
        let (status, body) = answer.ok_or_else(|| FetchError("refused".into()))?;
        Ok(HttpResponse {
            status,
            headers: Headers::new(),
            body: body.to_string().into_bytes(),
        })
    }

    fn unix_seconds(&self) -> u64 {
        NOW
    }
}

fn cloud() -> Config {
    let some = |text: &str| Some(text.to_owned());
    Config::new(Settings {
        signing_key: some(KEY),
        signing_key_fallback: some(FALLBACK),
        env: some("branch"),
        ..Settings::default()
    })
    .unwrap()
}

fn dev() -> Config {
    let dev = Some("http://127.0.0.1:8288".to_owned());
    Config::new(Settings {
        dev,
        ..Settings::default()
    })
    .unwrap()
}

fn request(method: Method, url: &str, body: &str) -> HttpRequest {
    let (url, body) = (url.to_owned(), body.as_bytes().to_vec());
    HttpRequest {
        method,
        url,
        headers: Headers::new(),
        body,
    }
}

fn signed(mut request: HttpRequest) -> HttpRequest {
    let signature = SigningKey::new(KEY).sign(&request.body, NOW - 7);
    request.headers.set("X-Inngest-Signature", signature);
    request
}

fn ask(config: &Config, host: &Script, request: HttpRequest) -> (u16, Value, HttpResponse) {
    let response = pollster::block_on(serve(&Shop, host, config, request));
    assert_eq!(response.headers.get("x-inngest-sdk"), Some(SDK));
    assert_eq!(response.headers.get("x-inngest-req-version"), Some("2"));
    assert_eq!(
        response.headers.get("content-type"),
        Some("application/json")
    );
    assert_eq!(response.headers.get("x-inngest-sdk-handled"), Some("true"));
    let body = match &response.body[..] {
        // Of a trust probe.
        [] => Value::Null,
        body => serde_json::from_slice(body).expect("every other answer is JSON"),
    };
    (response.status, body, response)
}

fn call_body(use_api: bool) -> String {
    json!({
        "version": -1,
        "ctx": { "run_id": "01RUN", "fn_id": "x", "attempt": 0, "use_api": use_api,
                 "disable_immediate_execution": false, "stack": { "stack": [], "current": 0 } },
        "event": { "name": "shop/ordered", "data": {} },
        "events": [{ "name": "shop/ordered", "data": {} }],
        "steps": {},
    })
    .to_string()
}

fn call_url(function: &str) -> String {
    format!("{URL}?fnId={function}&stepId=step")
}

#[test]
fn the_sdk_header_names_a_version() {
    assert_eq!(
        SDK,
        format!("itemsmith-steps:v{}", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn everyone_may_see_whether_it_is_set_up() {
    let (status, body, response) = ask(&cloud(), &Script::default(), request(Method::Get, URL, ""));
    assert_eq!(status, 200);
    assert_eq!(
        body,
        json!({
            "authentication_succeeded": null,
            "extra": {},
            "function_count": 2,
            "has_event_key": false,
            "has_signing_key": true,
            "has_signing_key_fallback": true,
            "mode": "cloud",
            "schema_version": "2024-05-24",
        })
    );
    assert_eq!(response.headers.get("x-inngest-signature"), None);
}

#[test]
fn who_signs_sees_more_but_no_key() {
    let (status, body, response) = ask(
        &cloud(),
        &Script::default(),
        signed(request(Method::Get, URL, "")),
    );
    assert_eq!(
        (status, &body["authentication_succeeded"]),
        (200, &json!(true))
    );
    assert_eq!(body["app_id"], "shop");
    assert_eq!(body["env"], "branch");
    assert_eq!(body["signing_key_hash"], "223e0a160af9");
    assert!(body["signing_key_fallback_hash"].is_string());
    let text = String::from_utf8(response.body.clone()).unwrap();
    assert!(!text.contains("0123456789abcdef"));
    let signature = response.headers.get("x-inngest-signature");
    assert!(verify(&[SigningKey::new(KEY)], signature, &response.body, NOW).is_ok());
}

#[test]
fn a_wrong_signature_sees_no_more_than_everyone() {
    let mut wrong = request(Method::Get, URL, "");
    wrong
        .headers
        .set("x-inngest-signature", SigningKey::new("ab").sign(b"", NOW));
    let (_, body, _) = ask(&cloud(), &Script::default(), wrong);
    assert_eq!(body["authentication_succeeded"], json!(false));
    assert_eq!(body.get("app_id"), None);
}

#[test]
fn registering_tells_the_configured_server_the_functions() {
    let host = Script::new([(200, json!({ "ok": true, "modified": true }))]);
    let mut put = request(Method::Put, &format!("{URL}?deployId=d%201"), "");
    put.headers.set("x-inngest-server-kind", "cloud");
    put.headers.set("traceparent", "00-01-02-01");
    let (status, body, response) = ask(&cloud(), &host, put);
    assert_eq!(status, 200);
    assert_eq!(
        body,
        json!({ "message": "Successfully registered", "modified": true })
    );
    let said = |name: &str| response.headers.get(name).map(str::to_owned);
    assert_eq!(said("x-inngest-sync-kind").as_deref(), Some("out_of_band"));
    assert_eq!(said("x-inngest-env").as_deref(), Some("branch"));
    assert_eq!(
        said("x-inngest-expected-server-kind").as_deref(),
        Some("cloud")
    );
    assert_eq!(said("traceparent").as_deref(), Some("00-01-02-01"));

    let asked = host.asked.borrow();
    let register = &asked[0];
    assert_eq!(register.method, Method::Post);
    assert_eq!(
        register.url,
        "https://api.inngest.com/fn/register?deployId=d+1"
    );
    assert_eq!(register.headers.get("authorization"), Some(BEARER));
    assert_eq!(
        register.headers.get("x-inngest-expected-server-kind"),
        Some("cloud")
    );
    assert_eq!(register.headers.get("x-inngest-env"), Some("branch"));
    assert_eq!(
        register.headers.get("x-inngest-sync-kind"),
        Some("out_of_band")
    );
    assert_eq!(register.headers.get("traceparent"), Some("00-01-02-01"));
    let body: Value = serde_json::from_slice(&register.body).unwrap();
    assert_eq!(
        (&body["url"], &body["deployType"], &body["v"]),
        (&json!(URL), &json!("ping"), &json!("0.1"))
    );
    assert_eq!(
        (&body["appName"], &body["sdk"]),
        (&json!("shop"), &json!(SDK))
    );
    assert_eq!(body["deployId"], "d 1");
    let ids: Vec<&Value> = body["functions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|function| &function["id"])
        .collect();
    assert_eq!(ids, ["shop-order", "shop-order-failure"]);
}

#[test]
fn registering_tries_the_fallback_key_and_says_what_went_wrong() {
    let host = Script::new([(401, json!({})), (200, json!({ "ok": true }))]);
    let (status, body, _) = ask(&cloud(), &host, request(Method::Put, URL, ""));
    assert_eq!((status, &body["modified"]), (200, &json!(false)));
    let asked = host.asked.borrow();
    assert_ne!(
        asked[0].headers.get("authorization"),
        asked[1].headers.get("authorization")
    );

    for (answers, expected, words) in [
        (vec![], 500, "cannot be reached"),
        (
            vec![(401, json!({})), (403, json!({}))],
            403,
            "refuses the signing key",
        ),
        (
            vec![(400, json!({ "error": "no functions" }))],
            400,
            "no functions",
        ),
        (
            vec![(200, json!({ "error": "no functions", "status": 400 }))],
            400,
            "no functions",
        ),
        (vec![(302, json!({}))], 500, "status 302"),
    ] {
        let host = Script::new(answers);
        let (status, body, _) = ask(&cloud(), &host, request(Method::Put, URL, ""));
        assert_eq!((status, &body["modified"]), (expected, &json!(false)));
        assert!(body["message"].as_str().unwrap().contains(words), "{body}");
    }
}

#[test]
fn a_development_server_is_told_without_a_token() {
    let host = Script::new([(200, json!({ "ok": true }))]);
    let (status, _, _) = ask(&dev(), &host, request(Method::Put, URL, ""));
    let asked = host.asked.borrow();
    assert_eq!(
        (status, asked[0].url.as_str()),
        (200, "http://127.0.0.1:8288/fn/register")
    );
    assert_eq!(asked[0].headers.get("authorization"), None);
}

#[test]
fn an_in_band_sync_answers_with_the_functions() {
    let mut put = request(
        Method::Put,
        URL,
        r#"{"url":"https://public.test/api/inngest"}"#,
    );
    put.headers.set("x-inngest-sync-kind", "in_band");
    let host = Script::default();
    assert_eq!(ask(&cloud(), &host, put.clone()).0, 401);

    let (status, body, response) = ask(&cloud(), &host, signed(put));
    assert_eq!(status, 200);
    assert_eq!(response.headers.get("x-inngest-sync-kind"), Some("in_band"));
    assert!(response.headers.get("x-inngest-signature").is_some());
    assert_eq!(body["url"], "https://public.test/api/inngest");
    let runtime = &body["functions"][0]["steps"]["step"]["runtime"]["url"];
    assert_eq!(
        runtime,
        "https://public.test/api/inngest?fnId=shop-order&stepId=step"
    );
    assert_eq!(body["inspection"]["schema_version"], "2024-05-24");
    assert!(host.asked.borrow().is_empty());
}

#[test]
fn probes_tell_whether_the_server_is_trusted() {
    let trust = request(Method::Post, &format!("{URL}?probe=trust"), "");
    assert_eq!(ask(&cloud(), &Script::default(), trust.clone()).0, 401);
    assert_eq!(ask(&cloud(), &Script::default(), signed(trust)).0, 200);
    let other = request(Method::Post, &format!("{URL}?probe=other"), "");
    assert_eq!(ask(&cloud(), &Script::default(), signed(other)).0, 400);
}

#[test]
fn unsigned_calls_are_refused_before_their_body_is_read() {
    for body in [
        call_body(false),
        "{not json".to_owned(),
        "[".repeat(100_000),
    ] {
        let call = request(Method::Post, &call_url("shop-order"), &body);
        let (status, answer, _) = ask(&cloud(), &Script::default(), call.clone());
        assert_eq!(
            (status, answer),
            (401, json!({ "message": "Unauthorized" }))
        );

        let mut twice = signed(call);
        let signature = twice.headers.get("x-inngest-signature").unwrap().to_owned();
        twice.headers.append("x-inngest-signature", signature);
        assert_eq!(ask(&cloud(), &Script::default(), twice).0, 401);
    }
}

#[test]
fn without_a_signing_key_the_cloud_is_told_what_is_missing() {
    let config = Config::new(Settings::default()).unwrap();
    let call = request(Method::Post, &call_url("shop-order"), &call_body(false));
    let (status, body, _) = ask(&config, &Script::default(), call);
    assert_eq!(status, 500);
    assert!(
        body["message"]
            .as_str()
            .unwrap()
            .contains("INNGEST_SIGNING_KEY")
    );
}

#[test]
fn a_signed_call_runs_the_function_and_the_answer_is_signed() {
    let call = request(Method::Post, &call_url("shop-order"), &call_body(false));
    let (status, body, response) = ask(&cloud(), &Script::default(), signed(call));
    assert_eq!(
        (status, &body[0]["op"], &body[0]["data"]),
        (206, &json!("StepRun"), &json!(41))
    );
    let signature = response.headers.get("x-inngest-signature");
    assert!(verify(&[SigningKey::new(KEY)], signature, &response.body, NOW).is_ok());
}

#[test]
fn calls_that_cannot_be_are_told_apart() {
    let post = |url: &str, body: &str| {
        let (status, _, response) =
            ask(&dev(), &Script::default(), request(Method::Post, url, body));
        (
            status,
            response
                .headers
                .get("x-inngest-no-retry")
                .map(str::to_owned),
        )
    };
    let retried = |status| (status, Some("false".to_owned()));
    let last = |status| (status, Some("true".to_owned()));
    let body = call_body(false);
    assert_eq!(post(&call_url("shop-unknown"), &body), retried(500));
    assert_eq!(post(&call_url("order"), &body), retried(500));
    assert_eq!(post(URL, &body), last(400));
    for body in [
        "",
        "{",
        "null",
        "[]",
        "{\"ctx\":{}}",
        "{\"ctx\":{\"run_id\":7}}",
    ] {
        assert_eq!(post(&call_url("shop-order"), body), last(400), "{body}");
    }
    let (status, _, response) = ask(&dev(), &Script::default(), request(Method::Other, URL, ""));
    assert_eq!(
        (status, response.headers.get("allow")),
        (405, Some("GET, PUT, POST"))
    );
}

#[test]
fn state_too_large_for_a_call_is_fetched() {
    let batch = json!([{ "name": "e", "data": {} }, { "name": "e", "data": {} }]);
    let sha1_of_count = "ee9f38e186ba06f57b7b74d7e626b94e13ce2556";
    let actions = json!({ sha1_of_count: { "data": 1 } });
    let host = Script::new([(200, batch), (401, json!({})), (200, actions)]);
    let call = request(Method::Post, &call_url("shop-order"), &call_body(true));
    let (status, body, _) = ask(&cloud(), &host, signed(call.clone()));
    assert_eq!((status, body), (200, json!("2 of 2")));
    let asked: Vec<String> = host
        .asked
        .borrow()
        .iter()
        .map(|request| request.url.clone())
        .collect();
    assert_eq!(asked[0], "https://api.inngest.com/v0/runs/01RUN/batch");
    assert_eq!(asked[2], "https://api.inngest.com/v0/runs/01RUN/actions");

    for answers in [
        vec![],
        vec![(404, json!({}))],
        vec![(200, json!(1)), (200, json!({}))],
    ] {
        let (status, _, response) = ask(&cloud(), &Script::new(answers), signed(call.clone()));
        assert_eq!(status, 500);
        assert_eq!(response.headers.get("x-inngest-no-retry"), Some("false"));
    }
}

#[test]
fn a_run_goes_through_the_endpoint_to_its_end() {
    let (host, config) = (Script::default(), dev());
    let mut engine = Engine::new("shop-order", Event::default());
    let call = async |request| serve(&Shop, &host, &config, request).await;
    let end = pollster::block_on(engine.run(call));
    assert_eq!(end, End::Finished(json!("42 of 1")));
}

#[test]
fn nothing_of_an_app_that_is_wrong_is_served() {
    struct Wrong;
    impl App for Wrong {
        fn id(&self) -> &str {
            "shop"
        }
        fn functions(&self) -> Vec<FunctionConfig> {
            vec![FunctionConfig::new("order", "Order", Vec::new())]
        }
        async fn call(&self, _: &str, call: Call) -> Answer {
            drive(call, order).await
        }
    }
    for method in [Method::Get, Method::Put, Method::Post] {
        let host = Script::default();
        let asked = request(method, &call_url("shop-order"), &call_body(false));
        let response = pollster::block_on(serve(&Wrong, &host, &dev(), asked));
        let body: Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!(
            (response.status, &body["name"]),
            (500, &json!("InvalidApp"))
        );
        let message = body["message"].as_str().unwrap();
        assert!(message.contains("`order`: triggers: 0"), "{message}");
        assert!(host.asked.borrow().is_empty());
    }
    // Whoever is not the server hears that first.
    let asked = request(Method::Post, &call_url("shop-order"), &call_body(false));
    let response = pollster::block_on(serve(&Wrong, &Script::default(), &cloud(), asked));
    assert_eq!(response.status, 401);
}
