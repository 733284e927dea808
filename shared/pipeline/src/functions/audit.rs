//! `template.completion.audit`: writes the audit row of a request's end, and its log line.

use itemsmith_steps::Failure;

use super::context::{Context, OfRequest, internal};
use crate::ports::{Ports, Summary};

/// The function.
pub async fn audit<P: Ports>(cx: &Context<'_, P>) -> Result<Summary, Failure> {
    let request = cx.input::<OfRequest>()?.request_id;
    let load = async || cx.ports.summary(request).await.map_err(|e| cx.failure(&e));
    let summary: Option<Summary> = cx.step.run("load", load).await?;
    let summary = summary.ok_or_else(|| internal("there is no such request"))?;
    let text = serde_json::to_string(&summary).map_err(|e| internal(e.to_string()))?;
    let event = &cx.step.call().event.name;
    let write = async || {
        let written = cx.ports.audit(request, event, &text).await;
        written.map_err(|e| cx.failure(&e))?;
        tracing::info!(
            request_id = %request,
            run_id = cx.run_id(),
            iteration = summary.iterations,
            status = summary.status.as_str(),
            reason = summary.reason.map(|r| r.as_str()),
            elapsed_ms = summary.elapsed_ms,
            "audited"
        );
        Ok(true)
    };
    let _: bool = cx.step.run("write", write).await?;
    Ok(summary)
}
