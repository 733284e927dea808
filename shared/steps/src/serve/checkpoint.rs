//! Polling an app's call and doing what it asks for: the time, and steps sent to the server.

use std::pin::pin;
use std::time::Duration;

use serde::Serialize;

use super::{App, Endpoint, Host};
use crate::answer::Answer;
use crate::call::Call;
use crate::checkpoint::{Checkpointed, Checkpointing, Link};
use crate::function::FunctionConfig;
use crate::http::Method;
use crate::op::Op;

/// How often a checkpoint is sent before its steps go out in the answer instead.
const ATTEMPTS: u32 = 5;
/// The wait before the second attempt; it doubles from there, to 1.5 s in all.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// The server's word for a call that is not the run's current one any more.
const CONFLICT: u16 = 409;

/// The body of a checkpoint.
#[derive(Serialize)]
struct Checkpoint<'a> {
    run_id: &'a str,
    fn_id: &'a str,
    qi_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    generation_id: Option<i64>,
    request_started_at: u64,
    steps: &'a [Op],
    /// Milliseconds since the Unix epoch, as above.
    ts: u64,
}

/// What stays the same in all checkpoints of one call.
struct Origin {
    run_id: String,
    fn_id: String,
    queue_item: String,
    began_ms: u64,
}

impl<A: App, H: Host> Endpoint<'_, A, H> {
    /// Calls a function, checkpointing its steps if it is to be and the call allows it.
    pub(super) async fn call_function(&self, function: &FunctionConfig, mut call: Call) -> Answer {
        let link = Link::default();
        call.link = Some(link.clone());
        let chosen = function.checkpointing.unwrap_or(self.app.checkpointing());
        if let Checkpointing::On(checkpoints) = chosen {
            call.checkpoints = Some(checkpoints).filter(|_| call.may_checkpoint());
        }
        let origin = Origin {
            run_id: call.context.run_id.clone(),
            fn_id: call.context.fn_id.clone(),
            queue_item: call.queue_item.clone().unwrap_or_default(),
            began_ms: self.host.unix_millis(),
        };
        let mut called = pin!(self.app.call(&function.id, call));
        loop {
            let polled = link.serve(
                |context| called.as_mut().poll(context),
                || self.host.unix_millis(),
            );
            match polled.await {
                Ok(answer) => return answer,
                Err(steps) => link.answer(self.checkpoint(&origin, steps).await),
            }
        }
    }

    /// Sends steps to the server, until they are taken or the attempts are used up.
    async fn checkpoint(&self, origin: &Origin, steps: Vec<Op>) -> Checkpointed {
        let run: String = form_urlencoded::byte_serialize(origin.run_id.as_bytes()).collect();
        let path = format!("/v1/checkpoint/{run}/async");
        let mut wait = FIRST_WAIT;
        for attempt in 1..=ATTEMPTS {
            let Ok(body) = serde_json::to_vec(&self.body(origin, &steps)) else {
                break;
            };
            match self.call_api(Method::Post, &path, body).await {
                Ok(response) if (200..300).contains(&response.status) => {
                    return Checkpointed::Stored;
                }
                Ok(response) if response.status == CONFLICT => return Checkpointed::Stale,
                // Any other refusal is no worse than none at all: the answer can carry the steps.
                Ok(_) | Err(_) if attempt == ATTEMPTS => break,
                Ok(_) | Err(_) => self.host.sleep(wait).await,
            }
            wait *= 2;
        }
        Checkpointed::Refused(steps)
    }

    fn body<'b>(&'b self, origin: &'b Origin, steps: &'b [Op]) -> Checkpoint<'b> {
        let headers = &self.request.headers;
        Checkpoint {
            run_id: &origin.run_id,
            fn_id: &origin.fn_id,
            qi_id: &origin.queue_item,
            request_id: headers.get("x-request-id"),
            generation_id: headers
                .get("x-inngest-generation-id")
                .and_then(|id| id.parse().ok()),
            request_started_at: origin.began_ms,
            steps,
            ts: self.host.unix_millis(),
        }
    }
}
