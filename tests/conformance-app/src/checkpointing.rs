//! Runs whose steps go on in one call, told to the server as they end.

use std::time::Duration;

use futures_util::future::join;
use itemsmith_steps::{Answer, App, Call, Failure, FunctionConfig, Step, drive};
use serde_json::{Value, json};

use crate::app::on;

/// The app; checkpointing is what an app does unless it says otherwise.
pub struct Checkpointed;

impl App for Checkpointed {
    fn id(&self) -> &str {
        "checkpointing"
    }

    fn functions(&self) -> Vec<FunctionConfig> {
        let failing = FunctionConfig {
            retries: Some(0),
            ..on("checkpointing", "failing")
        };
        let others = [
            "sequence",
            "interrupted",
            "retried",
            "parallel",
            "overtaken",
            "unreported",
        ];
        let others = others.map(|id| on("checkpointing", id));
        others.into_iter().chain([failing]).collect()
    }

    async fn call(&self, function: &str, call: Call) -> Answer {
        match function {
            "sequence" => drive(call, sequence).await,
            "interrupted" => drive(call, interrupted).await,
            "retried" => drive(call, retried).await,
            "parallel" => drive(call, parallel).await,
            "overtaken" => drive(call, answered("overtaken")).await,
            "unreported" => drive(call, answered("unreported")).await,
            _ => drive(call, failing).await,
        }
    }
}

async fn sequence(step: &Step) -> Result<Value, Failure> {
    let first: i64 = step.run("first", async || Ok(20)).await?;
    let second: i64 = step.run("second", async || Ok(first + 22)).await?;
    Ok(step
        .run("third", async || Ok(json!({ "sum": second })))
        .await?)
}

async fn interrupted(step: &Step) -> Result<i64, Failure> {
    let first: i64 = step.run("first", async || Ok(1)).await?;
    step.sleep("a second", Duration::from_secs(1)).await?;
    Ok(step.run("second", async || Ok(first + 1)).await?)
}

async fn retried(step: &Step) -> Result<u32, Failure> {
    let first: u32 = step.run("first", async || Ok(1)).await?;
    let second = async || match step.call().attempt {
        0 => Err(Failure::new("Error", "not at once")),
        attempt => Ok(first + attempt),
    };
    Ok(step.run("second", second).await?)
}

async fn parallel(step: &Step) -> Result<[i64; 2], Failure> {
    let first: i64 = step.run("first", async || Ok(1)).await?;
    let left = step.run("left", async || Ok(first + 1));
    let right = step.run("right", async || Ok(first + 2));
    let (left, right): (Result<i64, _>, Result<i64, _>) = join(left, right).await;
    let sides = [left?, right?];
    Ok(step.run("last", async || Ok(sides)).await?)
}

/// What its first step reports is answered in the server's place.
fn answered(id: &'static str) -> impl AsyncFnOnce(&Step) -> Result<i64, Failure> {
    async move |step: &Step| {
        let first: i64 = step.run(id, async || Ok(1)).await?;
        Ok(step.run("second", async || Ok(first + 1)).await?)
    }
}

async fn failing(step: &Step) -> Result<(), Failure> {
    let _one: i64 = step.run("first", async || Ok(1)).await?;
    Err(Failure::new("Error", "after a step"))
}
