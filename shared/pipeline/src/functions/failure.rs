//! `template.generate-failure`: the safety net. Whatever made the generating run fail, its
//! request does not stay running.

use itemsmith_domain::{FailureReason, RequestStatus, event::Failed};
use itemsmith_steps::Failure;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    context::{Context, OfRequest, reason_in},
    publish::{Published, publish},
};
use crate::ports::{Ports, Summary};

/// Data of `inngest/function.failed`, the part that is read.
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
#[serde(rename_all = "camelCase", tag = "outcome")]
pub enum Ended {
    /// The request now has this reason, unless it was over already.
    Failed {
        /// The reason.
        reason: FailureReason,
    },
    /// It was over, or there is no such request.
    Nothing,
}

/// The function.
pub async fn generate_failed<P: Ports>(cx: &Context<'_, P>) -> Result<Ended, Failure> {
    let FunctionFailed {
        run_id,
        error,
        event,
    } = cx.input()?;
    let request = event.data.request_id;
    let load = async || cx.ports.summary(request).await.map_err(|e| cx.failure(&e));
    let summary: Option<Summary> = cx.step.run("load", load).await?;
    let Some(summary) = summary.filter(|s| !s.status.is_terminal()) else {
        return Ok(Ended::Nothing);
    };
    let reason = error.map_or(FailureReason::Internal, |error| {
        reason_in(
            error.cause.as_ref(),
            error.name.as_deref().unwrap_or_default(),
        )
    });
    let event = Failed {
        request_id: request,
        iterations: summary.iterations,
        reason,
    };
    let write = async || {
        let done = cx.ports.fail(request, &run_id, &event).await;
        done.map_err(|e| cx.failure(&e))?;
        tracing::error!(
            request_id = %request, run_id, reason = reason.as_str(), "a run failed; request ended"
        );
        Ok(RequestStatus::Failed)
    };
    let _: RequestStatus = cx.step.run("fail", write).await?;
    let _: Published = cx
        .step
        .run("publish", async || Ok(publish(cx, Some(request)).await))
        .await?;
    Ok(Ended::Failed { reason })
}
