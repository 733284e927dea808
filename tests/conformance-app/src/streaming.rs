//! Answers that are kept alive while they are made.

use itemsmith_steps::{Answer, App, Call, Checkpointing, Failure, FunctionConfig, Step, drive};

use crate::app::on;

/// The app; that its calls are answered by streams is its configuration's matter.
pub struct Streamed;

impl App for Streamed {
    fn id(&self) -> &str {
        "streaming"
    }

    fn functions(&self) -> Vec<FunctionConfig> {
        let failing = FunctionConfig {
            retries: Some(0),
            ..on("streaming", "failing")
        };
        vec![on("streaming", "sequence"), failing]
    }

    fn checkpointing(&self) -> Checkpointing {
        Checkpointing::Off
    }

    async fn call(&self, function: &str, call: Call) -> Answer {
        match function {
            "sequence" => drive(call, sequence).await,
            _ => drive(call, failing).await,
        }
    }
}

async fn sequence(step: &Step) -> Result<i64, Failure> {
    let first: i64 = step.run("first", async || Ok(20)).await?;
    Ok(first + 22)
}

async fn failing(_: &Step) -> Result<(), Failure> {
    Err(Failure::new("Error", "in a stream"))
}
