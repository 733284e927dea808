//! Answers and refusals, and bodies with a limit.

use std::time::Duration;

use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use serde::Serialize;

use super::super::{clock, config::EngineError, owner::Stopped};

/// How long a client may take to send a body.
const BODY: Duration = Duration::from_secs(30);

/// An answer that is not the one asked for.
pub(super) struct Refusal {
    status: StatusCode,
    message: String,
}

/// Refuses.
pub(super) fn refuse(status: StatusCode, message: impl Into<String>) -> Refusal {
    Refusal {
        status,
        message: message.into(),
    }
}

impl Refusal {
    /// As SDKs expect it: the error's text and the status.
    pub(super) fn into_response(self) -> Response<Full<Bytes>> {
        #[derive(Serialize)]
        struct Body {
            error: String,
            status: u16,
        }
        let status = self.status;
        json(
            status,
            &Body {
                error: self.message,
                status: status.as_u16(),
            },
        )
    }
}

impl From<EngineError> for Refusal {
    fn from(error: EngineError) -> Self {
        tracing::warn!(%error, "a request could not be served");
        refuse(
            StatusCode::SERVICE_UNAVAILABLE,
            "the engine's database is not available",
        )
    }
}

impl From<Stopped> for Refusal {
    fn from(stopped: Stopped) -> Self {
        refuse(StatusCode::SERVICE_UNAVAILABLE, stopped.to_string())
    }
}

/// A JSON answer.
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Response<Full<Bytes>> {
    let body = serde_json::to_vec(body).unwrap_or_default();
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/json"),
    );
    response
}

/// An answer of the REST routes: what was asked for, and when it was read.
pub(super) fn data(data: &impl Serialize) -> Response<Full<Bytes>> {
    #[derive(Serialize)]
    struct Data<'a, T> {
        data: &'a T,
        metadata: Metadata,
    }
    #[derive(Serialize)]
    struct Metadata {
        fetched_at: String,
        /// Nothing is cached here.
        cached_until: Option<String>,
    }
    let metadata = Metadata {
        fetched_at: clock::rfc3339(clock::now()),
        cached_until: None,
    };
    json(StatusCode::OK, &Data { data, metadata })
}

/// Reads a body of at most `limit` bytes as text.
///
/// # Errors
/// 413, 408, or 400 for what is not UTF-8.
pub(super) async fn text(request: Request<Incoming>, limit: usize) -> Result<String, Refusal> {
    let body = Limited::new(request.into_body(), limit).collect();
    let body = tokio::time::timeout(BODY, body).await.map_err(|_| {
        refuse(
            StatusCode::REQUEST_TIMEOUT,
            "the body did not arrive in time",
        )
    })?;
    let body = body.map_err(|error| {
        if error.is::<LengthLimitError>() {
            refuse(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("the body is over {limit} bytes"),
            )
        } else {
            refuse(StatusCode::BAD_REQUEST, "the body broke off")
        }
    })?;
    String::from_utf8(body.to_bytes().into())
        .map_err(|_| refuse(StatusCode::BAD_REQUEST, "the body is not UTF-8"))
}
