//! Sending signals: each resumes the one run that waits for it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::Config;
use crate::http::{FetchError, Headers, HttpResponse, Method};
use crate::serve::{Host, call_api};

/// A signal to send.
#[derive(Clone, Debug, Serialize)]
pub struct OutgoingSignal {
    /// Its name.
    pub signal: String,
    /// What goes with it.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub data: Value,
}

/// Why a signal was not sent. Holds no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignalError {
    /// The server was not reached.
    #[error(transparent)]
    Unreached(#[from] FetchError),
    /// The server refused it.
    #[error("the server answered {status} to the signal: {message}")]
    Refused {
        /// The status code.
        status: u16,
        /// What the server said.
        message: String,
    },
}

impl SignalError {
    /// Whether sending the same again can help.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreached(_) => true,
            Self::Refused { status, .. } => {
                !matches!(status, 400..=499) || matches!(status, 408 | 425 | 429)
            }
        }
    }
}

/// As much of a server's message as is kept, in characters: enough to say what is wrong.
const MAX_MESSAGE: usize = 300;

/// Sends a signal; gives the id of the run that it resumed, `None` if none waited for it.
///
/// # Errors
/// The server was not reached, or refused it.
pub async fn send<H: Host>(
    host: &H,
    config: &Config,
    signal: &OutgoingSignal,
) -> Result<Option<String>, SignalError> {
    let body = serde_json::to_vec(signal).expect("strings and JSON can always be written");
    let response = call_api(
        host,
        config,
        Headers::new(),
        Method::Post,
        "/v1/signals",
        body,
    )
    .await?;
    read(&response)
}

#[derive(Deserialize)]
struct Sent {
    data: SentData,
}

#[derive(Deserialize)]
struct SentData {
    run_id: String,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

fn read(response: &HttpResponse) -> Result<Option<String>, SignalError> {
    let status = response.status;
    let refused = |message: &str| {
        let message = message.chars().take(MAX_MESSAGE).collect();
        Err(SignalError::Refused { status, message })
    };
    match status {
        404 => Ok(None),
        200..=299 => match serde_json::from_slice::<Sent>(&response.body) {
            Ok(sent) if !sent.data.run_id.is_empty() => Ok(Some(sent.data.run_id)),
            _ => refused("no run id that can be read"),
        },
        _ => match serde_json::from_slice::<Refusal>(&response.body) {
            Ok(refusal) => refused(&refusal.error),
            Err(_) => refused("no message that can be read"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Result<Option<String>, SignalError> {
        let (headers, body) = (Headers::new(), body.as_bytes().to_vec());
        read(&HttpResponse {
            status,
            headers,
            body,
        })
    }

    #[test]
    fn a_signal_tells_which_run_waited_for_it() {
        let run = answer(200, r#"{"data":{"run_id":"01R"}}"#);
        assert_eq!(run, Ok(Some("01R".to_owned())));
        assert_eq!(answer(404, "<html>"), Ok(None));
    }

    #[test]
    fn refusals_say_whether_to_try_again() {
        for (status, body, retryable) in [
            (200, "{}", true),
            (400, r#"{"error":"no signal","status":400}"#, false),
            (401, "", false),
            (429, "", true),
            (503, "<html>", true),
        ] {
            let error = answer(status, body).unwrap_err();
            assert_eq!(error.is_retryable(), retryable, "{error}");
        }
    }
}
