//! The app under the engine: a function of three steps on our own SDK, natively, served by hyper
//! on a thread of its own in this process. It notes when calls arrive and answers leave.

use std::{
    cell::RefCell,
    collections::HashMap,
    convert::Infallible,
    rc::Rc,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use itemsmith_steps::{
    Answer, App, Call, Checkpointing, Config, FetchError, FunctionConfig, Headers, Host,
    HttpRequest, HttpResponse, Method, Settings, Step, Trigger, drive, serve,
};
use tokio::{net::TcpListener, sync::watch};

/// The event that starts a run.
pub const EVENT: &str = "bench/three";
/// Steps of a run.
pub const STEPS: u32 = 3;

/// What the app saw, shared with the measurement.
#[derive(Clone)]
pub struct Notes {
    inner: Arc<Mutex<Seen>>,
    ended: watch::Sender<usize>,
}

/// What the app saw since it was last asked.
#[derive(Default)]
pub struct Seen {
    /// Calls that arrived.
    pub calls: usize,
    /// Checkpoints that were sent.
    pub checkpoints: usize,
    /// What came between a step and what follows it: from an answer's leaving to the arrival of the
    /// same run's next call, or from a checkpoint's leaving to its answer.
    pub overheads: Vec<Duration>,
    /// When the last answer of each run that goes on left.
    left: HashMap<String, Instant>,
}

impl Notes {
    fn new() -> Self {
        Self {
            inner: Arc::default(),
            ended: watch::channel(0).0,
        }
    }

    /// What was seen since the last time.
    pub fn take(&self) -> Seen {
        std::mem::take(&mut *self.lock())
    }

    /// Waits until so many runs have ended since the last time.
    pub async fn ended(&self, runs: usize) {
        let mut ended = self.ended.subscribe();
        // The sender lives as long as this value; what is borrowed goes before it sends.
        drop(ended.wait_for(|count| *count >= runs).await);
        self.ended.send_replace(0);
    }

    fn arrived(&self, run: &str, at: Instant) {
        let mut seen = self.lock();
        seen.calls += 1;
        if let Some(left) = seen.left.remove(run) {
            seen.overheads.push(at.saturating_duration_since(left));
        }
    }

    fn checkpointed(&self, took: Duration) {
        let mut seen = self.lock();
        seen.checkpoints += 1;
        seen.overheads.push(took);
    }

    fn leaves(&self, run: String, last: bool) {
        if last {
            self.ended.send_modify(|count| *count += 1);
        } else {
            self.lock().left.insert(run, Instant::now());
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.inner
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Serves the app for ever at `listener`'s address, registering with the engine at `engine`.
///
/// # Errors
/// When the system gives no thread or refuses the listener.
pub fn start(
    listener: std::net::TcpListener,
    engine: &str,
    checkpointing: Checkpointing,
) -> std::io::Result<Notes> {
    listener.set_nonblocking(true)?;
    let settings = Settings {
        dev: Some(engine.to_owned()),
        ..Settings::default()
    };
    let config = Config::new(settings).map_err(std::io::Error::other)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let notes = Notes::new();
    let told = Told {
        config,
        outside: Outside {
            notes: notes.clone(),
            http: reqwest::Client::new(),
        },
        checkpointing,
    };
    std::thread::Builder::new()
        .name("bench-app".to_owned())
        .spawn(move || {
            let local = tokio::task::LocalSet::new();
            local.block_on(&runtime, listen(listener, told));
        })?;
    Ok(notes)
}

/// What every call needs.
struct Told {
    config: Config,
    outside: Outside,
    checkpointing: Checkpointing,
}

async fn listen(listener: std::net::TcpListener, told: Told) {
    let Ok(listener) = TcpListener::from_std(listener) else {
        return;
    };
    let told = Rc::new(told);
    while let Ok((stream, _)) = listener.accept().await {
        // As any server does that answers quickly.
        let _ = stream.set_nodelay(true);
        let told = Rc::clone(&told);
        tokio::task::spawn_local(async move {
            let service = hyper::service::service_fn(move |request| {
                let told = Rc::clone(&told);
                async move { Ok::<_, Infallible>(handle(&told, request).await) }
            });
            // A connection that breaks is the engine's to notice.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn handle(told: &Told, request: hyper::Request<Incoming>) -> hyper::Response<Full<Bytes>> {
    let at = Instant::now();
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes().to_vec());
    let host = parts.headers.get(hyper::header::HOST);
    let host = host
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let headers: Headers = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()))
        .collect();
    let request = HttpRequest {
        method: Method::from_name(parts.method.as_str()),
        url: format!("http://{host}{}", parts.uri),
        headers,
        body: body.unwrap_or_default(),
    };
    let app = Three {
        told,
        at,
        outcome: RefCell::default(),
    };
    let answer = serve(&app, &told.outside, &told.config, request).await;
    let mut response = hyper::Response::new(Full::new(answer.body.into()));
    *response.status_mut() = hyper::StatusCode::from_u16(answer.status).unwrap_or_default();
    for (name, value) in answer.headers.iter() {
        if let (Ok(name), Ok(value)) = (
            hyper::header::HeaderName::from_bytes(name.as_bytes()),
            hyper::header::HeaderValue::from_str(value),
        ) {
            response.headers_mut().insert(name, value);
        }
    }
    if let Some((run, last)) = app.outcome.into_inner() {
        told.outside.notes.leaves(run, last);
    }
    response
}

/// The app, for one call.
struct Three<'a> {
    told: &'a Told,
    at: Instant,
    /// The run that was called, and whether it ended.
    outcome: RefCell<Option<(String, bool)>>,
}

impl App for Three<'_> {
    fn id(&self) -> &str {
        "bench"
    }

    fn functions(&self) -> Vec<FunctionConfig> {
        let trigger = Trigger::Event {
            name: EVENT.to_owned(),
            expression: None,
        };
        vec![FunctionConfig::new("three", "Three steps", vec![trigger])]
    }

    async fn call(&self, _function: &str, call: Call) -> Answer {
        drive(call, async |step: &Step| {
            let run = &step.call().run_id;
            self.told.outside.notes.arrived(run, self.at);
            self.outcome.replace(Some((run.clone(), false)));
            let mut sum = 0;
            for n in 1..=STEPS {
                sum += step.run(format!("step-{n}"), async || Ok(n)).await?;
            }
            // Only a call that finds or makes all steps done comes here.
            self.outcome.replace(Some((run.clone(), true)));
            Ok(sum)
        })
        .await
    }

    fn checkpointing(&self) -> Checkpointing {
        self.told.checkpointing
    }
}

/// The SDK's way out: registrations and checkpoints.
struct Outside {
    notes: Notes,
    http: reqwest::Client,
}

impl Host for Outside {
    async fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let told = |error: reqwest::Error| FetchError(error.to_string());
        let method = request
            .method
            .as_str()
            .parse()
            .map_err(|_| FetchError("an unknown method".to_owned()))?;
        let checkpoint = request.url.contains("/v1/checkpoint/");
        let since = Instant::now();
        let mut call = self.http.request(method, request.url).body(request.body);
        for (name, value) in request.headers.iter() {
            call = call.header(name, value);
        }
        let response = call.send().await.map_err(told)?;
        let status = response.status().as_u16();
        let body = response.bytes().await.map_err(told)?.to_vec();
        if checkpoint {
            self.notes.checkpointed(since.elapsed());
        }
        Ok(HttpResponse {
            status,
            headers: Headers::default(),
            body,
        })
    }

    fn unix_seconds(&self) -> u64 {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs()
    }
}
