//! How steps and functions fail, and when they are tried again.

use std::time::Duration;

use itemsmith_steps::{Answer, Call, Failure, FunctionConfig, Retry, Step, drive};
use serde_json::{Value, json};

use crate::app::on;

const APP: &str = "conformance";

pub fn functions() -> Vec<FunctionConfig> {
    let retries = |id: &str, retries: u8| FunctionConfig {
        retries: Some(retries),
        ..on(APP, id)
    };
    let handled = retries("handled", 0);
    let handler = handled.failure_handler(APP);
    vec![
        on(APP, "retried"),
        on(APP, "retried-after"),
        on(APP, "retried-at"),
        on(APP, "function-retried"),
        on(APP, "function-retried-after"),
        retries("function-exhausted", 0),
        on(APP, "function-refused"),
        on(APP, "step-refused"),
        retries("step-exhausted", 1),
        retries("step-caught", 1),
        handled,
        handler,
    ]
}

pub async fn call(function: &str, call: Call) -> Answer {
    match function {
        "retried" => drive(call, retried).await,
        "retried-after" => drive(call, retried_after).await,
        "retried-at" => drive(call, retried_at).await,
        "function-retried" => {
            drive(call, async |step: &Step| not(1, step.call().attempt).await).await
        }
        "function-retried-after" => drive(call, function_retried_after).await,
        "function-exhausted" => drive(call, fails("on the last attempt")).await,
        "function-refused" => drive(call, async |_: &Step| refused().await).await,
        "step-refused" => drive(call, step_refused).await,
        "step-exhausted" => drive(call, step_exhausted).await,
        "step-caught" => drive(call, step_caught).await,
        "handled" => drive(call, fails("for the handler")).await,
        _ => drive(call, handled_failure).await,
    }
}

async fn not(attempts: u32, attempt: u32) -> Result<u32, Failure> {
    if attempt < attempts {
        return Err(Failure::new("Error", format!("not at attempt {attempt}")));
    }
    Ok(attempt)
}

fn fails(message: &str) -> impl AsyncFnOnce(&Step) -> Result<(), Failure> {
    async move |_: &Step| Err(Failure::new("Error", message))
}

async fn refused() -> Result<(), Failure> {
    Err(Failure::fatal("NonRetriableError", "not again"))
}

fn in_a_second() -> Failure {
    Failure::new("RetryAfterError", "in a second").with_retry(Retry::After(Duration::from_secs(1)))
}

async fn retried(step: &Step) -> Result<u32, Failure> {
    let attempt = step.call().attempt;
    Ok(step
        .run("in the end", async || not(2, attempt).await)
        .await?)
}

async fn retried_after(step: &Step) -> Result<u32, Failure> {
    let body = async || match step.call().attempt {
        0 => Err(in_a_second()),
        attempt => Ok(attempt),
    };
    Ok(step.run("later", body).await?)
}

async fn retried_at(step: &Step) -> Result<u32, Failure> {
    let body = async || match step.call().attempt {
        0 => Err(Failure::new("RetryAfterError", "at that time")
            .with_retry(Retry::After(Duration::from_secs(1)))),
        attempt => Ok(attempt),
    };
    Ok(step.run("at a time", body).await?)
}

async fn function_retried_after(step: &Step) -> Result<u32, Failure> {
    match step.call().attempt {
        0 => Err(in_a_second()),
        attempt => Ok(attempt),
    }
}

async fn step_refused(step: &Step) -> Result<(), Failure> {
    Ok(step.run("refused", async || refused().await).await?)
}

async fn step_exhausted(step: &Step) -> Result<(), Failure> {
    let body = async || Err(Failure::new("Error", "always").with_cause(json!({ "code": 7 })));
    Ok(step.run("exhausted", body).await?)
}

async fn step_caught(step: &Step) -> Result<String, Failure> {
    let failing = async || -> Result<(), Failure> { Err(Failure::new("Error", "always")) };
    match step.run("exhausted", failing).await {
        Ok(()) => Ok(String::new()),
        Err(error) => Ok(step
            .run("instead", async || Ok(error.message.clone()))
            .await?),
    }
}

async fn handled_failure(step: &Step) -> Result<String, Failure> {
    let data: &Value = &step.call().event.data;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (function, message) = (text(&data["function_id"]), text(&data["error"]["message"]));
    let told = step
        .run("tell", async || Ok(format!("{function}: {message}")))
        .await?;
    Ok(told)
}
