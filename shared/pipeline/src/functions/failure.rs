//! `template.generate-failure`: the safety net. Whatever made the generating run fail, its
//! request does not stay running. It does not give up at the first refusal: nothing comes after it.

use itemsmith_domain::{FailureReason, RequestStatus};
use itemsmith_steps::Failure;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    context::{Context, OfRequest, reason_in},
    publish::{Published, publish},
};
use crate::ports::Ports;

/// Data of `inngest/function.failed` and `inngest/function.cancelled`, the part that is read.
#[derive(Deserialize)]
struct FunctionFailed {
    run_id: String,
    error: Option<ErrorData>,
    event: Triggered,
}

#[derive(Deserialize)]
struct ErrorData {
    name: Option<String>,
    cause: Option<Value>,
}

#[derive(Deserialize)]
struct Triggered {
    data: OfRequest,
}

/// What the handler did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// The reason that the request got, unless it was over already.
    pub reason: FailureReason,
    /// Where the request stands now; absent when there is none.
    pub status: Option<RequestStatus>,
}

/// The function.
pub async fn generate_failed<P: Ports>(cx: &Context<'_, P>) -> Result<Ended, Failure> {
    let FunctionFailed {
        run_id,
        error,
        event,
    } = cx.input()?;
    let request = event.data.request_id;
    let reason = error.map_or(FailureReason::Internal, |error| {
        reason_in(
            error.cause.as_ref(),
            error.name.as_deref().unwrap_or_default(),
        )
    });
    let write = async || {
        let status = cx.ports.fail(request, &run_id, reason).await;
        let status = status.map_err(|e| cx.stubborn(&e))?;
        tracing::warn!(
            request_id = %request, run_id, reason = reason.as_str(), ?status, "a run failed"
        );
        Ok(Ended { reason, status })
    };
    let ended: Ended = cx.step.run("fail", write).await?;
    let _: Published = cx
        .step
        .run("publish", async || Ok(publish(cx, Some(request)).await))
        .await?;
    Ok(ended)
}
