//! Inngest's conformance runner, played on our engine: its registration, its events, and what it
//! asserts of the server's calls and of the app's answers, which come from our SDK with signatures
//! verified. What it asserts of answers alone is in `tests/conformance-app/tests/runner.rs`.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use itemsmith_conformance_app::configuration;
use itemsmith_local::{
    engine::{EngineConfig, SigningKey},
    postgres::create_test_database,
    stack::{Database, Port, RunFolder},
};
use itemsmith_tests::runner::{Called, serve_runner};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::{
        mpsc::{UnboundedReceiver, unbounded_channel},
        oneshot,
    },
    time::timeout,
};

/// The key of the runner's own tests. It has no prefix, and the runner presents its hash under one.
const KEY: &str = "7468697320697320612074657374206b6579";
const BEARER_PREFIX: &str = "signkey-test-";
const EVENT_KEY: &str = "test";
/// How long anything may take on a busy two-core machine; the runner allows 5 to 45 s.
const PATIENCE: Duration = Duration::from_secs(30);

const FIRST_STEP: &str = "98bf98df193bcce7c33e6bc50927cf2ac21206cb";
const SLEEP: &str = "c3ca5f787365eae0dea86250e27d476406956478";
const SECOND_STEP: &str = "764e20ec975d4ef820d0f42e6a5833384bd7ee36";
const WAIT: &str = "daaad336276d15594d0e765f96c17cd746bf4971";

struct Setting {
    engine: String,
    http: reqwest::Client,
    calls: UnboundedReceiver<Called>,
}

/// What the runner expects of the next call, as far as it changes within a run.
#[derive(Default)]
struct Expected {
    event: Value,
    steps: BTreeMap<&'static str, Value>,
    stack: Vec<&'static str>,
}

impl Expected {
    fn of(event: &Value) -> Self {
        Self {
            event: event.clone(),
            ..Self::default()
        }
    }

    fn remember(&mut self, hash: &'static str, memory: Value) {
        self.stack.push(hash);
        self.steps.insert(hash, memory);
    }
}

impl Setting {
    async fn post(&self, path: &str, bearer: Option<String>, body: &Value) -> Value {
        let mut request = self.http.post(format!("{}{path}", self.engine)).json(body);
        if let Some(bearer) = bearer {
            request = request.bearer_auth(bearer);
        }
        let response = request.send().await.expect("the engine answers");
        let status = response.status();
        let text = response.text().await.expect("a body");
        assert!(status.as_u16() < 300, "{path}: {status}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Sends an event; gives the server's id of it.
    async fn send(&self, event: &Value) -> String {
        let answer = self.post(&format!("/e/{EVENT_KEY}"), None, event).await;
        answer["ids"][0].as_str().expect("an id").to_owned()
    }

    /// The next call is to be as expected; its answer's status and body.
    async fn call(&mut self, case: &str, expected: &Expected, attempt: u64) -> (u16, Value) {
        let called = timeout(PATIENCE, self.calls.recv()).await;
        let called = called.unwrap_or_else(|_| panic!("{case}: no call came"));
        let called = called.expect("the app is served");
        assert!(
            called.url.ends_with("stepId=step"),
            "{case}: {}",
            called.url
        );
        let request: Value = serde_json::from_slice(&called.request).expect("JSON");

        // The event's own fields; others of the runner's type are to be empty.
        let event = &request["event"];
        for field in ["name", "data"] {
            assert_eq!(event[field], expected.event[field], "{case}: event.{field}");
        }
        let or = |value: &Value, default: Value| {
            if value.is_null() {
                default
            } else {
                value.clone()
            }
        };
        let user = or(&event["user"], json!({}));
        assert_eq!(
            user,
            or(&expected.event["user"], json!({})),
            "{case}: event.user"
        );
        assert_eq!(or(&event["v"], "".into()), "", "{case}: event.v");

        // The context whole, but for what only the server knows, which is to be of its type.
        let ctx = &request["ctx"];
        let length = |field: &str| ctx[field].as_str().map(str::len);
        assert_eq!(
            length("run_id"),
            Some("01KAT5GQ4M0Z6V6Q8Y4RGN9F2D".len()),
            "{case}"
        );
        let uuid = "5e1c8b1e-6c7b-5f0a-9d7e-3f1f4c1c2b3a";
        assert_eq!(length("fn_id"), Some(uuid.len()), "{case}");
        assert!(ctx["max_attempts"].is_u64(), "{case}: {ctx}");
        for text in ["qi_id", "request_id", "job_id"] {
            assert!(or(&ctx[text], "".into()).is_string(), "{case}: {text}");
        }
        let current = expected.stack.len();
        assert_eq!(
            json!({
                "env": or(&ctx["env"], "".into()),
                "step_id": ctx["step_id"],
                "attempt": ctx["attempt"],
                "stack": ctx["stack"],
                "disable_immediate_execution": or(&ctx["disable_immediate_execution"], false.into()),
                "use_api": or(&ctx["use_api"], false.into()),
            }),
            json!({
                "env": "",
                "step_id": "step",
                "attempt": attempt,
                "stack": { "stack": expected.stack, "current": current },
                "disable_immediate_execution": false,
                "use_api": false,
            }),
            "{case}: ctx"
        );
        assert_eq!(request["steps"], json!(expected.steps), "{case}: steps");
        let body = serde_json::from_slice(&called.response).expect("JSON");
        (called.status, body)
    }

    /// The next call is as expected and reports one step.
    async fn reports(&mut self, case: &str, expected: &Expected, attempt: u64, op: Value) {
        let (status, body) = self.call(case, expected, attempt).await;
        assert_eq!(status, 206, "{case}: {body}");
        let [reported] = body.as_array().map(Vec::as_slice).unwrap_or_default() else {
            panic!("{case}: one step, not {body}");
        };
        for (field, value) in op.as_object().expect("an object") {
            assert_eq!(&reported[field], value, "{case}: {field} of {reported}");
        }
    }

    /// The next call is as expected and ends the run.
    async fn finishes(&mut self, case: &str, expected: &Expected, attempt: u64, result: Value) {
        let (status, body) = self.call(case, expected, attempt).await;
        assert_eq!((status, body), (200, result), "{case}");
    }
}

/// What the runner makes of the functions before it registers them: read into the types of
/// Inngest's server, and written again.
fn rewritten(functions: &Value, origin: &str) -> Vec<Value> {
    let function = |function: &Value| {
        let step = &function["steps"]["step"];
        let url = step["runtime"]["url"].as_str().expect("a URL");
        let (_, query) = url.split_once('?').expect("a query");
        let mut written = json!({
            "name": function["name"],
            "id": function["id"],
            "triggers": function["triggers"],
            "steps": { "step": {
                "id": step["id"],
                "name": step["name"],
                "runtime": { "type": "http", "url": format!("{origin}/?{query}") },
                "retries": step["retries"],
            } },
        });
        if function["cancel"].is_array() {
            written["cancel"] = function["cancel"].clone();
        }
        written
    };
    functions
        .as_array()
        .expect("functions")
        .iter()
        .map(function)
        .collect()
}

/// Syncs the app in band and registers it, as the runner does before its cases.
async fn register(setting: &Setting, origin: &str) {
    let payload = json!({ "url": origin }).to_string();
    let now = std::time::SystemTime::now();
    let now = now
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970");
    let signature = SigningKey::new(KEY).sign(payload.as_bytes(), now.as_secs());
    let response = setting
        .http
        .put(format!("{origin}/api/inngest"))
        .header("content-type", "application/json")
        .header("x-inngest-sync-kind", "in_band")
        .header("x-inngest-server-kind", "dev")
        .header("x-inngest-signature", signature)
        .body(payload)
        .send()
        .await
        .expect("the app answers");
    assert_eq!(response.status().as_u16(), 200);
    let synced: Value = response.json().await.expect("JSON");
    let language = synced["sdk_language"].as_str().expect("a language");
    let version = synced["sdk_version"].as_str().expect("a version");
    let registration = json!({
        "v": "1",
        "url": origin,
        "deployType": "ping",
        "sdk": format!("{language}:{version}"),
        "framework": "",
        "appName": synced["app_id"],
        "functions": rewritten(&synced["functions"], origin),
        "headers": { "env": "", "platform": "" },
        "idempotencyKey": "",
        "capabilities": { "in_band_sync": "", "trust_probe": "", "connect": "" },
    });
    let bearer = format!("{BEARER_PREFIX}{}", SigningKey::new(KEY).hash());
    setting
        .post("/fn/register", Some(bearer), &registration)
        .await;
}

async fn basic_invoke(setting: &mut Setting) {
    let case = "basic-invoke";
    let event = json!({ "name": "tests/function.test", "data": { "test": true } });
    setting.send(&event).await;
    let result = json!({ "name": "tests/function.test", "body": "ok" });
    setting
        .finishes(case, &Expected::of(&event), 0, result)
        .await;
}

fn with_steps(name: &str) -> Value {
    json!({
        "name": name,
        "data": { "steps": { "ok": "yes" } },
        "user": { "email": "test@example.com" },
    })
}

async fn steps_serial(setting: &mut Setting) {
    let case = "steps-serial";
    let event = with_steps("tests/step.test");
    let mut expected = Expected::of(&event);
    setting.send(&event).await;
    let first = json!({ "op": "StepRun", "id": FIRST_STEP, "data": "first step" });
    setting.reports(case, &expected, 0, first).await;
    expected.remember(FIRST_STEP, json!({ "data": "first step" }));
    let sleep = json!({ "op": "Sleep", "id": SLEEP, "name": "2s" });
    setting.reports(case, &expected, 0, sleep).await;
    expected.remember(SLEEP, Value::Null);
    let data = json!({ "first": "first step", "second": true });
    let second = json!({ "op": "StepRun", "id": SECOND_STEP, "data": data });
    setting.reports(case, &expected, 0, second).await;
    expected.remember(SECOND_STEP, json!({ "data": data }));
    let result = json!({ "name": "tests/step.test", "body": "ok" });
    setting.finishes(case, &expected, 0, result).await;
}

async fn retry_basic(setting: &mut Setting) {
    let case = "retry-basic";
    let event = with_steps("tests/retry.test");
    let mut expected = Expected::of(&event);
    setting.send(&event).await;
    let broken = json!({ "op": "StepError", "id": FIRST_STEP, "data": null });
    setting.reports(case, &expected, 0, broken).await;
    let second = json!({ "op": "StepRun", "id": FIRST_STEP, "data": "yes: 2" });
    setting.reports(case, &expected, 1, second).await;
    expected.remember(FIRST_STEP, json!({ "data": "yes: 2" }));
    // The attempts of the step do not count as the function's.
    let (status, body) = setting.call(case, &expected, 0).await;
    assert_eq!(
        (status, &body["message"]),
        (500, &json!("broken func")),
        "{case}"
    );
    let result = json!({ "name": "tests/retry.test", "body": "ok" });
    setting.finishes(case, &expected, 1, result).await;
}

async fn cancel_basic(setting: &mut Setting) {
    let case = "cancel-basic";
    let data = json!({ "request_id": "123", "whatever": "this doesn't matter my friend" });
    let event = json!({ "name": "tests/cancel.test", "data": data });
    let id = setting.send(&event).await;
    let sleep = json!({ "op": "Sleep", "id": SLEEP, "name": "10s" });
    setting.reports(case, &Expected::of(&event), 0, sleep).await;
    let cancel = json!({ "name": "cancel/please", "data": { "request_id": "123" } });
    setting.send(&cancel).await;
    // The runner waits until the sleep would be over; here the run says so at once.
    let path = format!("{}/v1/events/{id}/runs", setting.engine);
    let cancelled = async {
        loop {
            let asked = setting.http.get(&path).bearer_auth(KEY).send().await;
            let runs: Value = asked.expect("an answer").json().await.expect("JSON");
            if runs["data"][0]["status"] == "Cancelled" {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, cancelled)
        .await
        .expect("the run is cancelled");
    assert!(
        setting.calls.try_recv().is_err(),
        "{case}: no call after that"
    );
}

async fn wait_for_event_basic(setting: &mut Setting) {
    let case = "wait-for-event-basic";
    let event = json!({ "name": "tests/wait.test", "data": { "id": "123" } });
    let mut expected = Expected::of(&event);
    setting.send(&event).await;
    let wait = json!({ "op": "WaitForEvent", "id": WAIT, "name": "wait" });
    setting.reports(case, &expected, 0, wait).await;
    let ignored = json!({ "name": "test/resume", "data": { "id": "ignored" } });
    setting.send(&ignored).await;
    let data = json!({ "id": "123", "resume": true });
    let resume = json!({
        "id": "resume",
        "name": "test/resume",
        "data": data,
        "user": {},
        "ts": 1_764_000_000_000_u64,
    });
    setting.send(&resume).await;
    expected.remember(WAIT, resume);
    let result = json!({ "result": data });
    setting.finishes(case, &expected, 0, result).await;
}

#[test]
fn the_engine_and_the_sdk_pass_every_case_of_inngests_runner() {
    itemsmith_tests::run(async {
        let folder = RunFolder::create("runner").expect("a folder");
        let database = Database::start(folder.path(), false)
            .await
            .expect("a database");
        let url = create_test_database(database.url())
            .await
            .expect("one of its own");
        let port = Port::claim(None).expect("a port");
        let config = EngineConfig {
            listen: port.address().parse::<SocketAddr>().expect("an address"),
            event_keys: vec![EVENT_KEY.to_owned()],
            signing_key: Some(SigningKey::new(KEY)),
            // The default would make the retries wait for seconds.
            retry_base: Duration::from_millis(50),
            ..EngineConfig::development(url)
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let engine = tokio::spawn(itemsmith_local::engine::run(config, async move {
            let _told = stopped.await;
        }));
        let http = reqwest::Client::new();
        let health = format!("{}/health", port.origin());
        let healthy = async {
            while http.get(&health).send().await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, healthy)
            .await
            .expect("the engine answers");

        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let listener = listener.into_std().expect("a socket");
        let (told, calls) = unbounded_channel();
        let app = std::thread::spawn(move || {
            let config = configuration(|name| (name == "INNGEST_SIGNING_KEY").then(|| KEY.into()));
            let config = config.expect("a configuration").with_host("hyper", None);
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.expect("a runtime").block_on(async {
                let listener = TcpListener::from_std(listener).expect("a socket");
                tokio::select! {
                    () = told.closed() => {}
                    () = serve_runner(listener, config, told.clone()) => {}
                }
            });
        });

        let mut setting = Setting {
            engine: port.origin(),
            http,
            calls,
        };
        register(&setting, &origin).await;
        basic_invoke(&mut setting).await;
        steps_serial(&mut setting).await;
        retry_basic(&mut setting).await;
        cancel_basic(&mut setting).await;
        wait_for_event_basic(&mut setting).await;

        drop(setting);
        app.join().expect("the app ends");
        let _gone = stop.send(());
        engine
            .await
            .expect("the engine's task")
            .expect("the engine ends well");
        database.stop().await;
    });
}
