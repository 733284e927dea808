//! How a step body or a function fails, and what a failed step looks like to the code after it.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

/// What the server should do about a [`Failure`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Retry {
    /// Retry on the server's own back-off, while attempts remain.
    #[default]
    Default,
    /// Retry after this long (whole seconds, rounded up), while attempts remain.
    After(Duration),
    /// Never retry: the failure is final.
    Never,
}

/// Why a step body, or the whole function, did not succeed.
///
/// `name` and `message` travel to the server and into its dashboard: they must hold no secret.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{name}: {message}")]
pub struct Failure {
    /// A stable name, the class of the failure.
    pub name: String,
    /// What happened, for a person.
    pub message: String,
    /// Whether and when to try again.
    pub retry: Retry,
    /// Structured detail, any JSON.
    pub cause: Option<Value>,
}

impl Failure {
    /// A failure that the server retries on its own back-off.
    pub fn new(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            message: message.into(),
            retry: Retry::Default,
            cause: None,
        }
    }

    /// A failure that is never retried.
    pub fn fatal(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            retry: Retry::Never,
            ..Self::new(name, message)
        }
    }

    /// The same failure with another retry instruction.
    #[must_use]
    pub fn with_retry(self, retry: Retry) -> Self {
        Self { retry, ..self }
    }

    /// The same failure with structured detail.
    #[must_use]
    pub fn with_cause(self, cause: Value) -> Self {
        Self {
            cause: Some(cause),
            ..self
        }
    }

    /// The same failure with structured detail of a type: what [`StepError::detail`] gives back.
    /// Detail that cannot be written as JSON is left out.
    #[must_use]
    pub fn with_detail(self, detail: &impl Serialize) -> Self {
        Self {
            cause: serde_json::to_value(detail).ok(),
            ..self
        }
    }
}

/// What a step that failed for good, or a function that was invoked and failed, left behind.
///
/// The step's attempts are used up: asking again gives the same error, so turning it into a
/// [`Failure`] (with `?`) gives one that is never retried.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{name}: {message}")]
pub struct StepError {
    /// The failure's name, `Error` if the server gave none.
    pub name: String,
    /// The failure's message.
    pub message: String,
    /// The failure's structured detail: the [`Failure::cause`] that the body gave.
    pub data: Option<Value>,
}

impl StepError {
    /// The failure's structured detail, if it is a `T`.
    pub fn detail<T: DeserializeOwned>(&self) -> Option<T> {
        T::deserialize(self.data.as_ref()?).ok()
    }
}

impl From<StepError> for Failure {
    fn from(error: StepError) -> Self {
        Self {
            name: error.name,
            message: error.message,
            retry: Retry::Never,
            cause: error.data,
        }
    }
}

impl From<Failure> for StepError {
    /// What a failure that was final leaves behind.
    fn from(failure: Failure) -> Self {
        Self {
            name: failure.name,
            message: failure.message,
            data: failure.cause,
        }
    }
}

impl From<ErrorBody> for StepError {
    fn from(error: ErrorBody) -> Self {
        Self {
            name: error.name.unwrap_or_else(|| "Error".to_owned()),
            message: error.message.unwrap_or_default(),
            data: error.data.or(error.cause),
        }
    }
}

impl From<Failure> for ErrorBody {
    fn from(failure: Failure) -> Self {
        // Inngest's server keeps `data` as it is. Of `cause` it keeps what makes an error, and an
        // answer whose `cause` cannot be read as one it cannot read at all.
        let data = failure.cause;
        Self {
            name: Some(failure.name),
            message: Some(failure.message),
            cause: data.clone().filter(is_error),
            data,
            ..Self::default()
        }
    }
}

/// Whether the server can read it as an error. It compares field names without case.
fn is_error(value: &Value) -> bool {
    value.as_object().is_some_and(|fields| {
        fields.iter().all(|(name, value)| {
            value.is_null()
                || match name.to_ascii_lowercase().as_str() {
                    "name" | "message" | "stack" => value.is_string(),
                    "noretry" => value.is_boolean(),
                    "cause" => is_error(value),
                    _ => true,
                }
        })
    })
}

impl ErrorBody {
    /// The form in which an error stands where a result is expected.
    pub(crate) fn serialized(&self) -> Option<Box<RawValue>> {
        let Self { name, message, .. } = self;
        let form = json!({ "__serialized": true, "name": name, "message": message, "stack": "" });
        to_raw_value(&form).ok()
    }
}

/// The JSON form of an error, in both directions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ErrorBody {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detail_survives_and_is_a_cause_only_where_servers_can_read_it_as_one() {
        for (detail, is_cause) in [
            (json!({ "code": 7 }), true),
            (
                json!({ "message": "why", "cause": { "name": "Deeper", "stack": null } }),
                true,
            ),
            (json!("why"), false),
            (json!(["why"]), false),
            (json!({ "message": 7 }), false),
            (json!({ "Name": [] }), false),
            (json!({ "cause": "why" }), false),
            (json!({ "noRetry": "yes" }), false),
        ] {
            let failure = Failure::new("Error", "no").with_cause(detail.clone());
            let body = ErrorBody::from(failure);
            assert_eq!(body.cause.is_some(), is_cause, "{detail}");
            assert_eq!(StepError::from(body).data, Some(detail));
        }
    }

    #[test]
    fn a_cause_alone_is_detail_too() {
        let body = ErrorBody {
            cause: Some(json!({ "message": "why" })),
            ..ErrorBody::default()
        };
        assert_eq!(
            StepError::from(body).data,
            Some(json!({ "message": "why" }))
        );
    }
}
