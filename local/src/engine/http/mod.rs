//! The engine's HTTP routes.

mod cancellations;
mod checkpoint;
mod dev;
mod events;
mod page;
mod register;
mod reply;
mod runs;
mod signals;

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpListener, task::JoinSet};

use super::{config::SigningKey, owner::Handle, sign, store::Reader};
use reply::{Refusal, refuse};

/// How long a client may take to send its headers.
const HEADERS: Duration = Duration::from_secs(10);

/// What the routes need.
pub(super) struct Routes {
    /// The core.
    pub(super) core: Handle,
    /// The database, for reads.
    pub(super) reader: Reader,
    /// The database for the page: on a connection of its own, so that a search holds up nothing.
    pub(super) page: Reader,
    /// Served on this machine alone.
    pub(super) loopback: bool,
    /// When the engine started, in milliseconds since the Unix epoch.
    pub(super) started_at: i64,
    /// Counts the changes of the state.
    pub(super) changes: Arc<AtomicU64>,
    /// Accepted event keys; none means any.
    pub(super) event_keys: Vec<String>,
    /// Demanded of SDKs and tools, if set.
    pub(super) signing_key: Option<SigningKey>,
}

/// Serves until dropped.
pub(super) async fn serve(listener: TcpListener, routes: Arc<Routes>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file descriptors, most likely: give them time to come back.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        // Small answers leave at once; without it, whoever is connected waits for nothing.
        let _ = stream.set_nodelay(true);
        let routes = Arc::clone(&routes);
        connections.spawn(async move {
            let service = hyper::service::service_fn(move |request| {
                let routes = Arc::clone(&routes);
                async move { Ok::<_, std::convert::Infallible>(route(&routes, request).await) }
            });
            let served = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADERS)
                .serve_connection(TokioIo::new(stream), service)
                .await;
            if let Err(error) = served {
                tracing::debug!(%error, "a connection broke");
            }
        });
    }
}

async fn route(routes: &Routes, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let method = request.method().clone();
    if let Err(refusal) = page::guard::of_any_route(routes, &method, request.headers()) {
        return refusal.into_response();
    }
    match parts.as_slice() {
        [""] => return page::route(routes, &[], request).await,
        ["page", rest @ ..] => return page::route(routes, rest, request).await,
        _ => {}
    }
    let answer = match (&method, parts.as_slice()) {
        (&Method::GET, ["health"]) => Ok(dev::health()),
        (&Method::GET, ["dev"]) => dev::info(routes, request.headers()).await,
        (&Method::POST, ["e", key]) => events::accept(routes, key, request).await,
        (&Method::POST, ["e"]) => events::accept(routes, "", request).await,
        (&Method::POST | &Method::PUT, ["fn", "register"]) => {
            register::register(routes, request).await
        }
        (_, ["v0" | "v1", ..]) => {
            if permitted(routes, request.headers()) {
                api(routes, &method, &parts, request).await
            } else {
                Err(refuse(
                    StatusCode::UNAUTHORIZED,
                    "the signing key is missing or wrong",
                ))
            }
        }
        _ => Err(not_found()),
    };
    answer.unwrap_or_else(Refusal::into_response)
}

async fn api(
    routes: &Routes,
    method: &Method,
    parts: &[&str],
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Refusal> {
    match (method, parts) {
        (&Method::GET, ["v0", "runs", run, "batch"]) => runs::batch(routes, run).await,
        (&Method::GET, ["v0", "runs", run, "actions"]) => runs::actions(routes, run).await,
        (&Method::GET, ["v1", "events", event, "runs"]) => runs::of_event(routes, event).await,
        (&Method::GET, ["v1", "runs", run]) => runs::one(routes, run).await,
        (&Method::GET, ["v1", "runs", run, "jobs"]) => runs::jobs(routes, run).await,
        (&Method::DELETE, ["v1", "runs", run]) => runs::cancel(routes, run).await,
        (&Method::GET, ["v1", "events"]) => events::recent(routes, request.uri().query()).await,
        (&Method::GET, ["v1", "events", event]) => events::one(routes, event).await,
        (&Method::GET, ["v1", "apps", app, "functions"]) => dev::functions(routes, app).await,
        (&Method::POST, ["v1", "signals"]) => signals::receive(routes, request).await,
        (&Method::POST, ["v1", "cancellations"]) => cancellations::create(routes, request).await,
        (_, ["v1", "realtime", ..]) => Err(not_built("realtime")),
        (&Method::POST, ["v1", "runs", _, "metadata"]) => Err(not_built("metadata of runs")),
        (&Method::POST, ["v1", "checkpoint", run, "async"]) => {
            checkpoint::asynchronous(routes, run, request).await
        }
        // Runs that begin inside an app's own HTTP endpoint; a served function needs none of it.
        (_, ["v1", "checkpoint", ..] | ["v1", "http", ..]) => Err(not_built("durable endpoints")),
        _ => Err(not_found()),
    }
}

fn not_built(what: &str) -> Refusal {
    let message = format!("{what}: not supported by this engine; use Inngest for it");
    refuse(StatusCode::NOT_IMPLEMENTED, message)
}

fn not_found() -> Refusal {
    refuse(StatusCode::NOT_FOUND, "there is no such route")
}

/// Whether the caller may use the API: always in development, with the signing key otherwise.
fn permitted(routes: &Routes, headers: &http::HeaderMap) -> bool {
    let Some(key) = &routes.signing_key else {
        return true;
    };
    let value = headers.get(http::header::AUTHORIZATION);
    sign::authorized(key, value.and_then(|value| value.to_str().ok()))
}
