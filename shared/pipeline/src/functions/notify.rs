//! `template.completion.notify`: tells the configured webhook of a request's end.

use itemsmith_steps::Failure;

use super::context::{Context, OfRequest, internal};
use crate::ports::{Delivery, Notice, Ports, Summary};

/// The function.
pub async fn notify<P: Ports>(cx: &Context<'_, P>) -> Result<Delivery, Failure> {
    let request = cx.input::<OfRequest>()?.request_id;
    let load = async || cx.ports.summary(request).await.map_err(|e| cx.failure(&e));
    let summary: Option<Summary> = cx.step.run("load", load).await?;
    let summary = summary.ok_or_else(|| internal("there is no such request"))?;
    let notice = Notice {
        text: text(&summary),
        event: cx.step.call().event.name.clone(),
        summary,
    };
    let send = async || cx.ports.notify(&notice).await.map_err(|e| cx.failure(&e));
    Ok(cx.step.run("send", send).await?)
}

/// One line for a person.
fn text(summary: &Summary) -> String {
    let attempts = match summary.iterations {
        1 => "1 attempt".to_owned(),
        n => format!("{n} attempts"),
    };
    let id = summary.request_id;
    match summary.reason {
        Some(reason) => format!("Template {id} failed after {attempts}: {}", reason.as_str()),
        None => format!("Template {id} {} after {attempts}", summary.status.as_str()),
    }
}
