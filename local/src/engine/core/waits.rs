//! Steps that wait for an event.

use serde_json::value::RawValue;
use ulid::Ulid;

use super::{
    super::{
        clock::Millis,
        duration,
        expression::Expression,
        run::{Step, StepId, StepStatus},
        wire::Op,
    },
    Core,
    ingest::WaitOpts,
};

/// An invocation or a wait for a signal without a time-out ends after a year, as on Inngest.
pub(super) const LONGEST_WAIT: &str = "365d";

impl Core {
    /// Sets a step to wait for an event.
    pub(super) fn wait_for(
        &mut self,
        run: Ulid,
        id: StepId,
        op: &Op,
        step: Step,
        now: Millis,
    ) -> Result<(), String> {
        let opts = op.opts.as_deref().map_or("{}", RawValue::get);
        let mut opts: WaitOpts = serde_json::from_str(opts)
            .map_err(|error| format!("the arguments of WaitForEvent are not valid: {error}"))?;
        if opts.event.is_empty() {
            // The TypeScript SDK tells the event as the step's name.
            opts.event = op.name.clone().unwrap_or_default();
        }
        if opts.event.is_empty() {
            return Err("An event name must be provided when waiting for an event".to_owned());
        }
        if let Some(condition) = opts.condition.as_ref().filter(|text| !text.is_empty()) {
            Expression::parse(condition)?;
        }
        // SDKs send an empty one for a time that is over.
        let due = match opts.timeout.as_deref().filter(|text| !text.is_empty()) {
            Some(timeout) => duration::moment(timeout, now)?,
            None => now,
        };
        let stored = serde_json::to_string(&opts).expect("strings serialise");
        self.waits
            .entry(opts.event)
            .or_default()
            .insert((run, id.clone()));
        self.put_step(
            run,
            id,
            Step {
                status: StepStatus::Waiting,
                due: Some(due),
                opts: Some(stored.into()),
                ..step
            },
        );
        Ok(())
    }
}
