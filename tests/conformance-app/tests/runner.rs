//! The cases of Inngest's conformance runner, played natively: its sync, the requests of its dev
//! server, and what it asserts of our answers. What it asserts of the server is tried in
//! `tests/tests/runner.rs`.

use std::collections::BTreeMap;

use itemsmith_conformance_app::{Runner, configuration};
use itemsmith_steps::signature::SigningKey;
use itemsmith_steps::{
    App, Config, FetchError, Headers, Host, HttpRequest, HttpResponse, Method, SDK, serve,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// The key of the runner's own tests: hexadecimal, without a prefix.
const KEY: &str = "7468697320697320612074657374206b6579";
/// The address of the runner's proxy: no path.
const PROXY: &str = "http://127.0.0.1:49152";
const SDK_URL: &str = "http://127.0.0.1:3000/api/inngest";
const NOW: u64 = 1_764_000_000;

const FIRST_STEP: &str = "98bf98df193bcce7c33e6bc50927cf2ac21206cb";
const SLEEP: &str = "c3ca5f787365eae0dea86250e27d476406956478";
const SECOND_STEP: &str = "764e20ec975d4ef820d0f42e6a5833384bd7ee36";
const WAIT: &str = "daaad336276d15594d0e765f96c17cd746bf4971";

struct Clock;

impl Host for Clock {
    async fn fetch(&self, _: HttpRequest) -> Result<HttpResponse, FetchError> {
        Err(FetchError("the runner's cases ask for nothing".into()))
    }

    fn unix_seconds(&self) -> u64 {
        NOW
    }
}

/// As the app is set up for the runner, or with a key and signatures.
fn config(is_dev: bool) -> Config {
    let config = configuration(|name| match (name, is_dev) {
        ("INNGEST_DEV", true) => Some("http://127.0.0.1:8288".to_owned()),
        ("INNGEST_SIGNING_KEY", _) => Some(KEY.to_owned()),
        _ => None,
    });
    config.expect("a configuration")
}

fn send(is_dev: bool, method: Method, url: &str, headers: Headers, body: &Value) -> HttpResponse {
    let body = if body.is_null() {
        Vec::new()
    } else {
        body.to_string().into_bytes()
    };
    let url = url.to_owned();
    let request = HttpRequest {
        method,
        url,
        headers,
        body,
    };
    let response = pollster::block_on(serve(&Runner, &Clock, &config(is_dev), request));
    // Without it the server takes no answer.
    assert_eq!(response.headers.get("x-inngest-sdk"), Some(SDK));
    response
}

fn read(response: &HttpResponse) -> Value {
    serde_json::from_slice(&response.body).expect("JSON")
}

/// The in-band sync with which doctor and run begin: the functions by their ids.
fn synced(is_dev: bool) -> BTreeMap<String, Value> {
    let payload = json!({ "url": PROXY });
    let signature = SigningKey::new(KEY).sign(payload.to_string().as_bytes(), NOW - 1);
    let headers = [
        ("content-type", "application/json"),
        ("x-inngest-sync-kind", "in_band"),
        ("x-inngest-server-kind", "dev"),
        ("x-inngest-signature", &signature),
    ];
    let headers = headers.into_iter().collect();
    let response = send(is_dev, Method::Put, SDK_URL, headers, &payload);
    assert!(response.status < 300, "{}", response.status);
    let body = read(&response);
    for field in ["app_id", "sdk_language", "sdk_version", "url"] {
        assert!(body[field].is_string(), "{field}: {body}");
    }
    assert!(body["platform"].is_null() || body["platform"].is_string());
    let functions = body["functions"].as_array().expect("functions");
    let by_id = |function: &Value| {
        let id = function["id"].as_str().expect("an id").to_owned();
        (id, function.clone())
    };
    functions.iter().map(by_id).collect()
}

#[test]
fn doctor_inspects_the_endpoint() {
    for is_dev in [true, false] {
        let response = send(is_dev, Method::Get, SDK_URL, Headers::new(), &Value::Null);
        assert!(response.status < 300, "{}", response.status);
    }
}

#[test]
fn doctor_syncs_and_finds_every_function_that_its_cases_need() {
    for is_dev in [true, false] {
        let functions = synced(is_dev);
        for slug in [
            "test-suite-simple-fn",
            "test-suite-step-test",
            "test-suite-retry-test",
            "test-suite-cancel-test",
            "test-suite-wait-for-event",
        ] {
            let suffix = format!("-{slug}");
            let found = functions.iter().find(|(id, _)| id.ends_with(&suffix));
            let (_, function) = found.unwrap_or_else(|| panic!("{slug}"));
            // The runner keeps the query alone and puts its proxy's address before it.
            let step = &function["steps"]["step"];
            let url = step["runtime"]["url"].as_str().expect("a URL");
            assert!(
                url.starts_with(PROXY) && url.ends_with("stepId=step"),
                "{url}"
            );
            assert!(step["id"].is_string() && step["name"].is_string());
            assert!(function["triggers"][0]["event"].is_string());
        }
    }
}

/// One run as the server has it: the parts of a request that change from call to call.
struct Run {
    function: &'static str,
    event: Value,
    steps: Value,
    stack: Vec<&'static str>,
}

impl Run {
    fn new(function: &'static str, event: Value) -> Self {
        Self {
            function,
            event,
            steps: json!({}),
            stack: Vec::new(),
        }
    }

    fn remember(&mut self, hash: &'static str, memory: Value) {
        self.steps[hash] = memory;
        self.stack.push(hash);
    }

    /// A call through the runner's proxy, with all that the dev server sends today.
    fn call(&self, attempt: u32) -> HttpResponse {
        let id = format!("{}-{}", Runner.id(), self.function);
        let url = format!("{SDK_URL}?fnId={id}&stepId=step");
        let body = json!({
            "event": self.event,
            "events": [self.event],
            "steps": self.steps,
            "defers": {},
            "ctx": {
                "fn_id": "5e1c8b1e-6c7b-5f0a-9d7e-3f1f4c1c2b3a",
                "run_id": "01KAT5GQ4M0Z6V6Q8Y4RGN9F2D",
                "env": "",
                "step_id": "step",
                "attempt": attempt,
                "max_attempts": 5,
                "stack": { "stack": self.stack, "current": self.stack.len() },
                "qi_id": "7ec2:main",
                "request_id": "01KAT5GQ4M0Z6V6Q8Y4RGN9F2E",
                "job_id": "7ec2",
                "disable_immediate_execution": false,
                "use_api": false,
            },
            "version": if self.stack.is_empty() { -1 } else { 2 },
            "use_api": false,
        });
        send(true, Method::Post, &url, Headers::new(), &body)
    }

    fn finishes(&self, attempt: u32, result: Value) {
        let response = self.call(attempt);
        assert_eq!((response.status, read(&response)), (200, result));
    }

    fn reports(&self, attempt: u32, expected: Seen) {
        let response = self.call(attempt);
        assert_eq!(response.status, 206);
        assert_eq!(seen(&response), [expected]);
    }
}

/// An operation, as far as the runner compares it: not its timing, its display name, its id as
/// written, nor what an error has beside its message.
#[derive(Debug, PartialEq)]
struct Seen {
    op: String,
    id: String,
    name: String,
    opts: Value,
    /// As written; none if left out, which the runner tells from `null`.
    data: Option<String>,
    error: Option<String>,
}

impl Seen {
    fn new(op: &str, id: &str, name: &str, data: &str) -> Self {
        Self {
            op: op.to_owned(),
            id: id.to_owned(),
            name: name.to_owned(),
            opts: Value::Null,
            data: Some(data.to_owned()),
            error: None,
        }
    }
}

fn seen(response: &HttpResponse) -> Vec<Seen> {
    #[derive(Deserialize)]
    struct Operation<'a> {
        op: String,
        id: String,
        #[serde(default)]
        name: String,
        #[serde(default)]
        opts: Value,
        #[serde(borrow, default, deserialize_with = "present")]
        data: Option<&'a RawValue>,
        #[serde(default)]
        error: Option<Value>,
    }
    fn present<'de, D: serde::Deserializer<'de>>(
        data: D,
    ) -> Result<Option<&'de RawValue>, D::Error> {
        Deserialize::deserialize(data).map(Some)
    }
    let operations: Vec<Operation> = serde_json::from_slice(&response.body).expect("operations");
    let seen = operations.into_iter().map(|operation| {
        let mut seen = Seen {
            op: operation.op,
            id: operation.id,
            name: operation.name,
            opts: operation.opts,
            data: operation.data.map(|data| data.get().to_owned()),
            error: operation
                .error
                .map(|error| error["message"].as_str().unwrap_or_default().to_owned()),
        };
        // A sleep may say its time in either place.
        if let ("Sleep", Some(time)) = (&*seen.op, seen.opts["duration"].as_str()) {
            seen.name = time.to_owned();
            seen.opts = Value::Null;
        }
        seen
    });
    seen.collect()
}

fn event(name: &str, data: Value, user: Value) -> Value {
    json!({ "id": "01KAT5GQ4M0Z6V6Q8Y4RGN9F2D", "name": name, "data": data, "user": user, "ts": NOW * 1000 })
}

#[test]
fn basic_invoke() {
    let event = event("tests/function.test", json!({ "test": true }), json!({}));
    let run = Run::new("test-suite-simple-fn", event);
    run.finishes(0, json!({ "name": "tests/function.test", "body": "ok" }));
}

fn with_steps(name: &str) -> Value {
    event(
        name,
        json!({ "steps": { "ok": "yes" } }),
        json!({ "email": "test@example.com" }),
    )
}

#[test]
fn steps_serial() {
    let mut run = Run::new("test-suite-step-test", with_steps("tests/step.test"));
    let first = Seen::new("StepRun", FIRST_STEP, "first step", r#""first step""#);
    run.reports(0, first);
    run.remember(FIRST_STEP, json!({ "data": "first step" }));
    run.reports(0, Seen::new("Sleep", SLEEP, "2s", "null"));
    run.remember(SLEEP, Value::Null);
    let second = r#"{"first":"first step","second":true}"#;
    run.reports(0, Seen::new("StepRun", SECOND_STEP, "second step", second));
    run.remember(
        SECOND_STEP,
        json!({ "data": { "first": "first step", "second": true } }),
    );
    run.finishes(0, json!({ "name": "tests/step.test", "body": "ok" }));
}

#[test]
fn retry_basic() {
    let mut run = Run::new("test-suite-retry-test", with_steps("tests/retry.test"));
    let broken = Seen {
        error: Some("broken".to_owned()),
        ..Seen::new("StepError", FIRST_STEP, "first step", "null")
    };
    run.reports(0, broken);
    let second = Seen::new("StepRun", FIRST_STEP, "first step", r#""yes: 2""#);
    run.reports(1, second);
    run.remember(FIRST_STEP, json!({ "data": "yes: 2" }));
    let failed = run.call(0);
    let body = read(&failed);
    assert_eq!(failed.status, 500);
    assert_eq!(
        (&body["name"], &body["message"]),
        (&json!("Error"), &json!("broken func"))
    );
    run.finishes(1, json!({ "name": "tests/retry.test", "body": "ok" }));
}

#[test]
fn cancel_basic() {
    let data = json!({ "request_id": "123", "whatever": "this doesn't matter my friend" });
    let event = event("tests/cancel.test", data, json!({}));
    let run = Run::new("test-suite-cancel-test", event);
    run.reports(0, Seen::new("Sleep", SLEEP, "10s", "null"));
    let functions = synced(true);
    let function = &functions[&format!("{}-test-suite-cancel-test", Runner.id())];
    assert_eq!(
        function["cancel"],
        json!([{
            "event": "cancel/please",
            "if": "async.data.request_id == event.data.request_id",
        }])
    );
}

#[test]
fn wait_for_event_basic() {
    let data = json!({ "id": "123" });
    let mut run = Run::new(
        "test-suite-wait-for-event",
        event("tests/wait.test", data, json!({})),
    );
    let waits = Seen {
        opts: json!({
            "event": "test/resume",
            "if": "async.data.resume == true && async.data.id == event.data.id",
            "timeout": "10s",
        }),
        ..Seen::new("WaitForEvent", WAIT, "wait", "null")
    };
    run.reports(0, waits);
    let resumed = json!({ "id": "123", "resume": true });
    run.remember(WAIT, event("test/resume", resumed.clone(), json!({})));
    run.finishes(0, json!({ "result": resumed }));
}
