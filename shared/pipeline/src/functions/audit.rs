//! `template.completion.audit`: writes the audit row of a request's end, and its log line.

use itemsmith_steps::{Failure, Retry};
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
        // Tried again: the row that a second delivery is writing just now is not seen yet.
        let missing = || internal("there is no such request").with_retry(Retry::Default);
        let summary = summary.ok_or_else(missing)?;
        tracing::info!(request_id = %request, run_id = cx.run_id(), %summary, "audited");
        Ok(summary)
    };
    Ok(cx.step.run("audit", write).await?)
}
