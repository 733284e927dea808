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

/// A wait without a time-out ends after a year, as on Inngest.
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
        let opts: WaitOpts = serde_json::from_str(opts)
            .map_err(|error| format!("the arguments of WaitForEvent are not valid: {error}"))?;
        if let Some(condition) = opts.condition.filter(|text| !text.is_empty()) {
            Expression::parse(&condition)?;
        }
        let timeout = opts.timeout.filter(|text| !text.is_empty());
        let due = Some(duration::moment(
            timeout.as_deref().unwrap_or(LONGEST_WAIT),
            now,
        )?);
        self.waits
            .entry(opts.event)
            .or_default()
            .insert((run, id.clone()));
        self.put_step(
            run,
            id,
            Step {
                status: StepStatus::Waiting,
                due,
                ..step
            },
        );
        Ok(())
    }
}
