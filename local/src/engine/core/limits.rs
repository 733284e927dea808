//! How large and how long a run may become: Inngest's limits, in its words.

use super::super::{
    run::Run,
    wire::{self, Op},
};

/// The most steps of one run.
const MOST_STEPS: usize = 1000;
/// The longest id of a step; SDKs send 40 hex digits.
const LONGEST_ID: usize = 256;
/// The largest output of one step: 4 MiB.
const LARGEST_OUTPUT: usize = 4 * 1024 * 1024;
/// The largest sum of a run's step outputs: 32 MiB.
const LARGEST_STATE: usize = 32 * 1024 * 1024;

/// A limit that a run exceeds: it ends the run.
#[derive(Debug)]
pub(super) struct Exceeded {
    /// The error's name, as functions' failure handlers get it.
    pub(super) name: &'static str,
    /// For people.
    pub(super) message: String,
}

impl From<String> for Exceeded {
    fn from(message: String) -> Self {
        Self {
            name: "Error",
            message,
        }
    }
}

impl Exceeded {
    /// As an error in JSON.
    pub(super) fn to_json(&self) -> String {
        wire::named_error(self.name, &self.message)
    }
}

/// Whether a step may have this id: it is stored and indexed as text.
pub(super) fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= LONGEST_ID && !id.contains('\0')
}

/// Refuses an operation that exceeds what its run may become.
///
/// # Errors
/// The id is none, or a limit is exceeded.
pub(super) fn check(run: &Run, op: &Op) -> Result<(), Exceeded> {
    if !is_id(&op.id) {
        let message = format!("a step's id is empty, longer than {LONGEST_ID} or holds a NUL");
        return Err(message.into());
    }
    if !run.steps.contains_key(op.id.as_str()) && run.steps.len() >= MOST_STEPS {
        return Err(Exceeded {
            name: "InngestErrFunctionOverflowed",
            message: format!("The function run exceeded the step limit of {MOST_STEPS} steps."),
        });
    }
    let output = op
        .data
        .as_deref()
        .or(op.error.as_deref())
        .map_or(0, |json| json.get().len());
    if output > LARGEST_OUTPUT {
        return Err("step output size is greater than the limit"
            .to_owned()
            .into());
    }
    if output > 0 && output + state_size(run) > LARGEST_STATE {
        return Err(Exceeded {
            name: "InngestErrStateOverflowed",
            message: format!(
                "The function run exceeded the state size limit of {LARGEST_STATE} bytes."
            ),
        });
    }
    Ok(())
}

fn state_size(run: &Run) -> usize {
    let memos = run.steps.values().filter_map(|step| step.memo.as_deref());
    memos.map(str::len).sum()
}
