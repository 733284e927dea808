//! `template.iteration`: one attempt.
//!
//! `prompt-n` → `model-n` → `check-n` → `persist-n` → `publish-n`. The first opens the attempt, so
//! that the call of the model, which is paid for, has its record before it is made. Each step finds what an earlier
//! try of it stored, so a repeat neither asks the model twice nor writes a second row. Texts stay
//! in storage; steps pass digests.

use itemsmith_domain::{
    Digest, IterationStatus,
    check::CheckRequest,
    event::IterationCompleted,
    finding::{Diagnostic, Finding},
};
use itemsmith_steps::Failure;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{
    context::{Context, internal},
    handed::hand_over,
    publish::{Published, publish},
};
use crate::{
    limits::{EVENT_DIAGNOSTICS, EVENT_DIAGNOSTICS_BYTES, FINDING_BYTES},
    ports::{ChatRequest, CheckInputs, Completion, ModelInputs, OnBehalf, Ports, Ruling},
    prompt::{Prompt, compose},
    reply::code_of,
};

/// Which attempt of which request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// The request.
    pub request_id: Uuid,
    /// 1-based.
    pub iteration: u32,
}

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// The verdict's status.
    pub status: IterationStatus,
    /// Digest of the whole ruling, which is kept.
    pub ruling: Digest,
}

/// Result of a storing step: what is now stored.
#[derive(Debug, Serialize, Deserialize)]
pub struct Stored {
    pub digest: Digest,
}

/// The function.
pub async fn iterate<P: Ports>(cx: &Context<'_, P>) -> Result<Judged, Failure> {
    let attempt: Attempt = cx.input()?;
    let n = attempt.iteration;
    let step = cx.step;
    let _: Stored = step
        .run(format!("prompt-{n}"), async || prompt(cx, &attempt).await)
        .await?;
    let _: Stored = if cx.ports.hands_over() {
        hand_over(cx, &attempt).await?
    } else {
        step.run(format!("model-{n}"), async || model(cx, &attempt).await)
            .await?
    };
    let judged: Judged = step
        .run(format!("check-{n}"), async || check(cx, &attempt).await)
        .await?;
    let _: Stored = step
        .run(format!("persist-{n}"), async || {
            persist(cx, &attempt, &judged).await
        })
        .await?;
    let _: Published = step
        .run(format!("publish-{n}"), async || {
            Ok(publish(cx, Some(attempt.request_id)).await)
        })
        .await?;
    Ok(judged)
}

async fn prompt<P: Ports>(cx: &Context<'_, P>, attempt: &Attempt) -> Result<Stored, Failure> {
    let Attempt {
        request_id,
        iteration,
    } = *attempt;
    let inputs = cx.ports.prompt_inputs(request_id, iteration).await;
    let inputs = inputs.map_err(|e| cx.failure(&e))?;
    if let Some(digest) = inputs.stored {
        return Ok(Stored { digest });
    }
    let contract = cx.ports.contract(&inputs.allowed_widgets).await;
    let contract = contract.map_err(|e| cx.failure(&e))?;
    let text = compose(&inputs, &contract, iteration)
        .map_err(|e| internal(e.to_string()))?
        .text();
    let digest = Digest::of(text.as_bytes());
    let saved = cx
        .ports
        .save_prompt(request_id, iteration, &text, &digest)
        .await;
    saved.map_err(|e| cx.failure(&e))?;
    tracing::info!(
        request_id = %request_id,
        run_id = cx.run_id(),
        iteration,
        bytes = text.len(),
        digest = %digest,
        "prompt stored"
    );
    Ok(Stored { digest })
}

async fn model<P: Ports>(cx: &Context<'_, P>, attempt: &Attempt) -> Result<Stored, Failure> {
    let Attempt {
        request_id,
        iteration,
    } = *attempt;
    let inputs = cx.ports.model_inputs(request_id, iteration).await;
    let inputs = inputs.map_err(|e| cx.failure(&e))?;
    let (prompt, model) = match inputs {
        ModelInputs::Answered { digest } => return Ok(Stored { digest }),
        ModelInputs::Due { prompt, model } => (prompt, model),
    };
    let completion = cx.ports.chat(&chat_request(&prompt, model)?).await;
    let completion = completion.map_err(|e| cx.failure(&e))?;
    store_reply(cx, attempt, &completion).await
}

/// The call that a stored prompt asks for.
pub fn chat_request(prompt: &str, model: String) -> Result<ChatRequest, Failure> {
    let Prompt { system, user } = Prompt::from_text(prompt).map_err(|e| internal(e.to_string()))?;
    Ok(ChatRequest {
        model,
        system,
        user,
    })
}

/// Stores what the model said; the first reply stays.
pub async fn store_reply<P: Ports>(
    cx: &Context<'_, P>,
    attempt: &Attempt,
    completion: &Completion,
) -> Result<Stored, Failure> {
    let Attempt {
        request_id,
        iteration,
    } = *attempt;
    let saved = cx
        .ports
        .save_completion(request_id, iteration, completion)
        .await;
    saved.map_err(|e| cx.failure(&e))?;
    let digest = Digest::of(completion.reply.text.as_bytes());
    tracing::info!(
        request_id = %request_id,
        run_id = cx.run_id(),
        iteration,
        bytes = completion.reply.text.len(),
        digest = %digest,
        model = completion.model,
        finish = completion.reply.finish.as_str(),
        completion_tokens = completion.usage.map(|u| u.completion_tokens),
        "reply stored"
    );
    Ok(Stored { digest })
}

async fn check<P: Ports>(cx: &Context<'_, P>, attempt: &Attempt) -> Result<Judged, Failure> {
    let Attempt {
        request_id,
        iteration,
    } = *attempt;
    let inputs = cx.ports.check_inputs(request_id, iteration).await;
    let inputs = inputs.map_err(|e| cx.failure(&e))?;
    let ruling = match code_of(&inputs.reply) {
        Err(finding) => Ruling::Unusable([*finding]),
        Ok(source) => {
            let request = request(inputs, source)?;
            let on_behalf = OnBehalf {
                request: request_id,
                run: cx.run_id(),
                iteration,
            };
            let verdict = cx.ports.check(&request, on_behalf).await;
            let verdict = verdict.map_err(|e| cx.failure(&e))?;
            Ruling::Checked(Box::new(verdict))
        }
    };
    let text = serde_json::to_string(&ruling).map_err(|e| internal(e.to_string()))?;
    let digest = Digest::of(text.as_bytes());
    cx.ports
        .keep(&digest, &text)
        .await
        .map_err(|e| cx.failure(&e))?;
    tracing::info!(
        request_id = %request_id,
        run_id = cx.run_id(),
        iteration,
        status = ruling.status().as_str(),
        findings = ruling.findings().len(),
        check_ms = ruling.verdict().map(|v| v.timings.total_ms),
        "checked"
    );
    Ok(Judged {
        status: ruling.status(),
        ruling: digest,
    })
}

fn request(inputs: CheckInputs, source: String) -> Result<CheckRequest, Failure> {
    let item = RawValue::from_string(inputs.source_text)
        .map_err(|e| internal(format!("the stored item is not JSON: {e}")))?;
    Ok(CheckRequest {
        source,
        source_item: Some(item),
        allowed_widgets: inputs.allowed_widgets,
        contract: None,
        execute: true,
        seeds: vec![inputs.seed],
    })
}

async fn persist<P: Ports>(
    cx: &Context<'_, P>,
    attempt: &Attempt,
    judged: &Judged,
) -> Result<Stored, Failure> {
    let Attempt {
        request_id,
        iteration,
    } = *attempt;
    let ruling = kept_ruling(cx, &judged.ruling).await?;
    let event = IterationCompleted {
        request_id,
        iteration,
        status: ruling.status(),
        diagnostics: diagnostics(ruling.findings()),
    };
    let saved = cx
        .ports
        .save_ruling(request_id, iteration, &ruling, &event)
        .await;
    saved.map_err(|e| cx.failure(&e))?;
    Ok(Stored {
        digest: judged.ruling.clone(),
    })
}

/// The ruling that the check step kept.
pub async fn kept_ruling<P: Ports>(
    cx: &Context<'_, P>,
    digest: &Digest,
) -> Result<Ruling, Failure> {
    let text = cx.ports.kept(digest).await.map_err(|e| cx.failure(&e))?;
    let text = text.ok_or_else(|| internal(format!("ruling {digest} is not kept any more")))?;
    serde_json::from_str(&text).map_err(|e| internal(format!("ruling {digest}: {e}")))
}

/// The proposal's diagnostics, capped in number and size; the last one then says how many were
/// left out.
fn diagnostics(findings: &[Finding]) -> Vec<Diagnostic> {
    let mut bytes = 0;
    let fits = |diagnostic: &Diagnostic| {
        bytes += serde_json::to_vec(diagnostic).map_or(0, |json| json.len() + 1);
        bytes <= EVENT_DIAGNOSTICS_BYTES
    };
    let mut shown: Vec<Diagnostic> = findings
        .iter()
        .take(EVENT_DIAGNOSTICS)
        .map(shortened)
        .take_while(fits)
        .collect();
    let left_out = findings.len() - shown.len();
    if left_out > 0 {
        let ts_code = findings.last().map_or(0, |f| f.ts_code);
        let message = format!("{left_out} more findings are left out");
        shown.push(Diagnostic {
            message,
            ts_code,
            line: 0,
            column: 0,
        });
    }
    shown
}

fn shortened(finding: &Finding) -> Diagnostic {
    let mut diagnostic = finding.diagnostic();
    let end = diagnostic.message.floor_char_boundary(FINDING_BYTES);
    if end < diagnostic.message.len() {
        diagnostic.message.truncate(end);
        diagnostic.message.push_str(" …");
    }
    diagnostic
}

#[cfg(test)]
mod tests {
    use itemsmith_domain::{Finding, Phase};

    use super::diagnostics;
    use crate::limits::{EVENT_DIAGNOSTICS, EVENT_DIAGNOSTICS_BYTES};

    #[test]
    fn an_events_diagnostics_are_capped_in_number_and_bytes() {
        let finding = |message: &str| Finding::unplaced(Phase::Types, "", 2322, message);
        let few = diagnostics(&vec![finding("short"); EVENT_DIAGNOSTICS]);
        assert_eq!(few.len(), EVENT_DIAGNOSTICS);
        let many = diagnostics(&vec![finding("short"); EVENT_DIAGNOSTICS + 3]);
        assert_eq!(
            many[EVENT_DIAGNOSTICS].message,
            "3 more findings are left out"
        );
        // The checker's longest messages, and the worst that JSON makes of a character.
        for message in ["é\"".repeat(3000), "\u{1}".repeat(8 * 1024)] {
            let shown = diagnostics(&vec![finding(&message); 1000]);
            let json = serde_json::to_vec(&shown).expect("JSON");
            assert!(json.len() < EVENT_DIAGNOSTICS_BYTES + 200, "{}", json.len());
            let last = &shown[shown.len() - 1].message;
            assert!(last.ends_with("more findings are left out"), "{last}");
            assert!(shown[0].message.ends_with(" …"));
        }
    }
}
