//! `template.completion.notify`: tells the configured webhook of a request's end.

use itemsmith_domain::event;
use itemsmith_steps::Failure;

use super::context::{Context, internal};
use crate::ports::{Delivery, Notice, Ports};

/// The function.
pub async fn notify<P: Ports>(cx: &Context<'_, P>) -> Result<Delivery, Failure> {
    let notice = match cx.step.call().event.name.as_str() {
        event::COMPLETED => Notice::Completed(cx.input()?),
        event::FAILED => Notice::Failed(cx.input()?),
        other => return Err(internal(format!("event `{other}` ends nothing"))),
    };
    let send = async || cx.ports.notify(&notice).await.map_err(|e| cx.failure(&e));
    Ok(cx.step.run("send", send).await?)
}
