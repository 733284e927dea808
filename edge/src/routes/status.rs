//! `GET /api/templates/{id}`: everything about a request that fits one look.

use itemsmith_api::{
    Problem, etag,
    response::{FindingSummary, Iteration, IterationPhase, Links, TemplateStatus, Usage},
};
use itemsmith_domain::widget;
use itemsmith_sql::{FindingHead, IterationState, ReadStatus, RequestState};
use uuid::Uuid;

use super::{database, granted};
use crate::{app::Request, http::Outgoing, outside::Outside};

/// The handler.
pub async fn status<O: Outside>(request: &Request<'_, O>, id: Uuid) -> Result<Outgoing, Problem> {
    let read = ReadStatus {
        key_hash: request.key()?,
        id,
    };
    let state = granted(request.world.query(&read).await.map_err(|e| database(&e))?)?;
    let answer = Outgoing::json(200, &shown(state)).with("cache-control", "private, no-cache");
    let tag = etag::of_body(answer.body.as_bytes());
    Ok(answer.tagged(&tag, request.header("if-none-match")))
}

fn shown(state: RequestState) -> TemplateStatus {
    let iterations: Vec<Iteration> = state.iterations.into_iter().map(iteration).collect();
    TemplateStatus {
        id: state.id,
        status: state.status,
        reason: state.reason,
        seed: state.seed,
        model: state.model,
        attempt: iterations.last().map_or(0, |last| last.iteration),
        max_attempts: state.max_attempts,
        warnings: widget::warnings(&state.allowed_widgets),
        allowed_widgets: state.allowed_widgets,
        created_at: state.created_at,
        started_at: state.started_at,
        finished_at: state.finished_at,
        usage: Usage::of(&iterations),
        iterations,
        links: Links::of(state.id, state.status),
    }
}

fn iteration(state: IterationState) -> Iteration {
    let phase = if state.checked_at.is_some() {
        IterationPhase::Done
    } else if state.responded_at.is_some() {
        IterationPhase::Check
    } else {
        IterationPhase::Model
    };
    Iteration {
        iteration: state.iteration,
        status: state.status,
        phase,
        finding_count: state.finding_count.unwrap_or(0),
        first_findings: state.findings.into_iter().map(finding).collect(),
        started_at: state.prompted_at,
        finished_at: state.checked_at,
        source_digest: state.source_digest,
        prompt_tokens: state.usage.map(|usage| usage.prompt_tokens),
        completion_tokens: state.usage.map(|usage| usage.completion_tokens),
    }
}

fn finding(head: FindingHead) -> FindingSummary {
    FindingSummary {
        rule: head.rule,
        ts_code: head.ts_code,
        message: head.message,
        line: head.line,
        column: head.column,
        seed: head.seed,
    }
}
