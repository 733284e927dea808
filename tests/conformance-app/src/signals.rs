//! Waiting for signals and sending them.

use std::time::Duration;

use itemsmith_steps::{
    Answer, Call, Config, Failure, FunctionConfig, OnConflict, Signal, Step, WaitForSignal, drive,
    signal::{OutgoingSignal, send},
};
use serde_json::{Value, json};

use crate::{app::on, host::Host};

const APP: &str = "conformance";

pub fn functions() -> Vec<FunctionConfig> {
    [
        "signalled",
        "unsignalled",
        "signalling",
        "signalling-nobody",
    ]
    .map(|id| on(APP, id))
    .into()
}

pub async fn call<H: Host>(host: &H, config: &Config, function: &str, call: Call) -> Answer {
    let sending = |name: &str, data| {
        let signal = name.into();
        sending(host, config, OutgoingSignal { signal, data })
    };
    match function {
        "signalled" => drive(call, signalled).await,
        "unsignalled" => drive(call, unsignalled).await,
        "signalling" => {
            let data = json!({ "text": "go" });
            drive(call, sending("conformance/signalling", data)).await
        }
        _ => {
            let name = "conformance/signalling-nobody";
            drive(call, sending(name, Value::Null)).await
        }
    }
}

async fn signalled(step: &Step) -> Result<Option<Value>, Failure> {
    let wait = WaitForSignal {
        signal: "conformance/signalling".into(),
        timeout: Duration::from_secs(3600),
        on_conflict: OnConflict::Fail,
    };
    let signal: Option<Signal<Value>> = step.wait_for_signal("the signal", wait).await?;
    Ok(signal.map(|signal| signal.data))
}

async fn unsignalled(step: &Step) -> Result<Option<Value>, Failure> {
    let wait = WaitForSignal {
        signal: "conformance/nobody-sends-this".into(),
        timeout: Duration::from_secs(1),
        on_conflict: OnConflict::Replace,
    };
    let signal: Option<Signal<Value>> = step.wait_for_signal("no signal", wait).await?;
    Ok(signal.map(|signal| signal.data))
}

fn sending<H: Host>(
    host: &H,
    config: &Config,
    signal: OutgoingSignal,
) -> impl AsyncFnOnce(&Step) -> Result<bool, Failure> {
    async move |step: &Step| {
        let send = async |signal: &OutgoingSignal| {
            let sent = send(host, config, signal).await;
            sent.map_err(|error| Failure::new("Error", error.to_string()))
        };
        Ok(step.send_signal("send", signal, send).await?.is_some())
    }
}
