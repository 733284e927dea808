//! The app behind hyper on a thread of its own. Crashing it drops everything it has: connections,
//! calls under way, memory.

use std::{
    convert::Infallible,
    net::SocketAddr,
    rc::Rc,
    sync::{Mutex, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use itemsmith_steps::{
    Checkpointing, Config, Failure, FetchError, Headers, Host, HttpRequest, HttpResponse, Method,
    Settings,
    client::{self, OutgoingEvent},
    serve,
};
use tokio::{net::TcpListener, sync::oneshot};

use super::{Effects, Journey};

/// The app as a service that can crash.
pub struct Served {
    told: Told,
    life: Mutex<Option<(oneshot::Sender<()>, JoinHandle<()>)>>,
}

/// What the app is told at every start.
#[derive(Clone)]
struct Told {
    listen: SocketAddr,
    /// `host:port` where the engine is to call it.
    seen_at: String,
    /// The engine's origin.
    engine: String,
    effects: Effects,
    checkpointing: Checkpointing,
}

impl Served {
    /// Starts it at `listen`; the engine at `engine` is to call it at `seen_at` (`host:port`).
    #[must_use]
    pub fn start(
        listen: SocketAddr,
        seen_at: String,
        engine: String,
        effects: Effects,
        checkpointing: Checkpointing,
    ) -> Self {
        let told = Told {
            listen,
            seen_at,
            engine,
            effects,
            checkpointing,
        };
        let served = Self {
            told,
            life: Mutex::new(None),
        };
        served.begin();
        served
    }

    /// Ends it wherever it is; comes back when nothing of it runs any more.
    pub fn crash(&self) {
        let life = self
            .life
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some((stop, thread)) = life {
            // Without a receiver it has ended by itself, and joining says why.
            let _ended = stop.send(());
            thread.join().expect("the app's thread");
        }
    }

    /// Starts it again after a crash.
    pub fn begin(&self) {
        let (stop, stopped) = oneshot::channel();
        let told = self.told.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            let local = tokio::task::LocalSet::new();
            local.block_on(&runtime, async {
                tokio::select! {
                    () = listen(told) => {}
                    _ = stopped => {}
                }
            });
        });
        *self.life.lock().unwrap_or_else(PoisonError::into_inner) = Some((stop, thread));
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.crash();
    }
}

async fn listen(told: Told) {
    let listener = TcpListener::bind(told.listen).await.expect("its port");
    let settings = Settings {
        dev: Some(told.engine.clone()),
        ..Settings::default()
    };
    let outside = Outside {
        config: Config::new(settings).expect("a configuration"),
        http: reqwest::Client::new(),
    };
    let shared = Rc::new((told, outside));
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Rc::clone(&shared);
        tokio::task::spawn_local(async move {
            let service = hyper::service::service_fn(move |request| {
                let shared = Rc::clone(&shared);
                async move { Ok::<_, Infallible>(handle(&shared.0, &shared.1, request).await) }
            });
            let _broken = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn handle(
    told: &Told,
    outside: &Outside,
    request: hyper::Request<Incoming>,
) -> hyper::Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes().to_vec());
    let body = body.unwrap_or_default();
    note(&told.effects, &body);
    let headers: Headers = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()))
        .collect();
    let request = HttpRequest {
        method: Method::from_name(parts.method.as_str()),
        url: format!("http://{}{}", told.seen_at, parts.uri),
        headers,
        body,
    };
    let app = Journey {
        effects: &told.effects,
        outside,
        checkpointing: told.checkpointing,
    };
    let answer = serve(&app, outside, &outside.config, request).await;
    let mut response = hyper::Response::builder().status(answer.status);
    for (name, value) in answer.headers.iter() {
        response = response.header(name, value);
    }
    response
        .body(Full::new(answer.body.into()))
        .expect("a response")
}

/// Which steps the engine says that the run remembers.
fn note(effects: &Effects, body: &[u8]) {
    let Ok(call) = serde_json::from_slice::<serde_json::Value>(body) else {
        return;
    };
    if let (Some(run), Some(steps)) = (call["ctx"]["run_id"].as_str(), call["steps"].as_object()) {
        effects.called(run, steps.keys().cloned());
    }
}

/// The SDK's way out.
pub(super) struct Outside {
    config: Config,
    http: reqwest::Client,
}

impl Outside {
    pub(super) async fn send(&self, events: &[OutgoingEvent]) -> Result<Vec<String>, Failure> {
        let response = self
            .fetch(client::event_request(&self.config, events))
            .await;
        let failed = |error: String| Failure::new("NotSent", error);
        let response = response.map_err(|error| failed(error.to_string()))?;
        client::parse_event_response(&self.config, &response)
            .map_err(|error| failed(error.to_string()))
    }
}

impl Host for Outside {
    async fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let told = |error: reqwest::Error| FetchError(error.to_string());
        let method = request.method.as_str().parse().expect("a method");
        let mut call = self.http.request(method, request.url).body(request.body);
        for (name, value) in request.headers.iter() {
            call = call.header(name, value);
        }
        let response = call.send().await.map_err(told)?;
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()))
            .collect();
        Ok(HttpResponse {
            status: response.status().as_u16(),
            headers,
            body: response.bytes().await.map_err(told)?.to_vec(),
        })
    }

    fn unix_seconds(&self) -> u64 {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs())
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
