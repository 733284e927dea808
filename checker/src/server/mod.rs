//! The HTTP service.

mod auth;
mod body;
mod identity;
mod metrics;
mod problem;
mod routes;

use std::{
    convert::Infallible,
    future::Future,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use itemsmith_api::Secret;
use serde::Serialize;
use tokio::{net::TcpListener, sync::Semaphore};
use tracing::Instrument as _;

pub use body::MAX_BODY;
pub use metrics::Metrics;

use crate::check::{Checker, DEADLINE};

/// A response; all of ours are whole.
pub type Answer = Response<Full<Bytes>>;

/// Open connections; the edge keeps a few dozen, and each idle one costs 10 KB.
const MAX_CONNECTIONS: usize = 1024;
/// A request's head must come within this time, and a kept-alive connection its next request.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// Wait before the next accept when there are no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What the routes share.
pub struct App {
    /// Judges templates.
    pub checker: Checker,
    /// What `/v1/*` asks for; none in development.
    pub key: Option<Secret>,
    /// Why the engine is not the wanted one.
    pub fallback: Option<String>,
    metrics: Metrics,
    draining: AtomicBool,
}

impl App {
    /// The service around a checker.
    #[must_use]
    pub fn new(checker: Checker, key: Option<Secret>, fallback: Option<String>) -> Self {
        Self {
            checker,
            key,
            fallback,
            metrics: Metrics::default(),
            draining: AtomicBool::new(false),
        }
    }

    fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}

/// Serves `listener` until `stop` completes, then finishes what was begun, within a deadline.
///
/// # Errors
/// When the listener is of no use.
pub async fn serve(
    listener: TcpListener,
    app: Arc<App>,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut stop = std::pin::pin!(stop);
    loop {
        let accept = async {
            // A semaphore that is never closed always gives.
            let place = places.clone().acquire_owned().await.ok();
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            accepted = accept => accepted,
            () = &mut stop => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // Small answers must not wait for an acknowledgement; where it fails they just do.
        drop(stream.set_nodelay(true));
        let app = app.clone();
        let service = service_fn(move |request| handle(app.clone(), request));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            let _place = place;
            // A peer that breaks HTTP or goes away is its own affair.
            drop(connection.await);
        });
    }
    app.draining.store(true, Ordering::Relaxed);
    drop(listener);
    tracing::info!("draining");
    if tokio::time::timeout(DEADLINE, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("connections were still open at the end of the drain");
    }
    Ok(())
}

async fn handle(app: Arc<App>, request: Request<Incoming>) -> Result<Answer, Infallible> {
    let identity = identity::Identity::of(request.headers());
    let span = identity.span();
    let id = identity.header();
    let mut answer = async {
        match routes::route(&app, request).await {
            Ok(answer) => answer,
            Err(problem) => {
                app.metrics.problem(problem.kind.code);
                tracing::info!(code = problem.kind.code, "problem");
                problem.answer()
            }
        }
    }
    .instrument(span)
    .await;
    answer.headers_mut().insert("x-request-id", id);
    Ok(answer)
}

fn answer(
    status: u16,
    media_type: &'static str,
    body: String,
    headers: Vec<(&'static str, String)>,
) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let fields = answer.headers_mut();
    fields.insert(
        http::header::CONTENT_TYPE,
        HeaderValue::from_static(media_type),
    );
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            fields.insert(name, value);
        }
    }
    answer
}

fn json_answer(status: u16, value: &impl Serialize) -> Answer {
    match serde_json::to_string(value) {
        Ok(body) => answer(status, "application/json", body, Vec::new()),
        Err(_) => problem::Problem::from(&problem::INTERNAL).answer(),
    }
}

fn text_answer(status: u16, body: String) -> Answer {
    answer(status, "text/plain; charset=utf-8", body, Vec::new())
}
