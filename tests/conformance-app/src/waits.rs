//! Sleeping, waiting for events and being stopped.

use std::time::Duration;

use itemsmith_steps::{
    Answer, Call, CancelOn, Event, Failure, FunctionConfig, Step, Timeouts, WaitFor, drive,
};
use serde_json::Value;

use crate::app::on;

const APP: &str = "conformance";
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

pub fn functions() -> Vec<FunctionConfig> {
    let stop = CancelOn {
        event: "conformance/stop".into(),
        if_expr: Some("event.data.number == async.data.number".into()),
        timeout: None,
    };
    let limits = Timeouts {
        start: None,
        finish: Some(SECOND),
    };
    vec![
        on(APP, "asleep"),
        on(APP, "asleep-until"),
        on(APP, "matched"),
        on(APP, "unmatched"),
        FunctionConfig {
            cancel_on: vec![stop],
            ..on(APP, "stopped-by-event")
        },
        on(APP, "stopped-by-request"),
        FunctionConfig {
            timeouts: Some(limits),
            ..on(APP, "stopped-by-time")
        },
    ]
}

pub async fn call(function: &str, call: Call) -> Answer {
    match function {
        "asleep" => drive(call, asleep).await,
        "asleep-until" => drive(call, asleep_until).await,
        "matched" => drive(call, matched).await,
        "unmatched" => drive(call, unmatched).await,
        _ => drive(call, for_long).await,
    }
}

async fn asleep(step: &Step) -> Result<&'static str, Failure> {
    step.sleep("a second", SECOND).await?;
    Ok("awake")
}

async fn asleep_until(step: &Step) -> Result<&'static str, Failure> {
    let until = step.call().event.data["until"].as_i64().unwrap_or_default();
    step.sleep_until("a moment", until).await?;
    Ok("awake")
}

async fn matched(step: &Step) -> Result<Value, Failure> {
    let wait = WaitFor {
        event: "conformance/answer".into(),
        timeout: HOUR,
        if_expr: Some("event.data.number == async.data.number".into()),
    };
    let event: Option<Event> = step.wait_for_event("the same number", wait).await?;
    Ok(event.unwrap_or_default().data["text"].clone())
}

async fn unmatched(step: &Step) -> Result<Option<Event>, Failure> {
    let wait = WaitFor {
        event: "conformance/nobody-sends-this".into(),
        timeout: SECOND,
        if_expr: None,
    };
    Ok(step.wait_for_event("nothing", wait).await?)
}

async fn for_long(step: &Step) -> Result<(), Failure> {
    Ok(step.sleep("for long", HOUR).await?)
}
