//! Calls of models that the server makes.

use itemsmith_steps::{
    Answer, Call, Failure, FunctionConfig, Headers, Inference, ModelFormat, Step, StepError, drive,
};
use serde_json::{Value, json};

use crate::app::on;

const APP: &str = "conformance";

pub fn functions() -> Vec<FunctionConfig> {
    let refused = FunctionConfig {
        retries: Some(0),
        ..on(APP, "inferring-refused")
    };
    vec![on(APP, "inferring"), refused]
}

pub async fn call(function: &str, call: Call) -> Answer {
    match function {
        "inferring" => drive(call, inferring).await,
        _ => drive(call, refused).await,
    }
}

async fn inferring(step: &Step) -> Result<Value, Failure> {
    let answer = ask(step, "model-key-that-is-right", "inferring").await?;
    Ok(answer["choices"][0]["message"]["content"].clone())
}

async fn refused(step: &Step) -> Result<Value, Failure> {
    let answer = ask(step, "model-key-that-is-wrong", "inferring-refused").await;
    Ok(answer.unwrap_or_else(|error| error.message.into()))
}

async fn ask(step: &Step, key: &str, path: &str) -> Result<Value, StepError> {
    let models = step.call().event.data["models"].as_str();
    let inference = Inference {
        url: format!(
            "{}/models/{path}/chat/completions",
            models.unwrap_or_default()
        ),
        headers: Headers::new(),
        auth_key: key.into(),
        format: ModelFormat::OpenAiChat,
        body: json!({ "messages": [{ "role": "user", "content": "Hello" }], "model": "small" }),
    };
    step.infer("ask", inference).await
}
