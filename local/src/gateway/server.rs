//! The HTTP server around `POST /sql`.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{
    GatewayArgs, GatewayError, endpoint, limits, metrics::Metrics, pool::Pool, target::Target,
};

/// What every call shares.
pub(super) struct State {
    pub(super) pool: Arc<Pool>,
    pub(super) metrics: Metrics,
    pub(super) own: Option<Target>,
}

/// A running gateway; dropping it stops it.
#[derive(Debug)]
pub struct Gateway {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Gateway {
    /// Listens and serves on the current runtime.
    ///
    /// # Errors
    /// When the address is taken or the configured database's is not one.
    pub async fn start(args: GatewayArgs) -> Result<Self, GatewayError> {
        let own = args.database_url.as_deref().map(Target::parse).transpose();
        let own = own.map_err(GatewayError::Database)?;
        let listen = |source| GatewayError::Listen {
            address: args.listen,
            source,
        };
        let listener = TcpListener::bind(args.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let pool = Pool::new(args.connections);
        let state = Arc::new(State {
            pool,
            metrics: Metrics::default(),
            own,
        });
        let task = tokio::spawn(accept(listener, state));
        Ok(Self { address, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of `POST /sql`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/sql", self.address)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Runs the gateway as a process: until SIGINT or SIGTERM.
///
/// # Errors
/// Those of [`Gateway::start`].
pub async fn main(args: GatewayArgs) -> Result<(), GatewayError> {
    use tokio::signal::unix::{SignalKind, signal};
    let gateway = Gateway::start(args).await?;
    tracing::info!(address = %gateway.address(), "listening");
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file descriptors, most likely: some will be free soon.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                continue;
            }
        };
        while connections.try_join_next().is_some() {}
        let _slower_without = stream.set_nodelay(true);
        let state = Arc::clone(&state);
        connections.spawn(async move {
            let service = hyper::service::service_fn(move |request| {
                let state = Arc::clone(&state);
                async move { Ok::<_, Infallible>(route(&state, request).await) }
            });
            // hyper drops a call's future when its client goes, which cancels its statement.
            let served = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(limits::READ)
                .serve_connection(TokioIo::new(stream), service)
                .await;
            if let Err(error) = served {
                tracing::debug!(%error, "a client's connection ended early");
            }
        });
    }
}

async fn route(state: &State, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let expected = match request.uri().path() {
        "/sql" if request.method() == Method::POST => return endpoint::sql(state, request).await,
        "/health" if request.method() == Method::GET => {
            return plain(
                StatusCode::OK,
                "application/json",
                r#"{"status":"ok"}"#.to_owned(),
            );
        }
        "/metrics" if request.method() == Method::GET => {
            let text = state.metrics.text(state.pool.idle());
            return plain(StatusCode::OK, "text/plain; version=0.0.4", text);
        }
        "/sql" => "POST",
        "/health" | "/metrics" => "GET",
        _ => {
            let text = "POST /sql, GET /health and GET /metrics are all there is\n".to_owned();
            return plain(StatusCode::NOT_FOUND, "text/plain", text);
        }
    };
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let mut response = plain(status, "text/plain", format!("use {expected}\n"));
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static(expected));
    response
}

fn plain(status: StatusCode, kind: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
