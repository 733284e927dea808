//! A model call that the engine makes for us.
//!
//! `reserve-n` → `model-n` → `reply-n` in place of one `model-n`. The attempt is opened with its
//! prompt in `prompt-n` and found still due in `reserve-n`, so that a paid call has its record
//! before it is made. What the engine gets, the prompt and the model's key, it keeps as part of
//! the run; what the model said comes back through the run's memory and is stored like any reply.

use itemsmith_domain::Digest;
use itemsmith_steps::{Failure, StepError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    context::Context,
    iterate::{Attempt, Stored, chat_request, store_reply},
};
use crate::ports::{ChatRequest, ModelInputs, Ports};

/// What `reserve-n` found.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "call")]
enum Reserved {
    /// An earlier try stored its completion: no call is due.
    Answered { digest: Digest },
    /// This call is due, and is made once.
    Due { chat: ChatRequest },
}

/// The three steps.
pub async fn hand_over<P: Ports>(
    cx: &Context<'_, P>,
    attempt: &Attempt,
) -> Result<Stored, Failure> {
    let n = attempt.iteration;
    let reserved: Reserved = cx
        .step
        .run(format!("reserve-{n}"), async || reserve(cx, attempt).await)
        .await?;
    let chat = match reserved {
        Reserved::Answered { digest } => return Ok(Stored { digest }),
        Reserved::Due { chat } => chat,
    };
    let inference = cx.ports.inference(&chat);
    let answer: Result<Value, StepError> = cx.step.infer(format!("model-{n}"), inference).await;
    // The engine has tried as often as it tries a step: nothing is left to hope for.
    let answer = answer.map_err(|e| cx.final_failure(&cx.ports.inference_trouble(&e)))?;
    let stored = cx
        .step
        .run(format!("reply-{n}"), async || {
            let completion = cx.ports.completion(&answer, &chat.model);
            let completion = completion.map_err(|e| cx.final_failure(&e))?;
            store_reply(cx, attempt, &completion).await
        })
        .await?;
    Ok(stored)
}

async fn reserve<P: Ports>(cx: &Context<'_, P>, attempt: &Attempt) -> Result<Reserved, Failure> {
    let inputs = cx.ports.model_inputs(attempt.request_id, attempt.iteration);
    Ok(match inputs.await.map_err(|e| cx.failure(&e))? {
        ModelInputs::Answered { digest } => Reserved::Answered { digest },
        ModelInputs::Due { prompt, model } => Reserved::Due {
            chat: chat_request(&prompt, model)?,
        },
    })
}
