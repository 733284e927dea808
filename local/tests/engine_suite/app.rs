//! An app on our own SDK, served by hyper on a thread of its own, that counts what its steps do.

use std::{cell::RefCell, rc::Rc, time::Duration};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use itemsmith_steps::{
    Answer, App, Call, Config, Event, Failure, FetchError, FunctionConfig, Headers, Host,
    HttpRequest, HttpResponse, Method, Retry, Settings, Step, Trigger, WaitFor, drive, serve,
};
use serde_json::{Value, json};
use tokio::sync::oneshot;

pub use super::log::Log;

use super::page_app;

pub const APP: &str = "test";

/// A running app. Dropping it closes its port.
pub struct TestApp {
    pub url: String,
    pub log: Log,
    pub port: u16,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl TestApp {
    /// Serves on a port (0: any); registers with the engine at `engine`.
    pub async fn start(engine: &str, port: u16, log: Log, settings: Settings) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (told, address) = oneshot::channel();
        let settings = Settings {
            dev: settings.dev.or(Some(engine.to_owned())),
            ..settings
        };
        let thread = std::thread::spawn({
            let log = log.clone();
            move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                let local = tokio::task::LocalSet::new();
                local.block_on(&runtime, listen(port, log, settings, told, stopped));
            }
        });
        let port = address.await.unwrap();
        let url = format!("http://127.0.0.1:{port}/api/inngest");
        Self {
            url,
            log,
            port,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Stops it: calls under way break off.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.end();
    }
}

async fn listen(
    port: u16,
    log: Log,
    settings: Settings,
    told: oneshot::Sender<u16>,
    mut stopped: oneshot::Receiver<()>,
) {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port))
        .await
        .unwrap();
    let port = listener.local_addr().unwrap().port();
    told.send(port).unwrap();
    let config = Rc::new(Config::new(settings).unwrap());
    let app = Rc::new(Functions { log });
    let connections = RefCell::new(Vec::new());
    loop {
        let stream = tokio::select! {
            _ = &mut stopped => break,
            accepted = listener.accept() => accepted.unwrap().0,
        };
        let (app, config) = (Rc::clone(&app), Rc::clone(&config));
        let connection = tokio::task::spawn_local(async move {
            let service = hyper::service::service_fn(move |request| {
                let (app, config) = (Rc::clone(&app), Rc::clone(&config));
                async move {
                    Ok::<_, std::convert::Infallible>(handle(&app, &config, port, request).await)
                }
            });
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
        connections.borrow_mut().push(connection);
    }
    for connection in connections.into_inner() {
        connection.abort();
    }
}

async fn handle(
    app: &Functions,
    config: &Config,
    port: u16,
    request: hyper::Request<Incoming>,
) -> hyper::Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(|body| body.to_bytes().to_vec())
        .unwrap_or_default();
    let headers: Headers = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()))
        .collect();
    let request = HttpRequest {
        method: Method::from_name(parts.method.as_str()),
        url: format!("http://127.0.0.1:{port}{}", parts.uri),
        headers,
        body,
    };
    let answer = serve(app, &Outside, config, request).await;
    let mut response = hyper::Response::builder().status(answer.status);
    for (name, value) in answer.headers.iter() {
        response = response.header(name, value);
    }
    response.body(Full::new(answer.body.into())).unwrap()
}

/// The SDK's way out.
struct Outside;

impl Host for Outside {
    async fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let told = |error: reqwest::Error| FetchError(error.to_string());
        let method = request.method.as_str().parse().unwrap();
        let mut call = reqwest::Client::new()
            .request(method, request.url)
            .body(request.body);
        for (name, value) in request.headers.iter() {
            call = call.header(name, value);
        }
        let response = call.send().await.map_err(told)?;
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()))
            .collect();
        let status = response.status().as_u16();
        let body = response.bytes().await.map_err(told)?.to_vec();
        Ok(HttpResponse {
            status,
            headers,
            body,
        })
    }

    fn unix_seconds(&self) -> u64 {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_secs()
    }
}

/// The functions under test.
struct Functions {
    log: Log,
}

pub fn on(id: &str, event: &str) -> FunctionConfig {
    let trigger = Trigger::Event {
        name: event.to_owned(),
        expression: None,
    };
    FunctionConfig {
        retries: Some(2),
        ..FunctionConfig::new(id, id, vec![trigger])
    }
}

impl App for Functions {
    fn id(&self) -> &str {
        APP
    }

    fn functions(&self) -> Vec<FunctionConfig> {
        let flaky = on("flaky", "t/flaky");
        let picky = Trigger::Event {
            name: "t/picky".to_owned(),
            expression: Some("event.data.size > 2".to_owned()),
        };
        let secondly = Trigger::Cron("* * * * * *".to_owned());
        let plain = vec![
            FunctionConfig {
                checkpointing: Some(itemsmith_steps::Checkpointing::Off),
                ..on("three", "t/three")
            },
            on("three-checkpointed", "t/three.checkpointed"),
            flaky.failure_handler(APP),
            flaky,
            on("parent", "t/parent"),
            on("child", "t/child.never.sent"),
            on("parallel", "t/parallel"),
            on("nap", "t/nap"),
            on("wait", "t/wait"),
            on("hold", "t/hold"),
            on("order", "shop/order.placed"),
            on("hostile", "t/<img src=x onerror=\"window.pwned=3\">"),
            FunctionConfig {
                retries: Some(0),
                ..on("fragile", "t/fragile")
            },
            FunctionConfig {
                concurrency: vec![itemsmith_steps::Concurrency {
                    limit: 2,
                    key: None,
                    scope: itemsmith_steps::Scope::Function,
                }],
                ..on("narrow", "t/narrow")
            },
            FunctionConfig {
                idempotency: Some("event.data.order".to_owned()),
                ..on("once", "t/once")
            },
            FunctionConfig {
                cancel_on: vec![itemsmith_steps::CancelOn {
                    event: "t/stop".to_owned(),
                    if_expr: Some("event.data.id == async.data.id".to_owned()),
                    timeout: None,
                }],
                ..on("stoppable", "t/stoppable")
            },
            FunctionConfig::new("picky", "picky", vec![picky]),
            FunctionConfig::new("tick", "tick", vec![secondly]),
        ];
        [plain, super::flow_functions::configs()].concat()
    }

    async fn call(&self, id: &str, call: Call) -> Answer {
        let log = &self.log;
        log.count(&format!("{id} calls"));
        match id {
            "three" | "three-checkpointed" => {
                drive(call, async |step| three(step, log).await).await
            }
            "flaky" => drive(call, async |step| flaky(step, log).await).await,
            "flaky-failure" => drive(call, async |step| failed(step, log).await).await,
            "parent" => drive(call, async |step| parent(step).await).await,
            "child" => drive(call, async |step| child(step, log).await).await,
            "parallel" => drive(call, async |step| parallel(step, log).await).await,
            "nap" => drive(call, async |step| nap(step, log).await).await,
            "order" => drive(call, async |step| page_app::order(step, log).await).await,
            "hostile" => drive(call, async |step| page_app::hostile(step).await).await,
            "wait" => drive(call, async |step| wait(step).await).await,
            "hold" | "narrow" | "fragile" | "stoppable" => {
                drive(call, async |step| hold(step, log, id).await).await
            }
            "once" | "picky" | "tick" => {
                drive(call, async |step| {
                    step.run("count", async || Ok(log.count(id)))
                        .await
                        .map_err(Failure::from)
                })
                .await
            }
            flow if flow.starts_with("flow-") => super::flow_functions::call(log, id, call).await,
            other => panic!("unknown function {other}"),
        }
    }
}

async fn three(step: &Step, log: &Log) -> Result<Value, Failure> {
    let name = step.call().event.data["name"]
        .as_str()
        .unwrap_or("x")
        .to_owned();
    // The next step runs only once this one is recorded: from then on it must not run again.
    let body = async |this: &str, next: &str| {
        if log.of(&format!("{next} {name}")) > 0 {
            log.count("recorded steps run again");
        }
        log.count("three steps");
        Ok(log.count(&format!("{this} {name}")))
    };
    let one: u32 = step.run("one", async || body("one", "two").await).await?;
    let two: u32 = step.run("two", async || body("two", "three").await).await?;
    let three: u32 = step
        .run("three", async || body("three", "no more").await)
        .await?;
    Ok(json!({ "counts": [one, two, three], "name": name }))
}

/// Fails as often as its event says; `fatal` fails once and for good.
async fn flaky(step: &Step, log: &Log) -> Result<Value, Failure> {
    let data = step.call().event.data.clone();
    let key = data["key"].as_str().unwrap_or_default().to_owned();
    let times = data["times"].as_u64().unwrap_or_default();
    let attempts: u32 = step
        .run("shaky", async || {
            let count = log.count(&key);
            if data["fatal"] == true {
                return Err(Failure::fatal("Fatal", "no use"));
            }
            if u64::from(count) <= times {
                let retry = match data["after"].as_u64() {
                    Some(seconds) => Retry::After(Duration::from_secs(seconds)),
                    None => Retry::Default,
                };
                return Err(Failure::new("Shaky", format!("attempt {count}")).with_retry(retry));
            }
            Ok(count)
        })
        .await?;
    if data["throws"] == true && log.count(&format!("{key} thrown")) < 3 {
        return Err(Failure::new("Thrown", "by the function itself"));
    }
    Ok(json!(attempts))
}

async fn failed(step: &Step, log: &Log) -> Result<Value, Failure> {
    let data = step.call().event.data.clone();
    let key = data["event"]["data"]["key"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    step.run("note", async || {
        log.count(&format!("{key} failure handler"));
        log.keep(&key, data.clone());
        Ok(())
    })
    .await?;
    Ok(Value::Null)
}

async fn parent(step: &Step) -> Result<Value, Failure> {
    let data = step.call().event.data.clone();
    let function = data["function"].as_str().unwrap_or("test-child").to_owned();
    let timeout = data["timeoutMs"].as_u64().map(Duration::from_millis);
    match step
        .invoke::<Value>("call", &function, &data, timeout)
        .await
    {
        Ok(result) => Ok(json!({ "child": result })),
        Err(error) => Ok(json!({ "error": { "name": error.name, "message": error.message } })),
    }
}

async fn child(step: &Step, log: &Log) -> Result<Value, Failure> {
    let data = step.call().event.data.clone();
    if data["fail"] == true {
        return Err(Failure::fatal("ChildFailed", "as asked"));
    }
    let seen: Value = step
        .run("work", async || {
            if data["hold"] == true {
                log.gate.notified().await;
            }
            Ok(json!({ "seen": data["n"] }))
        })
        .await?;
    Ok(seen)
}

async fn parallel(step: &Step, log: &Log) -> Result<Value, Failure> {
    let branch = async |name: &'static str| {
        step.run(name, async || {
            log.count(name);
            Ok(name.to_owned())
        })
        .await
    };
    let sleep = step.sleep("pause", Duration::from_millis(50));
    let (a, b, c, slept) =
        futures_util::future::join4(branch("a"), branch("b"), branch("c"), sleep).await;
    slept?;
    let joined = format!("{}{}{}", a?, b?, c?);
    let after: String = step.run("after", async || Ok(format!("{joined}!"))).await?;
    Ok(json!(after))
}

async fn nap(step: &Step, log: &Log) -> Result<Value, Failure> {
    let millis = step.call().event.data["ms"].as_u64().unwrap_or(200);
    let key = format!("nap {millis}");
    step.run("before", async || Ok(log.count(&key))).await?;
    step.sleep("nap", Duration::from_millis(millis)).await?;
    step.run("after", async || Ok(log.count(&key))).await?;
    Ok(json!("awake"))
}

async fn wait(step: &Step) -> Result<Value, Failure> {
    let data = step.call().event.data.clone();
    let wait = WaitFor {
        event: "t/answer".to_owned(),
        timeout: Duration::from_millis(data["ms"].as_u64().unwrap_or(30_000)),
        if_expr: Some("event.data.id == async.data.id".to_owned()),
    };
    let answer: Option<Event> = step.wait_for_event("answer", wait).await?;
    Ok(answer.map_or(Value::Null, |event| event.data["text"].clone()))
}

/// One step that waits for the gate.
async fn hold(step: &Step, log: &Log, id: &str) -> Result<Value, Failure> {
    let first: u32 = step
        .run("first", async || Ok(log.count(&format!("{id} first"))))
        .await?;
    step.run("hold", async || {
        log.count(&format!("{id} holding"));
        let _inside = log.inside(id);
        log.gate.notified().await;
        Ok(())
    })
    .await?;
    Ok(json!(first))
}
