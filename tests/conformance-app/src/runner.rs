//! The functions that Inngest's own conformance runner asks an SDK for: their ids, triggers, steps
//! and results are what it compares.

use std::time::Duration;

use itemsmith_steps::{
    Answer, App, Call, CancelOn, Checkpointing, Event, Failure, FunctionConfig, Step, Trigger,
    WaitFor, drive,
};
use serde_json::{Value, json};

/// The app of the runner's functions.
pub struct Runner;

impl App for Runner {
    fn id(&self) -> &str {
        "conformance-rust"
    }

    /// The runner expects every step in an answer of its own.
    fn checkpointing(&self) -> Checkpointing {
        Checkpointing::Off
    }

    fn functions(&self) -> Vec<FunctionConfig> {
        let cancelled = CancelOn {
            event: "cancel/please".into(),
            if_expr: Some("async.data.request_id == event.data.request_id".into()),
            timeout: None,
        };
        vec![
            on("test-suite-simple-fn", "tests/function.test"),
            on("test-suite-step-test", "tests/step.test"),
            on("test-suite-retry-test", "tests/retry.test"),
            FunctionConfig {
                cancel_on: vec![cancelled],
                ..on("test-suite-cancel-test", "tests/cancel.test")
            },
            on("test-suite-wait-for-event", "tests/wait.test"),
        ]
    }

    async fn call(&self, function: &str, call: Call) -> Answer {
        match function {
            "test-suite-simple-fn" => drive(call, simple).await,
            "test-suite-step-test" => drive(call, serial).await,
            "test-suite-retry-test" => drive(call, retried).await,
            "test-suite-cancel-test" => drive(call, cancelled).await,
            _ => drive(call, waiting).await,
        }
    }
}

fn on(id: &str, event: &str) -> FunctionConfig {
    let trigger = Trigger::Event {
        name: event.into(),
        expression: None,
    };
    FunctionConfig::new(id, id, vec![trigger])
}

/// What most of them return.
fn done(step: &Step) -> Value {
    json!({ "name": step.call().event.name, "body": "ok" })
}

async fn simple(step: &Step) -> Result<Value, Failure> {
    Ok(done(step))
}

async fn serial(step: &Step) -> Result<Value, Failure> {
    let first: String = step
        .run("first step", async || Ok("first step".to_owned()))
        .await?;
    step.sleep("sleep", Duration::from_secs(2)).await?;
    let second = async || Ok(json!({ "first": first, "second": true }));
    let _second: Value = step.run("second step", second).await?;
    Ok(done(step))
}

/// Fails once in its step and, once that succeeded, once by itself.
async fn retried(step: &Step) -> Result<Value, Failure> {
    let is_first = step.call().attempt == 0;
    let body = async || match step.call().attempt {
        0 => Err(Failure::new("Error", "broken")),
        attempt => Ok(format!("yes: {}", attempt + 1)),
    };
    let _told: String = step.run("first step", body).await?;
    if is_first {
        return Err(Failure::new("Error", "broken func"));
    }
    Ok(done(step))
}

async fn cancelled(step: &Step) -> Result<Value, Failure> {
    step.sleep("sleep", Duration::from_secs(10)).await?;
    let late = async || Ok("nobody should see this".to_owned());
    let _late: String = step.run("After the sleep", late).await?;
    Ok(done(step))
}

async fn waiting(step: &Step) -> Result<Value, Failure> {
    let wait = WaitFor {
        event: "test/resume".into(),
        timeout: Duration::from_secs(10),
        if_expr: Some("async.data.resume == true && async.data.id == event.data.id".into()),
    };
    let event: Option<Event> = step.wait_for_event("wait", wait).await?;
    Ok(event.map_or_else(|| json!({}), |event| json!({ "result": event.data })))
}
