//! Every setting that a function is registered with.

use std::time::Duration;

use itemsmith_steps::{
    Answer, App, Batch, Call, CancelOn, Checkpointing, Concurrency, Debounce, FunctionConfig, Rate,
    Scope, Singleton, SingletonMode, Step, Timeouts, drive,
};
use serde_json::Value;

use crate::app::on;

/// The app.
pub struct Flow;

impl App for Flow {
    fn id(&self) -> &str {
        "flow"
    }

    fn checkpointing(&self) -> Checkpointing {
        Checkpointing::Off
    }

    fn functions(&self) -> Vec<FunctionConfig> {
        functions()
    }

    async fn call(&self, function: &str, call: Call) -> Answer {
        match function {
            "batch" => {
                let numbers = |step: &Step| -> Vec<Value> {
                    let events = step.call().events.iter();
                    events.map(|event| event.data["number"].clone()).collect()
                };
                drive(call, async move |step: &Step| Ok(numbers(step))).await
            }
            "singleton-skip" | "singleton-cancel" => {
                let second = Duration::from_secs(1);
                drive(call, async move |step: &Step| {
                    Ok(step.sleep("a second", second).await?)
                })
                .await
            }
            _ => drive(call, async |step: &Step| Ok(step.call().event.data.clone())).await,
        }
    }
}

fn functions() -> Vec<FunctionConfig> {
    let key = || Some("event.data.user".to_owned());
    let (second, minute) = (Duration::from_secs(1), Duration::from_secs(60));
    let limit = |limit, key, scope| Concurrency { limit, key, scope };
    let rate = |period, burst| Rate {
        limit: 1,
        period,
        key: key(),
        burst,
    };
    let singleton = |id, mode| FunctionConfig {
        singleton: Some(Singleton { mode, key: key() }),
        ..on("flow", id)
    };
    let cancel = |event: &str, if_expr: Option<&str>, timeout| CancelOn {
        event: event.to_owned(),
        if_expr: if_expr.map(str::to_owned),
        timeout,
    };
    let same_user = Some("event.data.user == async.data.user");
    vec![
        FunctionConfig {
            concurrency: vec![limit(5, None, Scope::Function)],
            ..on("flow", "concurrency-number")
        },
        FunctionConfig {
            concurrency: vec![limit(1, key(), Scope::Function)],
            ..on("flow", "concurrency")
        },
        FunctionConfig {
            concurrency: vec![
                limit(5, None, Scope::Function),
                limit(2, key(), Scope::Environment),
            ],
            ..on("flow", "concurrency-two")
        },
        FunctionConfig {
            throttle: Some(rate(second, Some(1))),
            ..on("flow", "throttle")
        },
        FunctionConfig {
            rate_limit: Some(rate(60 * minute, None)),
            ..on("flow", "rate-limit")
        },
        FunctionConfig {
            debounce: Some(Debounce {
                period: second,
                timeout: Some(5 * second),
                key: key(),
            }),
            ..on("flow", "debounce")
        },
        FunctionConfig {
            priority: Some("event.data.urgent ? 120 : 0".into()),
            ..on("flow", "priority")
        },
        FunctionConfig {
            batch: Some(Batch {
                max_size: 2,
                timeout: 5 * second,
                key: key(),
                if_expr: None,
            }),
            ..on("flow", "batch")
        },
        singleton("singleton-skip", SingletonMode::Skip),
        singleton("singleton-cancel", SingletonMode::Cancel),
        FunctionConfig {
            idempotency: key(),
            ..on("flow", "idempotency")
        },
        FunctionConfig {
            timeouts: Some(Timeouts {
                start: Some(60 * minute),
                finish: Some(120 * minute),
            }),
            ..on("flow", "timeouts")
        },
        FunctionConfig {
            cancel_on: vec![
                cancel("flow/stop", same_user, None),
                cancel("flow/stop-soon", None, Some(30 * minute)),
            ],
            ..on("flow", "cancel")
        },
        FunctionConfig {
            retries: Some(20),
            ..on("flow", "retries")
        },
    ]
}
