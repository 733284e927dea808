//! A step that invokes another function and waits for its result.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use ulid::Ulid;

use super::{
    super::{
        clock::Millis,
        duration,
        event::{INVOKED, StoredEvent},
        run::{Step, StepId, StepStatus},
        wire::{self, Op},
    },
    Core,
    flow::Started,
    waits::LONGEST_WAIT,
};

impl Core {
    /// Starts another function for a step; true if the step is done at once, because it cannot be.
    pub(super) fn invoke(
        &mut self,
        run: Ulid,
        id: StepId,
        op: &Op,
        step: Step,
        now: Millis,
    ) -> Result<bool, String> {
        let slug: String = op
            .opt("function_id")
            .ok_or("InvokeFunction has no function_id")?;
        let timeout: Option<String> = op.opt("timeout").filter(|text: &String| !text.is_empty());
        let due = duration::moment(timeout.as_deref().unwrap_or(LONGEST_WAIT), now)?;
        let Some(function) = self.functions.get(&slug).cloned() else {
            let error = wire::error_json(&format!("could not find function `{slug}`"));
            self.step_done(run, id, step, "error", &error, now);
            return Ok(true);
        };
        let step = Step {
            status: StepStatus::Waiting,
            due: Some(due),
            ..step
        };
        self.put_step(run, id.clone(), step);
        let data = self.invocation_data(run, &id, op, &slug, due);
        let event = Arc::new(StoredEvent::internal(INVOKED, &data, now));
        self.batch.events.push(Arc::clone(&event));
        let parent = (run, id.clone());
        if self.trigger(&function, &event, Some(parent), now) == Started::Limited {
            let error = wire::named_error("Error", "invoked function is rate limited");
            let memo = format!("{{\"error\":{error}}}");
            self.remember(run, &id, memo.into(), now);
            return Ok(true);
        }
        Ok(false)
    }

    /// The invoked function's data: the payload's, and under `_inngest` who invoked it.
    fn invocation_data(&self, run: Ulid, id: &str, op: &Op, slug: &str, due: Millis) -> String {
        #[derive(Serialize)]
        struct Origin<'a> {
            source_app_id: &'a str,
            source_fn_id: &'a str,
            source_fn_v: u32,
            fn_id: &'a str,
            correlation_id: String,
            expire: Millis,
            gid: &'a str,
            name: &'a str,
        }
        let source = self.runs.get(&run).map_or("", |run| &*run.function);
        let origin = Origin {
            source_app_id: self
                .functions
                .get(source)
                .map_or("", |function| &function.app),
            source_fn_id: source,
            source_fn_v: 1,
            fn_id: slug,
            correlation_id: format!("{run}.{id}"),
            expire: due,
            gid: "",
            name: op.label(),
        };
        let origin = serde_json::to_string(&origin).expect("strings and numbers serialise");
        // Spliced as text, so that the payload stays byte for byte what the step sent.
        match payload_fields(op).as_str() {
            "" => format!("{{\"_inngest\":{origin}}}"),
            fields => format!("{{{fields},\"_inngest\":{origin}}}"),
        }
    }
}

/// The fields of the payload's data, without their braces.
fn payload_fields(op: &Op) -> String {
    #[derive(Deserialize)]
    struct Payload {
        #[serde(default)]
        data: Option<Box<RawValue>>,
    }
    let data = op
        .opt::<Payload>("payload")
        .and_then(|payload| payload.data);
    data.as_deref()
        .and_then(|data| data.get().strip_prefix('{')?.strip_suffix('}'))
        .map_or_else(String::new, |fields| fields.trim().to_owned())
}
