//! Sending events.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::config::Config;
use crate::http::{Headers, HttpRequest, HttpResponse, Method};

/// An event to send.
#[derive(Clone, Debug, Serialize)]
pub struct OutgoingEvent {
    /// The deduplication key (24 hours).
    pub id: String,
    /// The event's name.
    pub name: String,
    /// The payload: a JSON object, sent exactly as written.
    pub data: Box<RawValue>,
    /// Milliseconds since the Unix epoch; the server's own time if none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ts: Option<i64>,
}

/// The most events in one request.
pub const MAX_EVENTS: usize = 5000;

/// Why events were not accepted. Never holds the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the event server answered {status}: {message}")]
pub struct SendError {
    /// The status code.
    pub status: u16,
    /// What the server said, with the key taken out.
    pub message: String,
    /// Whether sending the same again can help.
    pub retryable: bool,
}

/// The request that sends `events` (at most [`MAX_EVENTS`]).
pub fn event_request(_config: &Config, events: &[OutgoingEvent]) -> HttpRequest {
    HttpRequest {
        method: Method::Post,
        url: String::new(),
        headers: Headers::new(),
        body: serde_json::to_vec(events).unwrap_or_default(),
    }
}

/// The ids of the accepted events, in order.
///
/// # Errors
/// The server refused them, or answered with something else than its protocol.
pub fn parse_event_response(
    _config: &Config,
    response: &HttpResponse,
) -> Result<Vec<String>, SendError> {
    Err(SendError {
        status: response.status,
        message: String::new(),
        retryable: true,
    })
}
