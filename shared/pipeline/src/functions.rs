//! The durable functions, one file each, and the app that they are registered as.

// Below the lint's limit where pointers have 32 bits.
#![cfg_attr(
    target_pointer_width = "64",
    expect(
        clippy::result_large_err,
        reason = "a failure is made once for a step that failed; its size is the steps crate's choice"
    )
)]

mod audit;
mod context;
mod failure;
mod generate;
mod handed;
mod iterate;
mod notify;
mod publish;
mod record;
mod sweep;

use itemsmith_domain::event;
use itemsmith_steps::{Answer, App, Call, Checkpointing, Failure, FunctionConfig, Trigger, drive};

use crate::{ports::Ports, retry::Pace};
use context::Context;

/// The app's id, the prefix of its functions' ids on the event bus.
pub const APP_ID: &str = "template-orchestrator";

/// Ids of the functions, without the app's prefix.
pub mod id {
    /// Takes a request from queued to its end.
    pub const GENERATE: &str = "template.generate";
    /// One attempt: prompt, model, check.
    pub const ITERATION: &str = "template.iteration";
    /// Stores the proven template.
    pub const RECORD: &str = "record-artifact";
    /// Tells a webhook of a request's end.
    pub const NOTIFY: &str = "template.completion.notify";
    /// Writes the audit row of a request's end.
    pub const AUDIT: &str = "template.completion.audit";
    /// Sends what the outbox still holds.
    pub const SWEEP: &str = "outbox.sweep";
    /// Ends a request whose [`GENERATE`] failed.
    pub const GENERATE_FAILURE: &str = "template.generate-failure";
}

/// Trigger of [`id::ITERATION`]: a function needs one. Nobody sends it, the function is invoked.
const ITERATION_REQUESTED: &str = "template/iteration.requested";
/// Trigger of [`id::RECORD`], likewise.
const ARTIFACT_REQUESTED: &str = "template/artifact.requested";

/// The event that the bus sends when a run was cancelled; its data is that of a failed one.
const FUNCTION_CANCELLED: &str = "inngest/function.cancelled";

/// The most retries that the event bus allows: what must not be given up gets them.
const MOST_RETRIES: u8 = 20;

/// The durable functions over one implementation of the ports.
#[derive(Debug)]
pub struct Orchestrator<P> {
    /// The world.
    pub ports: P,
    /// How fast trouble is retried.
    pub pace: Pace,
    /// Whether the steps of a run share calls. They can: every effect here is a statement that a
    /// repeat does not change, so a step that runs again because its report was lost does no harm.
    pub checkpointing: Checkpointing,
}

impl<P: Ports> App for Orchestrator<P> {
    fn id(&self) -> &str {
        APP_ID
    }

    fn functions(&self) -> Vec<FunctionConfig> {
        functions(self.pace)
    }

    fn checkpointing(&self) -> Checkpointing {
        self.checkpointing
    }

    async fn call(&self, function_id: &str, call: Call) -> Answer {
        let Self { ports, pace, .. } = self;
        macro_rules! run {
            ($function:path) => {
                drive(call, async |step| {
                    $function(&Context {
                        ports,
                        pace: *pace,
                        step,
                    })
                    .await
                })
                .await
            };
        }
        match function_id {
            id::GENERATE => run!(generate::generate),
            id::ITERATION => run!(iterate::iterate),
            id::RECORD => run!(record::record_artifact),
            id::NOTIFY => run!(notify::notify),
            id::AUDIT => run!(audit::audit),
            id::SWEEP => run!(sweep::sweep),
            id::GENERATE_FAILURE => run!(failure::generate_failed),
            other => Answer::Failed(Failure::new(
                "unknown_function",
                format!("there is no function `{other}`; synchronise the app"),
            )),
        }
    }
}

/// What every function is registered with.
#[must_use]
pub fn functions(pace: Pace) -> Vec<FunctionConfig> {
    let on = |names: &[&str]| -> Vec<Trigger> {
        let trigger = |n: &&str| Trigger::Event {
            name: (*n).to_owned(),
            expression: None,
        };
        names.iter().map(trigger).collect()
    };
    let with = |retries: u8, config: FunctionConfig| FunctionConfig {
        retries: Some(retries),
        ..config
    };
    let ends = [event::COMPLETED, event::FAILED];
    let generate = with(
        pace.retries,
        FunctionConfig::new(id::GENERATE, "Generate a template", on(&[event::REQUESTED])),
    );
    let mut failure = with(MOST_RETRIES, generate.failure_handler(APP_ID));
    // A run that is stopped on the bus itself leaves its request behind just like a failed one.
    failure.triggers.push(Trigger::Event {
        name: FUNCTION_CANCELLED.to_owned(),
        expression: Some(format!(
            "event.data.function_id == '{APP_ID}-{}'",
            id::GENERATE
        )),
    });
    vec![
        generate,
        with(
            pace.retries,
            FunctionConfig::new(id::ITERATION, "One attempt", on(&[ITERATION_REQUESTED])),
        ),
        with(
            pace.retries,
            FunctionConfig::new(id::RECORD, "Store the template", on(&[ARTIFACT_REQUESTED])),
        ),
        with(
            pace.retries,
            FunctionConfig::new(id::NOTIFY, "Tell of the end", on(&ends)),
        ),
        with(
            pace.retries,
            FunctionConfig::new(id::AUDIT, "Audit the end", on(&ends)),
        ),
        // Not retried: the next minute's run does the same.
        with(
            0,
            FunctionConfig::new(
                id::SWEEP,
                "Send what the outbox holds",
                vec![Trigger::Cron("* * * * *".to_owned())],
            ),
        ),
        failure,
    ]
}

#[cfg(test)]
mod tests;
