//! An app that speaks the bare wire: a test sees each call as it came and answers it as it likes.

use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};

use super::support::TestEngine;

/// One call of the engine.
#[derive(Debug, Clone)]
pub struct Called {
    pub body: Value,
    pub headers: http::HeaderMap,
    /// The `stepId` asked for.
    pub step: String,
}

impl Called {
    pub fn run_id(&self) -> &str {
        self.body["ctx"]["run_id"].as_str().unwrap()
    }

    pub fn attempt(&self) -> u64 {
        self.body["ctx"]["attempt"].as_u64().unwrap()
    }

    /// What the function gets for a step, if it is remembered.
    pub fn memo(&self, id: &str) -> Option<&Value> {
        self.body["steps"].get(id)
    }

    /// The body of a checkpoint of these steps, as an SDK sends it from this call.
    pub fn checkpoint(&self, steps: Value) -> Value {
        let header = |name: &str| self.headers[name].to_str().unwrap();
        json!({
            "run_id": self.run_id(),
            "fn_id": self.body["ctx"]["fn_id"],
            "qi_id": self.body["ctx"]["qi_id"],
            "request_id": header("x-request-id"),
            "generation_id": header("x-inngest-generation-id").parse::<u32>().unwrap(),
            "request_started_at": 1_700_000_000_000_u64,
            "steps": steps,
            "ts": 1_700_000_000_001_u64,
        })
    }
}

/// A step that was run.
pub fn ran(id: &str, data: &Value) -> Value {
    json!({"id": id, "op": "StepRun", "name": id, "displayName": id, "data": data})
}

/// A status and a body.
pub type Answer = (u16, Value);

/// The steps of a call.
pub fn ops(list: Value) -> Answer {
    (206, list)
}

type Handler = Arc<dyn Fn(Called) -> BoxFuture<'static, Answer> + Send + Sync>;

/// A running app with one function, `wire-f` on `t/wire`.
pub struct WireApp {
    pub url: String,
    calls: Arc<Mutex<Vec<Called>>>,
    task: tokio::task::JoinHandle<()>,
}

impl WireApp {
    /// Serves; the handler answers every call.
    pub async fn start<F>(handler: impl Fn(Called) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/api/inngest", listener.local_addr().unwrap());
        let calls = Arc::new(Mutex::new(Vec::new()));
        let handler: Handler = Arc::new(move |called| Box::pin(handler(called)));
        let task = tokio::spawn(serve(listener, Arc::clone(&calls), handler));
        Self { url, calls, task }
    }

    /// Registers the function, with as many retries, at an engine.
    pub async fn register(&self, engine: &TestEngine, retries: u32) {
        self.register_with(engine, retries, json!({})).await;
    }

    /// The same with more settings.
    pub async fn register_with(&self, engine: &TestEngine, retries: u32, settings: Value) {
        let url = format!("{}?fnId=wire-f&stepId=step", self.url);
        let mut function = json!({
            "id": "wire-f", "name": "f", "triggers": [{"event": "t/wire"}],
            "steps": {"step": {"runtime": {"type": "http", "url": url},
                "retries": {"attempts": retries}}},
        });
        for (name, value) in settings.as_object().unwrap() {
            function[name] = value.clone();
        }
        let app = json!({"appName": "wire", "url": self.url, "functions": [function]});
        let (status, body) = engine.post("/fn/register", &app).await;
        assert_eq!(status, 200, "{body}");
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<Called> {
        self.calls.lock().unwrap().clone()
    }
}

impl Drop for WireApp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    listener: tokio::net::TcpListener,
    calls: Arc<Mutex<Vec<Called>>>,
    handler: Handler,
) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (calls, handler) = (Arc::clone(&calls), Arc::clone(&handler));
        connections.spawn(async move {
            let service = hyper::service::service_fn(move |request| {
                let (calls, handler) = (Arc::clone(&calls), Arc::clone(&handler));
                async move { Ok::<_, std::convert::Infallible>(answer(&calls, &handler, request).await) }
            });
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(
    calls: &Mutex<Vec<Called>>,
    handler: &Handler,
    request: hyper::Request<Incoming>,
) -> hyper::Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let step = parts
        .uri
        .query()
        .and_then(|query| {
            query
                .split('&')
                .find_map(|pair| pair.strip_prefix("stepId="))
        })
        .unwrap_or_default();
    let called = Called {
        body: serde_json::from_slice(&body).unwrap_or_default(),
        headers: parts.headers,
        step: step.to_owned(),
    };
    calls.lock().unwrap().push(called.clone());
    let (status, body) = handler(called).await;
    hyper::Response::builder()
        .status(status)
        .header("x-inngest-sdk", "test:v1")
        .header("x-inngest-req-version", "2")
        .body(Full::new(body.to_string().into()))
        .unwrap()
}
