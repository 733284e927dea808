//! What the durable functions read and write, as statements.

use itemsmith_domain::{
    Digest, FailureReason, RequestStatus,
    event::{Completed, IterationCompleted},
};
use itemsmith_pipeline::ports::{
    CheckInputs, Completion, FinishReason, ModelInputs, Output, PortError, Previous, PromptInputs,
    Reply, Ruling, Start, Started,
};
use itemsmith_sql as sql;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::World;
use crate::outside::Outside;

/// What is there must be there: code and data disagree, and no retry mends that.
fn broken(message: &str) -> PortError {
    PortError::lasting(FailureReason::Internal, "state", message)
}

/// A request that ended while a run was at work needs no more work.
fn still_running(status: RequestStatus) -> Result<(), PortError> {
    if status == RequestStatus::Running {
        return Ok(());
    }
    let message = format!("the request is {}, not running", status.as_str());
    Err(PortError::lasting(
        FailureReason::Internal,
        "not_running",
        message,
    ))
}

fn text(value: &impl Serialize) -> Result<String, PortError> {
    serde_json::to_string(value).map_err(|_| broken("an event cannot be written as JSON"))
}

impl<O: Outside> World<'_, O> {
    pub(super) async fn store_start(&self, id: Uuid, run_id: &str) -> Result<Start, PortError> {
        Ok(
            match self.step_query(&sql::LoadAndStart { id, run_id }).await? {
                sql::Started::Missing => Start::Unknown,
                sql::Started::AnotherRun => Start::Held,
                sql::Started::Ended(status) => Start::Over { status },
                sql::Started::Ours(summary) => Start::Running(Started {
                    max_attempts: summary.max_attempts,
                }),
            },
        )
    }

    pub(super) async fn store_prompt_inputs(
        &self,
        id: Uuid,
        iteration: u32,
    ) -> Result<PromptInputs, PortError> {
        let inputs = self
            .step_query(&sql::ReadPromptInputs { id, iteration })
            .await?;
        let inputs = inputs.ok_or_else(|| broken("there is no such request"))?;
        if inputs.prompt_digest.is_none() {
            still_running(inputs.status)?;
            if iteration > 1 && inputs.previous.is_none() {
                return Err(broken("the attempt before has no verdict"));
            }
        }
        let previous = inputs.previous.map(|previous| Previous {
            reply: previous.response,
            findings: previous.findings,
        });
        Ok(PromptInputs {
            source_text: inputs.source_text,
            seed: inputs.seed,
            allowed_widgets: inputs.allowed_widgets,
            previous,
            stored: inputs.prompt_digest,
        })
    }

    pub(super) async fn store_prompt(
        &self,
        id: Uuid,
        iteration: u32,
        prompt: &str,
        digest: &Digest,
    ) -> Result<(), PortError> {
        self.step_query(&sql::SavePrompt {
            id,
            iteration,
            prompt,
            digest,
        })
        .await
        .map(drop)
    }

    pub(super) async fn store_model_inputs(
        &self,
        id: Uuid,
        iteration: u32,
    ) -> Result<ModelInputs, PortError> {
        let inputs = self
            .step_query(&sql::ReadModelInputs { id, iteration })
            .await?;
        match inputs.ok_or_else(|| broken("the attempt has no prompt"))? {
            sql::ModelInputs::Answered(stored) => Ok(ModelInputs::Answered {
                digest: stored.digest,
            }),
            sql::ModelInputs::Due {
                status,
                model,
                prompt,
            } => {
                still_running(status)?;
                Ok(ModelInputs::Due { prompt, model })
            }
        }
    }

    pub(super) async fn store_completion(
        &self,
        id: Uuid,
        iteration: u32,
        completion: &Completion,
    ) -> Result<(), PortError> {
        let Completion {
            reply,
            model,
            usage,
        } = completion;
        let digest = Digest::of(reply.text.as_bytes());
        let usage = usage.map(|usage| sql::Usage {
            prompt_tokens: usage.prompt_tokens,
            completion_tokens: usage.completion_tokens,
            cached_tokens: usage.cached_tokens,
        });
        let save = sql::SaveResponse {
            id,
            iteration,
            response: &reply.text,
            digest: &digest,
            model,
            finish_reason: Some(reply.finish.as_str()),
            usage,
        };
        let saved = self.step_query(&save).await?;
        saved
            .map(drop)
            .ok_or_else(|| broken("the attempt has no prompt"))
    }

    pub(super) async fn store_check_inputs(
        &self,
        id: Uuid,
        iteration: u32,
    ) -> Result<CheckInputs, PortError> {
        let inputs = self
            .step_query(&sql::ReadCheckInputs { id, iteration })
            .await?;
        let inputs = inputs.ok_or_else(|| broken("the attempt has no response"))?;
        still_running(inputs.status)?;
        let finish = inputs.finish_reason.as_deref().unwrap_or("stop");
        Ok(CheckInputs {
            reply: Reply {
                finish: FinishReason::from_name(finish),
                text: inputs.response,
            },
            source_text: inputs.source_text,
            allowed_widgets: inputs.allowed_widgets,
            seed: inputs.seed,
        })
    }

    pub(super) async fn store_text(&self, digest: &Digest, text: &str) -> Result<(), PortError> {
        self.step_query(&sql::KeepText {
            digest,
            content: text,
        })
        .await
        .map(drop)
    }

    pub(super) async fn store_kept(&self, digest: &Digest) -> Result<Option<String>, PortError> {
        self.step_query(&sql::ReadKept { digest }).await
    }

    pub(super) async fn store_ruling(
        &self,
        id: Uuid,
        iteration: u32,
        ruling: &Ruling,
        event: &IterationCompleted,
    ) -> Result<(), PortError> {
        let verdict = ruling.verdict();
        let save = sql::SaveVerdict {
            id,
            iteration,
            status: ruling.status(),
            diagnostics: &event.diagnostics,
            findings: ruling.findings(),
            source_digest: verdict.map(|v| &v.source_digest),
            versions: verdict.map(|v| &v.versions),
            timings: verdict.map(|v| &v.timings),
            event_data: &text(event)?,
        };
        match self.step_query(&save).await? {
            sql::SavedVerdict::Saved { .. } => Ok(()),
            sql::SavedVerdict::Ended(status) => still_running(status),
            sql::SavedVerdict::Missing => Err(broken("the attempt has no response")),
        }
    }

    pub(super) async fn store_output(&self, id: Uuid, output: &Output) -> Result<(), PortError> {
        let new = |artifact: &itemsmith_pipeline::ports::Artifact| sql::NewArtifact {
            name: artifact.name.clone(),
            media_type: artifact.media_type.to_owned(),
            digest: artifact.digest.clone(),
            content: artifact.text.clone(),
        };
        let artifacts: Vec<sql::NewArtifact> = output.artifacts.iter().map(new).collect();
        let record = sql::RecordOutput {
            id,
            typescript: &output.typescript,
            widget_tuple: &output.widget_tuple,
            metadata: &output.metadata,
            artifacts: &artifacts,
        };
        match self.step_query(&record).await? {
            sql::Recorded::Saved { .. } => Ok(()),
            sql::Recorded::Ended(status) => still_running(status),
            sql::Recorded::Missing => Err(broken("there is no such request")),
        }
    }

    pub(super) async fn store_completed(
        &self,
        id: Uuid,
        run_id: &str,
        event: &Completed,
    ) -> Result<RequestStatus, PortError> {
        match self
            .step_query(&sql::Complete {
                id,
                run_id,
                event_data: &text(event)?,
            })
            .await?
        {
            sql::Finish::Ended { status, .. } => Ok(status),
            sql::Finish::Refused(_) => Err(broken("another run has the request")),
            sql::Finish::Missing => Err(broken("there is no such request")),
        }
    }

    pub(super) async fn store_failed(
        &self,
        id: Uuid,
        run_id: &str,
        reason: FailureReason,
    ) -> Result<Option<RequestStatus>, PortError> {
        Ok(
            match self
                .step_query(&sql::Fail {
                    id,
                    run_id: Some(run_id),
                    reason,
                })
                .await?
            {
                sql::Finish::Ended { status, .. } | sql::Finish::Refused(status) => Some(status),
                sql::Finish::Missing => None,
            },
        )
    }

    pub(super) async fn store_audit(
        &self,
        id: Uuid,
        event: &str,
    ) -> Result<Option<Value>, PortError> {
        self.step_query(&sql::RecordAudit { id, event }).await
    }
}
