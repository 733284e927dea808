//! The app that Inngest's conformance runner asks for, served natively: for the runner itself and
//! for the test that plays its cases.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, header::HOST, service::service_fn};
use hyper_util::rt::TokioIo;
use itemsmith_conformance_app::Runner;
use itemsmith_steps::{
    Config, FetchError, Headers, Host, HttpRequest, HttpResponse, Method, serve,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc::UnboundedSender,
    task::{LocalSet, spawn_local},
};

/// A call of the server's, and our answer.
#[derive(Debug)]
pub struct Called {
    /// Its address, with the query.
    pub url: String,
    /// Its body.
    pub request: Vec<u8>,
    /// The answer's status.
    pub status: u16,
    /// The answer's body.
    pub response: Vec<u8>,
}

/// Serves the app under every path, until dropped. Calls are told to `told`, if anyone listens.
pub async fn serve_runner(listener: TcpListener, config: Config, told: UnboundedSender<Called>) {
    let accept = async {
        while let Ok((stream, _)) = listener.accept().await {
            spawn_local(connection(stream, config.clone(), told.clone()));
        }
    };
    LocalSet::new().run_until(accept).await;
}

async fn connection(stream: TcpStream, config: Config, told: UnboundedSender<Called>) {
    let service = service_fn(|request| answer(request, &config, &told));
    let connection =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // The server closes connections as it likes.
    let _closed = connection.await;
}

async fn answer(
    request: Request<Incoming>,
    config: &Config,
    told: &UnboundedSender<Called>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes().to_vec();
    let text =
        |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let host = parts.headers.get(HOST).map(text).unwrap_or_default();
    let url = format!("http://{host}{}", parts.uri);
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), text(value)))
        .collect();
    let method = Method::from_name(parts.method.as_str());
    let asked = HttpRequest {
        method,
        url: url.clone(),
        headers,
        body: body.clone(),
    };
    let answered = serve(&Runner, &Native(reqwest::Client::new()), config, asked).await;
    if method == Method::Post {
        let _nobody_listens = told.send(Called {
            url,
            request: body,
            status: answered.status,
            response: answered.body.clone(),
        });
    }
    let mut response = Response::builder().status(answered.status);
    for (name, value) in answered.headers.iter() {
        response = response.header(name, value);
    }
    let body = Full::new(answered.body.into());
    Ok(response
        .body(body)
        .expect("the SDK's header fields are valid"))
}

/// What the SDK needs of this machine.
struct Native(reqwest::Client);

impl Host for Native {
    async fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let method = request.method.as_str().parse().expect("a method of HTTP");
        let mut sent = self.0.request(method, &request.url).body(request.body);
        for (name, value) in request.headers.iter() {
            sent = sent.header(name, value);
        }
        let failed = |error: reqwest::Error| FetchError(error.without_url().to_string());
        let response = sent.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        let headers: Headers = response
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
            .collect();
        let body = response.bytes().await.map_err(failed)?.to_vec();
        Ok(HttpResponse {
            status,
            headers,
            body,
        })
    }

    fn unix_seconds(&self) -> u64 {
        self.unix_millis() / 1000
    }

    fn unix_millis(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| {
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
    }
}
