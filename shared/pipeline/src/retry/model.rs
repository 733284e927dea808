//! The retry table of the model.

use std::time::Duration;

use itemsmith_domain::FailureReason;

use crate::ports::{PortError, Retrying};

/// What became of a call of the model that gave no completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelTrouble {
    /// No connection, or it broke before the answer was whole.
    Connection,
    /// No answer in time.
    TimedOut,
    /// A status other than 200.
    Status {
        /// The HTTP status.
        status: u16,
        /// What its `Retry-After` asks for, when that made sense.
        retry_after: Option<Duration>,
        /// `error.code` or `error.type` of the body, when it had one.
        code: Option<String>,
        /// `error.message` of the body, when it had one.
        message: Option<String>,
    },
    /// 200 with a body that is no chat completion: a proxy's HTML, cut JSON.
    NotACompletion,
    /// 200 with a body beyond every reply that could be used.
    TooLarge,
}

/// The error that a step fails with.
///
/// | trouble | tried again |
/// |---|---|
/// | no connection, reset, time-out | soon |
/// | 429, 503 with `Retry-After` | after that long |
/// | 429 whose code says that the account has no money | never |
/// | 408, 409, 425, 429, 5xx | soon |
/// | HTML or cut JSON under 200 | soon |
/// | a body too large to be a reply | soon |
/// | 401, 403, 400, 404, 422 and every other status | never |
#[must_use]
pub fn model_trouble(trouble: &ModelTrouble) -> PortError {
    let (kind, message, retrying) = match trouble {
        ModelTrouble::Connection => (
            "model_connection",
            "the model could not be reached".to_owned(),
            Retrying::Soon,
        ),
        ModelTrouble::TimedOut => (
            "model_timeout",
            "the model gave no answer in time".to_owned(),
            Retrying::Soon,
        ),
        ModelTrouble::NotACompletion => (
            "model_not_a_completion",
            "the model's answer is not a chat completion; check OPENAI_BASE_URL".to_owned(),
            Retrying::Soon,
        ),
        ModelTrouble::TooLarge => (
            "model_answer_too_large",
            "the model's answer is larger than any reply that could be used".to_owned(),
            Retrying::Soon,
        ),
        ModelTrouble::Status {
            status,
            retry_after,
            code,
            message,
        } => {
            let retrying = status_retrying(*status, *retry_after, code.as_deref());
            (
                status_kind(*status),
                told(*status, code.as_deref(), message.as_deref()),
                retrying,
            )
        }
    };
    PortError {
        reason: FailureReason::ModelRejected,
        kind,
        message,
        retrying,
    }
}

fn status_retrying(status: u16, retry_after: Option<Duration>, code: Option<&str>) -> Retrying {
    match status {
        429 if code == Some("insufficient_quota") => Retrying::Never,
        408 | 409 | 425 | 429 | 500..=599 => retry_after.map_or(Retrying::Soon, Retrying::After),
        _ => Retrying::Never,
    }
}

fn status_kind(status: u16) -> &'static str {
    match status {
        401 | 403 => "model_credential",
        408 => "model_timeout",
        429 => "model_rate_limited",
        500..=599 => "model_server_error",
        _ => "model_refused_request",
    }
}

/// Bytes of a provider's own words that go into an error.
const TOLD_BYTES: usize = 300;

fn told(status: u16, code: Option<&str>, message: Option<&str>) -> String {
    let mut text = format!("the model answered {status}");
    // A provider's 401 may repeat part of the key that it was given: its words stay out.
    if matches!(status, 401 | 403) {
        text.push_str("; check OPENAI_API_KEY");
        return text;
    }
    if let Some(code) = code {
        text.push_str(&format!(" ({})", cut(code)));
    }
    if let Some(message) = message {
        text.push_str(&format!(": {}", cut(message)));
    }
    text
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(TOLD_BYTES)]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{ModelTrouble, model_trouble};
    use crate::ports::Retrying::{self, After, Never, Soon};

    fn status(status: u16, wait: Option<u64>, code: Option<&str>) -> Retrying {
        let trouble = ModelTrouble::Status {
            status,
            retry_after: wait.map(Duration::from_secs),
            code: code.map(str::to_owned),
            message: None,
        };
        model_trouble(&trouble).retrying
    }

    #[test]
    fn every_status_has_its_class() {
        let cases = [
            (429, Some(3), None, After(Duration::from_secs(3))),
            (429, None, None, Soon),
            (429, Some(3), Some("insufficient_quota"), Never),
            (503, Some(1), None, After(Duration::from_secs(1))),
            (500, None, None, Soon),
            (502, None, None, Soon),
            (529, None, None, Soon),
            (408, None, None, Soon),
            (400, None, None, Never),
            (401, None, None, Never),
            (403, None, None, Never),
            (404, None, None, Never),
            (413, None, None, Never),
            (422, None, None, Never),
            (302, None, None, Never),
        ];
        for (code, wait, name, expected) in cases {
            assert_eq!(status(code, wait, name), expected, "{code}");
        }
    }

    #[test]
    fn what_is_no_status_is_tried_again() {
        use ModelTrouble::{Connection, NotACompletion, TimedOut, TooLarge};
        for trouble in [Connection, TimedOut, NotACompletion, TooLarge] {
            assert_eq!(model_trouble(&trouble).retrying, Soon, "{trouble:?}");
        }
    }

    #[test]
    fn a_refused_credential_is_never_repeated() {
        let trouble = ModelTrouble::Status {
            status: 401,
            retry_after: None,
            code: Some("invalid_api_key".to_owned()),
            message: Some("Incorrect API key provided: sk-abc".to_owned()),
        };
        assert!(!model_trouble(&trouble).message.contains("sk-abc"));
    }
}
