//! Steps that wait for a signal: a name that one waiting step holds at a time.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use ulid::Ulid;

use super::{
    super::{
        clock::Millis,
        duration,
        run::{Step, StepId, StepStatus},
        wire::Op,
    },
    Core,
    waits::LONGEST_WAIT,
};

/// The operation that waits for a signal.
const WAIT: &str = "WaitForSignal";
/// The longest name of a signal: it is kept as text with its step.
const LONGEST_NAME: usize = 512;

/// Which step holds which signal.
pub(super) type Signals = HashMap<String, (Ulid, StepId)>;

/// The arguments of `WaitForSignal`.
#[derive(Serialize, Deserialize)]
struct SignalOpts {
    #[serde(default)]
    signal: String,
    #[serde(default)]
    timeout: Option<String>,
    /// What to do when another step holds the signal: `replace` it, or fail (the default).
    #[serde(default, rename = "conflict")]
    on_conflict: Option<String>,
    /// Another step took the signal over; this one only waits for its time-out. The engine's own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    replaced: bool,
}

impl SignalOpts {
    fn of(step: &Step) -> Option<Self> {
        let opts = step.opts.as_deref().filter(|_| step.op == WAIT)?;
        serde_json::from_str(opts).ok()
    }
}

impl Core {
    /// Sets a step to wait for a signal.
    pub(super) fn wait_for_signal(
        &mut self,
        run: Ulid,
        id: StepId,
        op: &Op,
        step: Step,
        now: Millis,
    ) -> Result<(), String> {
        let opts = op.opts.as_deref().map_or("{}", RawValue::get);
        let opts: SignalOpts = serde_json::from_str(opts)
            .map_err(|error| format!("unable to parse signal opts: {error}"))?;
        if opts.signal.is_empty() || opts.signal.len() > LONGEST_NAME {
            return Err(format!(
                "signal name is empty or longer than {LONGEST_NAME} bytes"
            ));
        }
        let timeout = opts.timeout.as_deref().filter(|text| !text.is_empty());
        let due = duration::moment(timeout.unwrap_or(LONGEST_WAIT), now)?;
        if self.signals.contains_key(&opts.signal) {
            if opts.on_conflict.as_deref() != Some("replace") {
                return Err("Signal conflict; signal wait already exists for another run".into());
            }
            self.replace_signal(&opts.signal);
        }
        self.signals.insert(opts.signal, (run, id.clone()));
        let step = Step {
            status: StepStatus::Waiting,
            due: Some(due),
            ..step
        };
        self.put_step(run, id, step);
        Ok(())
    }

    /// Gives a signal to the step that holds it, and the id of that step's run.
    pub(in super::super) fn receive_signal(
        &mut self,
        signal: &str,
        data: &RawValue,
        now: Millis,
    ) -> Option<Ulid> {
        #[derive(Serialize)]
        struct Memo<'a> {
            data: Received<'a>,
        }
        #[derive(Serialize)]
        struct Received<'a> {
            signal: &'a str,
            data: &'a RawValue,
        }
        let (run, id) = self.signals.remove(signal)?;
        let data = Received { signal, data };
        let memo = serde_json::to_string(&Memo { data }).expect("a string and raw JSON serialise");
        self.remember(run, &id, memo.into(), now);
        self.go_on(run, now);
        Some(run)
    }

    /// Lets go of the signal that a step holds, if it is one that waits for a signal.
    pub(super) fn release_signal(&mut self, run: Ulid, id: &StepId, step: &Step) {
        if let Some(opts) = SignalOpts::of(step).filter(|opts| !opts.replaced)
            && (self.signals.get(&opts.signal)).is_some_and(|held| *held == (run, id.clone()))
        {
            self.signals.remove(&opts.signal);
        }
    }

    /// The signals that stored steps hold.
    pub(super) fn restore_signals(&mut self) {
        for run in self.runs.values() {
            for (id, step) in &run.steps {
                if step.status == StepStatus::Waiting
                    && let Some(opts) = SignalOpts::of(step).filter(|opts| !opts.replaced)
                {
                    self.signals.insert(opts.signal, (run.id, id.clone()));
                }
            }
        }
    }

    /// Takes a signal from the step that holds it, which from now on waits for its time-out.
    fn replace_signal(&mut self, signal: &str) {
        let Some((run, id)) = self.signals.remove(signal) else {
            return;
        };
        let Some(step) = (self.runs.get_mut(&run)).and_then(|run| run.steps.get_mut(&id)) else {
            return;
        };
        if let Some(mut opts) = SignalOpts::of(step) {
            opts.replaced = true;
            let opts = serde_json::to_string(&opts).expect("strings serialise");
            step.opts = Some(opts.into());
            self.batch.steps.insert((run, id), step.clone());
        }
    }
}
