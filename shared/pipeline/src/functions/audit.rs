//! `template.completion.audit`: writes the audit row of a request's end, and its log line.

use itemsmith_steps::Failure;
use serde_json::Value;

use super::context::{Context, OfRequest, internal};
use crate::ports::Ports;

/// The function.
pub async fn audit<P: Ports>(cx: &Context<'_, P>) -> Result<Value, Failure> {
    let request = cx.input::<OfRequest>()?.request_id;
    let event = &cx.step.call().event.name;
    let write = async || {
        let summary = cx
            .ports
            .audit(request, event)
            .await
            .map_err(|e| cx.failure(&e))?;
        let summary = summary.ok_or_else(|| internal("there is no such request"))?;
        tracing::info!(request_id = %request, run_id = cx.run_id(), %summary, "audited");
        Ok(summary)
    };
    Ok(cx.step.run("audit", write).await?)
}
