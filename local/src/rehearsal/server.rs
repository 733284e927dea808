//! The HTTP side.

use std::{
    collections::BTreeSet,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{
    faults::{self, Fault, MODELS},
    openai::{ChatRequest, Said, completion, error},
    play::{Cue, Play, Refusal},
    scripts::Scripts,
};

/// Largest request body: a prompt is at most half a megabyte, and JSON may double it.
const BODY_BYTES: usize = 4 * 1024 * 1024;

/// Pause after a connection could not be accepted, most likely for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How the model behaves besides its scripts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Waited before each completion.
    pub delay: Duration,
}

struct Server {
    scripts: Scripts,
    options: Options,
    /// Items that `rehearsal-flaky` has turned away once.
    turned_away: Mutex<BTreeSet<String>>,
}

struct Answer {
    status: StatusCode,
    body: Value,
    retry_after: Option<u64>,
}

impl Answer {
    fn ok(body: Value) -> Self {
        Self {
            status: StatusCode::OK,
            body,
            retry_after: None,
        }
    }

    fn error(status: StatusCode, kind: &str, code: &str, message: &str) -> Self {
        Self {
            status,
            body: error(kind, code, message),
            retry_after: None,
        }
    }

    fn invalid(code: &str, message: &str) -> Self {
        Self::error(
            StatusCode::BAD_REQUEST,
            "invalid_request_error",
            code,
            message,
        )
    }
}

/// Serves the rehearsal model on `listener` until dropped.
pub async fn serve(listener: TcpListener, scripts: Scripts, options: Options) {
    let server = Arc::new(Server {
        scripts,
        options,
        turned_away: Mutex::default(),
    });
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let server = Arc::clone(&server);
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let server = Arc::clone(&server);
                async move { Ok::<_, Infallible>(respond(&server, request).await) }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
}

async fn respond(server: &Server, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let answer = route(server, request).await;
    let mut response = Response::new(Full::new(Bytes::from(answer.body.to_string())));
    *response.status_mut() = answer.status;
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    if let Some(seconds) = answer.retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

async fn route(server: &Server, request: Request<Incoming>) -> Answer {
    let path = request.uri().path().to_owned();
    // A base URL may carry any prefix, as `OPENAI_BASE_URL` may.
    let (method, last) = (
        request.method(),
        path.rsplit('/').next().unwrap_or_default(),
    );
    match (method, last) {
        (&Method::GET, "health") => {
            Answer::ok(json!({"status": "ok", "rehearsal": true, "items": items(server)}))
        }
        (&Method::GET, "models") => Answer::ok(models()),
        (&Method::POST, "completions") if path.ends_with("/chat/completions") => {
            chat(server, request).await
        }
        _ => Answer::error(
            StatusCode::NOT_FOUND,
            "invalid_request_error",
            "unknown_url",
            "the rehearsal model answers POST …/chat/completions, GET …/models and GET /health",
        ),
    }
}

fn items(server: &Server) -> Vec<&str> {
    server.scripts.items().collect()
}

fn models() -> Value {
    let data: Vec<Value> = MODELS
        .iter()
        .map(|(id, ..)| json!({"id": id, "object": "model", "created": 0, "owned_by": "rehearsal"}))
        .collect();
    json!({"object": "list", "data": data})
}

async fn chat(server: &Server, request: Request<Incoming>) -> Answer {
    let bearer = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok());
    let key = bearer.and_then(|v| v.strip_prefix("Bearer "));
    let key = key.unwrap_or_default().trim().to_owned();
    if key.is_empty() {
        return unauthorized("no bearer key was sent; the rehearsal model takes any");
    }
    let body = match Limited::new(request.into_body(), BODY_BYTES)
        .collect()
        .await
    {
        Ok(body) => body.to_bytes(),
        Err(error) => return Answer::invalid("unreadable_body", &error.to_string()),
    };
    let chat: ChatRequest = match serde_json::from_slice(&body) {
        Ok(chat) => chat,
        Err(error) => {
            return Answer::invalid("invalid_json", &format!("not a chat completion: {error}"));
        }
    };
    let Some((play, fault)) = faults::model(&chat.model) else {
        let known: Vec<&str> = MODELS.iter().map(|(id, ..)| *id).collect();
        let message = format!(
            "no model {:?} here; there are {}",
            chat.model,
            known.join(", ")
        );
        let (kind, code) = ("invalid_request_error", "model_not_found");
        return Answer::error(StatusCode::NOT_FOUND, kind, code, &message);
    };
    if chat.stream == Some(true) {
        return Answer::invalid("stream_unsupported", "the rehearsal model does not stream");
    }
    tokio::time::sleep(server.options.delay).await;
    let answer = perform(server, &chat, &key, play, fault);
    tracing::info!(
        model = chat.model,
        status = answer.status.as_u16(),
        "answered"
    );
    answer
}

fn unauthorized(message: &str) -> Answer {
    let (kind, code) = ("invalid_request_error", "invalid_api_key");
    Answer::error(StatusCode::UNAUTHORIZED, kind, code, message)
}

fn perform(server: &Server, chat: &ChatRequest, key: &str, play: Play, fault: Fault) -> Answer {
    match fault {
        Fault::Down => {
            return Answer::error(
                StatusCode::INTERNAL_SERVER_ERROR,
                "server_error",
                "rehearsed_failure",
                "this rehearsal model is always down",
            );
        }
        // Providers repeat what they were sent, and what is here must not spread.
        Fault::Unauthorized => {
            return unauthorized(&format!("this rehearsal model refuses every key, so {key}"));
        }
        _ => {}
    }
    if chat.text_of(&["system", "developer"]).trim().is_empty() {
        return refused(&Refusal::Missing(vec!["a system message".to_owned()]));
    }
    let user = chat.text_of(&["user"]);
    let cue = match play.next(&user, &server.scripts) {
        Ok(cue) => cue,
        Err(refusal) => return refused(&refusal),
    };
    let reply = |said| Answer::ok(completion(&chat.model, &user, said));
    // Only a first attempt carries no attempt before it.
    let first = cue.attempt == 1 && !user.contains("\n## Previous attempt");
    match fault {
        Fault::Flaky if turn_away(server, cue.item) => {
            let mut answer = Answer::error(
                StatusCode::TOO_MANY_REQUESTS,
                "requests",
                "rate_limit_exceeded",
                "a rehearsed rate limit; ask again in a second",
            );
            answer.retry_after = Some(1);
            answer
        }
        Fault::Empty if first => reply(Said::Text("")),
        Fault::Refused if first => reply(Said::Refusal),
        Fault::Truncated if first => {
            let text = spoken(&cue);
            reply(Said::CutOff(
                &text[..text.floor_char_boundary(text.len() / 2)],
            ))
        }
        _ => reply(Said::Text(&spoken(&cue))),
    }
}

/// Whether this item has not been turned away before.
fn turn_away(server: &Server, item: &str) -> bool {
    let mut away = server
        .turned_away
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    away.insert(item.to_owned())
}

fn refused(refusal: &Refusal) -> Answer {
    let code = match refusal {
        Refusal::Missing(_) => "incomplete_prompt",
        Refusal::UnknownItem { .. } => "unknown_item",
        Refusal::ForeignAttempt | Refusal::AlreadyRight => "unexpected_attempt",
    };
    tracing::warn!(code, %refusal, "a prompt got no reply");
    Answer::invalid(code, &refusal.to_string())
}

fn spoken(cue: &Cue<'_>) -> String {
    let place = match cue.of {
        Some(of) => format!("attempt {} of {of}", cue.attempt),
        None => format!("attempt {} of a play that never succeeds", cue.attempt),
    };
    format!(
        "This is a rehearsal: a scripted reply, {place}, and no model was called.\n\n\
         ```typescript\n{}\n```\n",
        cue.source.trim_end()
    )
}
