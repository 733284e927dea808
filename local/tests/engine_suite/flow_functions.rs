//! Functions with flow control. Each notes the `n` of its events and, if asked, waits for the gate.

use std::time::Duration;

use itemsmith_steps::{
    Answer, Batch, Call, Concurrency, Debounce, Failure, FunctionConfig, Rate, Scope, Singleton,
    SingletonMode, Step, drive,
};
use serde_json::{Value, json};

use super::app::{Log, on};

const KEY: &str = "event.data.key";

pub fn configs() -> Vec<FunctionConfig> {
    let rate = |period: u64, key: Option<&str>| Rate {
        limit: 1,
        period: Duration::from_secs(period),
        key: key.map(str::to_owned),
        burst: None,
    };
    let one = |key: Option<&str>, scope| Concurrency {
        limit: 1,
        key: key.map(str::to_owned),
        scope,
    };
    let singleton = |mode| Singleton {
        mode,
        key: Some(KEY.to_owned()),
    };
    vec![
        FunctionConfig {
            concurrency: vec![one(Some(KEY), Scope::Function)],
            ..flow("keyed")
        },
        FunctionConfig {
            concurrency: vec![one(Some("'shared'"), Scope::Account)],
            ..flow("shared")
        },
        FunctionConfig {
            concurrency: vec![one(Some("'shared'"), Scope::Account)],
            ..flow("sharing")
        },
        FunctionConfig {
            concurrency: vec![one(None, Scope::Function)],
            priority: Some("event.data.priority".to_owned()),
            ..flow("priority")
        },
        FunctionConfig {
            throttle: Some(rate(1, None)),
            ..flow("throttle")
        },
        FunctionConfig {
            rate_limit: Some(rate(3600, Some(KEY))),
            ..flow("rate")
        },
        FunctionConfig {
            debounce: Some(Debounce {
                period: Duration::from_secs(1),
                timeout: None,
                key: Some(KEY.to_owned()),
            }),
            ..flow("debounce")
        },
        FunctionConfig {
            batch: Some(Batch {
                max_size: 3,
                timeout: Duration::from_secs(60),
                key: Some(KEY.to_owned()),
                if_expr: Some("event.data.key != 'alone'".to_owned()),
            }),
            ..flow("batch")
        },
        FunctionConfig {
            batch: Some(Batch {
                max_size: 3,
                timeout: Duration::from_secs(1),
                key: None,
                if_expr: None,
            }),
            ..flow("timed")
        },
        FunctionConfig {
            singleton: Some(singleton(SingletonMode::Skip)),
            ..flow("skip")
        },
        FunctionConfig {
            singleton: Some(singleton(SingletonMode::Cancel)),
            ..flow("cancel")
        },
    ]
}

fn flow(id: &str) -> FunctionConfig {
    on(&format!("flow-{id}"), &format!("f/{id}"))
}

pub async fn call(log: &Log, id: &str, call: Call) -> Answer {
    drive(call, async |step| noted(step, log, id).await).await
}

async fn noted(step: &Step, log: &Log, id: &str) -> Result<Value, Failure> {
    let events = &step.call().events;
    let told: Vec<Value> = events.iter().map(|event| event.data["n"].clone()).collect();
    let first = events[0].data.clone();
    let key = first["key"].as_str().unwrap_or_default().to_owned();
    step.run("note", async || {
        let _inside = log.inside(&format!("{id} {key}"));
        log.append(id, json!(told));
        if first["hold"] == true {
            log.gate.notified().await;
        }
        Ok(())
    })
    .await?;
    Ok(json!(told))
}
