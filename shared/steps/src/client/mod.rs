//! Sending events: the request, what the server takes in one, and when to make it again. [`send`]
//! does all of it over a [`crate::Host`].

mod batch;
mod retry;

pub use batch::{EventError, MAX_EVENT_BYTES, MAX_EVENTS, batches};
pub use retry::{Next, next, send};

use std::borrow::Borrow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::config::Config;
use crate::http::{FetchError, Headers, HttpRequest, HttpResponse, Method};
use crate::serve::sdk_headers;

/// An event to send.
#[derive(Clone, Debug, Serialize)]
pub struct OutgoingEvent {
    /// The deduplication key: the server takes one event of an id in 24 hours.
    pub id: String,
    /// The event's name: neither empty nor `inngest/…`.
    pub name: String,
    /// The payload: a JSON object, sent exactly as written.
    pub data: Box<RawValue>,
    /// Milliseconds since the Unix epoch; the server's own time if none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ts: Option<i64>,
}

/// Why events were not accepted. Never holds the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The server refused them.
    #[error("the event server answered {status}: {message}")]
    Refused {
        /// The status code.
        status: u16,
        /// What the server said, with the key taken out.
        message: String,
        /// Whether sending the same again can help.
        retryable: bool,
    },
    /// The server did not answer.
    #[error("the event server: {0}")]
    Unreachable(FetchError),
    /// One of them is not what servers take; none was sent.
    #[error(transparent)]
    Event(#[from] EventError),
}

impl SendError {
    /// Whether sending the same again can help.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Refused { retryable, .. } => *retryable,
            Self::Unreachable(_) => true,
            Self::Event(_) => false,
        }
    }
}

/// As much of a server's message as is kept, in characters: enough to say what is wrong.
const MAX_MESSAGE: usize = 300;

/// The request that sends `events`, one of [`batches`]. Its address holds the event
/// key: it must not be logged.
pub fn event_request<E>(config: &Config, events: &[E]) -> HttpRequest
where
    E: Borrow<OutgoingEvent> + Serialize,
{
    let mut headers = Headers::new();
    sdk_headers(&mut headers, config);
    headers.set("content-type", "application/json");
    let key: String = form_urlencoded::byte_serialize(config.event_key().as_bytes()).collect();
    HttpRequest {
        method: Method::Post,
        url: format!("{}/e/{key}", config.events),
        headers,
        body: serde_json::to_vec(events).expect("strings and raw JSON can always be written"),
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    ids: Vec<String>,
    error: Option<String>,
}

/// The ids of the accepted events, in order.
///
/// # Errors
/// The server refused them, or answered with something else than its protocol.
pub fn parse_event_response(
    config: &Config,
    response: &HttpResponse,
) -> Result<Vec<String>, SendError> {
    let status = response.status;
    let answer: Option<Answer> = serde_json::from_slice(&response.body).ok();
    let (ids, error) = answer.map_or((None, None), |answer| (Some(answer.ids), answer.error));
    if let (200..=299, Some(ids), None) = (status, ids, &error) {
        return Ok(ids);
    }
    let message = match (error, status) {
        (Some(error), _) => redact(config, &error),
        (None, 401 | 403) => "the event key is refused; check INNGEST_EVENT_KEY".to_owned(),
        (None, _) => "no message that can be read".to_owned(),
    };
    let retryable = !matches!(status, 400..=499) || matches!(status, 408 | 425 | 429);
    Err(SendError::Refused {
        status,
        message,
        retryable,
    })
}

/// A server's message without the event key, cut to size.
fn redact(config: &Config, message: &str) -> String {
    let message = message.replace(config.event_key(), "…");
    message.chars().take(MAX_MESSAGE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    const KEY: &str = "key-which/is secret";

    fn config() -> Config {
        let (event_key, env) = (Some(KEY.to_owned()), Some("branch".to_owned()));
        Config::new(Settings {
            event_key,
            env,
            ..Settings::default()
        })
        .unwrap()
    }

    fn answer(status: u16, body: &str) -> Result<Vec<String>, SendError> {
        let (headers, body) = (Headers::new(), body.as_bytes().to_vec());
        parse_event_response(
            &config(),
            &HttpResponse {
                status,
                headers,
                body,
            },
        )
    }

    #[test]
    fn events_go_to_the_keys_address_exactly_as_written() {
        let data = RawValue::from_string("{ \"n\": 1.50 }".to_owned()).unwrap();
        let event = OutgoingEvent {
            id: "e1".into(),
            name: "a/b".into(),
            data,
            ts: None,
        };
        let request = event_request(&config(), &[event]);
        assert_eq!(request.url, "https://inn.gs/e/key-which%2Fis+secret");
        assert_eq!(request.headers.get("X-Inngest-Env"), Some("branch"));
        let body = String::from_utf8(request.body).unwrap();
        assert_eq!(body, r#"[{"id":"e1","name":"a/b","data":{ "n": 1.50 }}]"#);
    }

    #[test]
    fn accepted_events_give_their_ids() {
        assert_eq!(
            answer(200, r#"{"ids":["1","2"],"status":200}"#).unwrap(),
            ["1", "2"]
        );
    }

    #[test]
    fn refusals_say_whether_to_try_again_and_never_the_key() {
        let error = answer(401, &format!(r#"{{"error":"no such key: {KEY}"}}"#)).unwrap_err();
        assert!(error.to_string().ends_with("no such key: …"), "{error}");
        assert!(!error.retryable());
        for (status, body, retryable) in [
            (400, r#"{"error":"event name is empty"}"#, false),
            (403, "<html>", false),
            (429, "", true),
            (500, "<html>", true),
            (503, r#"{"error":"later"}"#, true),
            (200, "<html>", true),
        ] {
            assert_eq!(
                answer(status, body).unwrap_err().retryable(),
                retryable,
                "{status}"
            );
        }
    }
}
