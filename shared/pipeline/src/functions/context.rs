//! What a function has at hand, and how trouble becomes a step's failure.

use itemsmith_domain::FailureReason;
use itemsmith_steps::{Failure, Retry, Step, StepError};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    ports::{PortError, Retrying},
    retry::Pace,
};

/// One call of one function.
pub struct Context<'a, P> {
    pub ports: &'a P,
    pub pace: Pace,
    pub step: &'a Step,
}

/// The one field that every event of ours carries.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfRequest {
    pub request_id: Uuid,
}

impl<P> Context<'_, P> {
    /// The run's id.
    pub fn run_id(&self) -> &str {
        &self.step.call().run_id
    }

    /// The event's data.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        let event = &self.step.call().event;
        T::deserialize(&event.data).map_err(|error| {
            let message = format!("the data of event `{}` does not fit: {error}", event.name);
            Failure::fatal(FailureReason::Internal.as_str(), message)
        })
    }

    /// The failure of a step whose port had trouble. Its name is the stable reason that the
    /// request ends with once the step's retries are spent.
    pub fn failure(&self, error: &PortError) -> Failure {
        let pace = self.pace.wait(self.step.call().attempt);
        let retry = match error.retrying {
            Retrying::Soon => Retry::After(pace),
            Retrying::After(wait) => Retry::After(wait.max(pace)),
            Retrying::Never => Retry::Never,
        };
        self.failed(error, retry)
    }

    /// The same where nothing is tried again.
    pub fn final_failure(&self, error: &PortError) -> Failure {
        self.failed(error, Retry::Never)
    }

    /// The same for a step that nothing stands behind: whatever the trouble was, it is tried
    /// again, for hours. What is refused now (a credential, say) may be mended by then.
    pub fn stubborn(&self, error: &PortError) -> Failure {
        let pace = self.pace.patience(self.step.call().attempt);
        let wait = match error.retrying {
            Retrying::After(wait) => wait.max(pace),
            Retrying::Soon | Retrying::Never => pace,
        };
        self.failed(error, Retry::After(wait))
    }

    fn failed(&self, error: &PortError, retry: Retry) -> Failure {
        let call = self.step.call();
        let attempt = call.attempt;
        let iteration = call.event.data.get("iteration").and_then(Value::as_u64);
        tracing::warn!(
            request_id = request_of(&call.event.data),
            iteration,
            run_id = self.run_id(),
            kind = error.kind,
            attempt,
            retrying = ?error.retrying,
            reason = error.reason.as_str(),
            detail = %error.message,
            "a step had trouble"
        );
        Failure {
            name: error.reason.as_str().to_owned(),
            message: error.to_string(),
            retry,
            cause: Some(json!({ "reason": error.reason, "kind": error.kind })),
        }
    }
}

/// The request of an event's data: of ours, or inside what the engine tells of a failed function.
fn request_of(data: &Value) -> Option<&str> {
    let failed = || data.pointer("/event/data/requestId");
    data.get("requestId").or_else(failed)?.as_str()
}

/// A failure that no retry can mend and that is nobody's but ours.
pub fn internal(message: impl Into<String>) -> Failure {
    Failure::fatal(FailureReason::Internal.as_str(), message)
}

/// The stable reason of a step or an invoked function that failed for good.
pub fn reason_of(error: &StepError) -> FailureReason {
    reason_in(error.data.as_ref(), &error.name)
}

/// The reason in a failure's cause, else its name, else `internal`: a server may drop the cause.
pub fn reason_in(cause: Option<&Value>, name: &str) -> FailureReason {
    let named = |value: &Value| FailureReason::deserialize(value).ok();
    cause
        .and_then(|cause| cause.get("reason"))
        .and_then(named)
        .or_else(|| named(&Value::String(name.to_owned())))
        .unwrap_or(FailureReason::Internal)
}
