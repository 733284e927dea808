//! A proxy that keeps what passes through it.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, header, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, task::JoinHandle};

use super::{
    exchange::{Exchange, Message, headers},
    stand_in::Answers,
};

/// Fields about one connection only.
const HOP: [header::HeaderName; 5] = [
    header::HOST,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::EXPECT,
];

/// What passed, in the order in which it began.
#[derive(Clone, Default)]
pub struct Recorder(Arc<Mutex<Vec<Exchange>>>);

impl Recorder {
    /// Everything so far.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.0.lock().expect("not poisoned").clone()
    }

    fn begin(&self, exchange: Exchange) -> usize {
        let mut all = self.0.lock().expect("not poisoned");
        all.push(exchange);
        all.len() - 1
    }

    fn end(&self, at: usize, status: u16, response: Message) {
        let mut all = self.0.lock().expect("not poisoned");
        all[at].status = status;
        all[at].response = response;
    }
}

/// A proxy in front of `target`; stops when dropped.
pub struct Proxy {
    /// Its own address.
    pub origin: String,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// Listens on any port. `to_app` says which way its requests go, `answers` which of them go
    /// no further.
    pub async fn start(target: String, to_app: bool, recorder: Recorder, answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let redirects = reqwest::redirect::Policy::none();
        let client = reqwest::Client::builder().redirect(redirects);
        let way = Arc::new(Way {
            target,
            to_app,
            recorder,
            answers,
            client: client.build().expect("a client"),
        });
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                let way = Arc::clone(&way);
                let service = service_fn(move |request| {
                    let way = Arc::clone(&way);
                    async move { Ok::<_, Infallible>(way.pass(request).await) }
                });
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection);
            }
        });
        Self {
            origin: format!("http://{address}"),
            task,
        }
    }
}

struct Way {
    target: String,
    to_app: bool,
    recorder: Recorder,
    answers: Answers,
    client: reqwest::Client,
}

impl Way {
    async fn pass(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map(|body| body.to_bytes());
        let body = body.unwrap_or_default();
        let target = parts.uri.to_string();
        let exchange = Exchange {
            to_app: self.to_app,
            method: parts.method.to_string(),
            target: target.clone(),
            request: Message {
                headers: headers(&parts.headers),
                body: body.to_vec(),
            },
            status: 0,
            response: Message::default(),
        };
        let answer = (self.answers)(&exchange);
        let at = self.recorder.begin(exchange);
        if let Some((status, body)) = answer {
            return self.instead(at, status, body);
        }
        let mut fields = parts.headers;
        for name in HOP {
            fields.remove(name);
        }
        let sent = self
            .client
            .request(parts.method, format!("{}{target}", self.target))
            .headers(fields)
            .body(body)
            .send()
            .await;
        let Ok(answer) = sent else {
            return unreachable();
        };
        let (status, mut fields) = (answer.status(), answer.headers().clone());
        let Ok(body) = answer.bytes().await else {
            return unreachable();
        };
        let kept = Message {
            headers: headers(&fields),
            body: body.to_vec(),
        };
        self.recorder.end(at, status.as_u16(), kept);
        for name in HOP {
            fields.remove(name);
        }
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = status;
        *response.headers_mut() = fields;
        response
    }

    /// Answers in the place of who was asked.
    fn instead(&self, at: usize, status: u16, body: String) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(Bytes::from(body.clone())));
        *response.status_mut() = status.try_into().expect("a status");
        let json = header::HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        let kept = Message {
            headers: headers(response.headers()),
            body: body.into_bytes(),
        };
        self.recorder.end(at, status, kept);
        response
    }
}

fn unreachable() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = hyper::StatusCode::BAD_GATEWAY;
    response
}
