//! Other functions and events.

use std::time::Duration;

use itemsmith_steps::{
    Answer, Call, Config, Failure, FunctionConfig, Step,
    client::{OutgoingEvent, event_request, parse_event_response},
    drive,
};
use serde_json::{Value, json, value::to_raw_value};

use crate::{app::on, host::Host};

const APP: &str = "conformance";

pub fn functions() -> Vec<FunctionConfig> {
    [
        "invoked",
        "invoked-failing",
        "invoked-slow",
        "invoking",
        "invoking-failing",
        "invoking-slow",
        "invoking-nobody",
        "sending",
        "sending-many",
    ]
    .map(|id| on(APP, id))
    .into()
}

pub async fn call<H: Host>(host: &H, config: &Config, function: &str, call: Call) -> Answer {
    match function {
        "invoked" => drive(call, invoked).await,
        "invoked-failing" => drive(call, invoked_failing).await,
        "invoked-slow" => drive(call, invoked_slow).await,
        "invoking" => drive(call, invoking).await,
        "invoking-failing" => drive(call, invoking_failing).await,
        "invoking-slow" => drive(call, invoking_slow).await,
        "invoking-nobody" => drive(call, invoking_nobody).await,
        "sending" => {
            let events = || vec![event("the-one", "conformance/sent", 1, None)];
            drive(call, sending("one", host, config, events)).await
        }
        _ => {
            let events = || {
                vec![
                    event("many-1", "conformance/sent-many", 1, None),
                    event(
                        "many-2",
                        "conformance/sent-many",
                        2,
                        Some(1_700_000_000_000),
                    ),
                ]
            };
            drive(call, sending("many", host, config, events)).await
        }
    }
}

async fn invoked(step: &Step) -> Result<Option<i64>, Failure> {
    Ok(step.call().event.data["number"].as_i64().map(|n| n * 2))
}

async fn invoked_failing(_: &Step) -> Result<(), Failure> {
    Err(Failure::fatal("NonRetriableError", "invoked in vain"))
}

async fn invoked_slow(step: &Step) -> Result<(), Failure> {
    Ok(step.sleep("for long", Duration::from_secs(3600)).await?)
}

async fn invoking(step: &Step) -> Result<Value, Failure> {
    let data = json!({ "number": 21 });
    Ok(step
        .invoke("double", "conformance-invoked", data, None)
        .await?)
}

async fn invoking_failing(step: &Step) -> Result<Value, Failure> {
    let result = step
        .invoke("in vain", "conformance-invoked-failing", json!({}), None)
        .await;
    Ok(result.unwrap_or_else(|error| error.message.into()))
}

async fn invoking_slow(step: &Step) -> Result<Value, Failure> {
    let (function, timeout) = ("conformance-invoked-slow", Duration::from_secs(1));
    let result = step
        .invoke("too long", function, json!({}), Some(timeout))
        .await;
    Ok(result.unwrap_or_else(|_| "too long".into()))
}

async fn invoking_nobody(step: &Step) -> Result<Value, Failure> {
    let result = step
        .invoke("nobody", "conformance-nobody", json!({}), None)
        .await;
    Ok(result.unwrap_or_else(|_| "nobody".into()))
}

fn event(id: &str, name: &str, number: i64, ts: Option<i64>) -> OutgoingEvent {
    OutgoingEvent {
        id: id.into(),
        name: name.into(),
        data: to_raw_value(&json!({ "number": number })).expect("numbers are JSON"),
        ts,
    }
}

fn sending<H: Host>(
    id: &'static str,
    host: &H,
    config: &Config,
    events: impl Fn() -> Vec<OutgoingEvent>,
) -> impl AsyncFnOnce(&Step) -> Result<usize, Failure> {
    async move |step: &Step| {
        let send = async |events: &[OutgoingEvent]| {
            let request = event_request(config, events);
            let response = host.fetch(request).await;
            let response = response.map_err(|error| Failure::new("Error", error.to_string()))?;
            parse_event_response(config, &response)
                .map_err(|error| Failure::new("Error", error.to_string()))
        };
        Ok(step.send_event(id, events(), send).await?.len())
    }
}
