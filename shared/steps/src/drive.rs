//! Drives one call of a durable function to its answer.

use serde::Serialize;

use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::step::Step;

/// Runs `function` as far as the run's memory carries it and says what comes next.
pub async fn drive<T, F>(call: Call, function: F) -> Answer
where
    T: Serialize,
    F: AsyncFnOnce(&Step) -> Result<T, Failure>,
{
    let step = Step::new(call);
    match function(&step).await {
        Ok(value) => Answer::Finished(serde_json::to_value(value).unwrap_or_default()),
        Err(failure) => Answer::Failed(failure),
    }
}
