//! `template.generate`: takes a request from queued to its end.
//!
//! Attempts are invoked, never sent and then waited for. An attempt that failed because of its
//! surroundings ends the request with that reason; only a verdict uses an attempt up.

use std::time::Duration;

use itemsmith_domain::{Digest, FailureReason, IterationStatus, RequestStatus, event::Completed};
use itemsmith_steps::{Failure, StepError};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    APP_ID,
    context::{Context, OfRequest, reason_of},
    id,
    iterate::{Attempt, Judged},
    publish::{Published, publish},
    record::{Record, Recorded},
};
use crate::ports::{Ports, Start};

/// How long an invoked function may take. An attempt whose model call times out on every try takes
/// three hours with its waits; one that takes twice that was lost, and the bus would wait a year.
const LONGEST: Duration = Duration::from_secs(6 * 3600);

/// What a run of this function came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "outcome")]
pub enum Generated {
    /// An attempt was proven and its template is stored.
    Proven {
        /// Attempts that it took.
        iterations: u32,
        /// Where the request stands: succeeded, unless something else ended it first.
        status: RequestStatus,
    },
    /// No attempt was proven.
    Lost {
        /// Why.
        reason: FailureReason,
        /// Where the request stands: failed, unless something else ended it first.
        status: Option<RequestStatus>,
    },
    /// Nothing was done: it was over, another run has it, or there is no such request.
    Skipped {
        /// What the start said.
        because: Start,
    },
}

/// How the attempts ended.
enum End {
    Proven { iterations: u32, ruling: Digest },
    Lost { reason: FailureReason },
}

/// The function.
pub async fn generate<P: Ports>(cx: &Context<'_, P>) -> Result<Generated, Failure> {
    let request = cx.input::<OfRequest>()?.request_id;
    let start: Start = cx
        .step
        .run("start", async || {
            let start = cx.ports.start(request, cx.run_id()).await;
            let start = start.map_err(|e| cx.failure(&e))?;
            tracing::info!(request_id = %request, run_id = cx.run_id(), ?start, "run started");
            Ok(start)
        })
        .await?;
    let Start::Running(started) = &start else {
        return Ok(Generated::Skipped { because: start });
    };
    let mut end = attempts(cx, request, started.max_attempts).await;
    if let End::Proven { iterations, ruling } = &end {
        let input = Record {
            request_id: request,
            iteration: *iterations,
            ruling: ruling.clone(),
        };
        let recorded: Result<Recorded, StepError> = cx
            .step
            .invoke("record", &function(id::RECORD), input, Some(LONGEST))
            .await;
        if let Err(error) = recorded {
            end = End::Lost {
                reason: reason_of(&error),
            };
        }
    }
    let generated = match end {
        End::Proven { iterations, .. } => complete(cx, request, iterations).await?,
        End::Lost { reason } => fail(cx, request, reason).await?,
    };
    let _: Published = cx
        .step
        .run("publish", async || Ok(publish(cx, Some(request)).await))
        .await?;
    Ok(generated)
}

/// Attempts until one is proven, none is left, or the surroundings fail for good.
async fn attempts<P: Ports>(cx: &Context<'_, P>, request: Uuid, max: u32) -> End {
    for iteration in 1..=max {
        let input = Attempt {
            request_id: request,
            iteration,
        };
        let judged: Result<Judged, StepError> = cx
            .step
            .invoke(
                format!("iterate-{iteration}"),
                &function(id::ITERATION),
                input,
                Some(LONGEST),
            )
            .await;
        match judged {
            Ok(Judged {
                status: IterationStatus::Success,
                ruling,
            }) => {
                return End::Proven {
                    iterations: iteration,
                    ruling,
                };
            }
            Ok(_) => {}
            Err(error) => {
                return End::Lost {
                    reason: reason_of(&error),
                };
            }
        }
    }
    End::Lost {
        reason: FailureReason::AttemptsExhausted,
    }
}

fn function(id: &str) -> String {
    format!("{APP_ID}-{id}")
}

async fn complete<P: Ports>(
    cx: &Context<'_, P>,
    request: Uuid,
    iterations: u32,
) -> Result<Generated, Failure> {
    let event = Completed {
        request_id: request,
        iterations,
        template_path: format!("/api/templates/{request}/artifacts/template.ts"),
    };
    let write = async || {
        let status = cx.ports.complete(request, cx.run_id(), &event).await;
        let status = status.map_err(|e| cx.failure(&e))?;
        tracing::info!(
            request_id = %request,
            run_id = cx.run_id(),
            iteration = iterations,
            status = status.as_str(),
            "run ended"
        );
        Ok(status)
    };
    let status: RequestStatus = cx.step.run("complete", write).await?;
    Ok(Generated::Proven { iterations, status })
}

async fn fail<P: Ports>(
    cx: &Context<'_, P>,
    request: Uuid,
    reason: FailureReason,
) -> Result<Generated, Failure> {
    let write = async || {
        let status = cx.ports.fail(request, cx.run_id(), reason).await;
        let status = status.map_err(|e| cx.failure(&e))?;
        tracing::info!(
            request_id = %request,
            run_id = cx.run_id(),
            reason = reason.as_str(),
            status = status.map(RequestStatus::as_str),
            "run ended"
        );
        Ok(status)
    };
    let status: Option<RequestStatus> = cx.step.run("fail", write).await?;
    Ok(Generated::Lost { reason, status })
}
