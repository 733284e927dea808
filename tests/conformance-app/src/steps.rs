//! Results and the ids of steps.

use itemsmith_steps::{Answer, Call, Failure, FunctionConfig, Step, Trigger, drive};
use serde_json::{Value, json};

use crate::app::on;

const APP: &str = "conformance";

pub fn functions() -> Vec<FunctionConfig> {
    let conditional = Trigger::Event {
        name: "conformance/conditional".into(),
        expression: Some("event.data.go == true".into()),
    };
    let mut scheduled = on(APP, "scheduled");
    scheduled
        .triggers
        .insert(0, Trigger::Cron("0 0 29 2 *".into()));
    vec![
        on(APP, "plain"),
        on(APP, "nothing"),
        FunctionConfig {
            name: "Steps in sequence".into(),
            ..on(APP, "sequence")
        },
        on(APP, "repeated"),
        FunctionConfig::new("conditional", "conditional", vec![conditional]),
        scheduled,
        on(APP, "large"),
    ]
}

pub async fn call(function: &str, call: Call) -> Answer {
    match function {
        "plain" => drive(call, plain).await,
        "nothing" => drive(call, async |_: &Step| Ok(())).await,
        "sequence" => drive(call, sequence).await,
        "repeated" => drive(call, repeated).await,
        "large" => drive(call, large).await,
        _ => drive(call, async |step: &Step| Ok(step.call().event.data.clone())).await,
    }
}

async fn plain(step: &Step) -> Result<Value, Failure> {
    let name = step.call().event.data["name"].as_str().unwrap_or_default();
    Ok(json!({ "greeting": format!("Hello, {name}!") }))
}

async fn sequence(step: &Step) -> Result<Value, Failure> {
    let first: i64 = step.run("first", async || Ok(20)).await?;
    let second: Value = step
        .run("second", async || Ok(json!({ "sum": first + 22 })))
        .await?;
    let () = step.run("third", async || Ok(())).await?;
    Ok(second["sum"].clone())
}

async fn repeated(step: &Step) -> Result<Vec<i64>, Failure> {
    let mut numbers = Vec::new();
    for i in 0..3 {
        numbers.push(step.run("again", async || Ok(i)).await?);
    }
    Ok(numbers)
}

/// More than a call carries: the app has to fetch its state.
async fn large(step: &Step) -> Result<usize, Failure> {
    let text: String = step.run("grow", async || Ok("x".repeat(3_600_000))).await?;
    Ok(step.run("measure", async || Ok(text.len())).await?)
}
