//! What the pipeline needs from the world: storage, the model, the checker, the event bus and a
//! webhook. The host implements it; tests implement it in memory.
//!
//! Every storing method is idempotent: the same call twice changes nothing the second time.

mod error;
mod types;

use itemsmith_domain::{
    Digest, FailureReason, RequestStatus,
    check::{CheckRequest, ContractText, Verdict},
    event::{Completed, IterationCompleted},
};
use itemsmith_steps::{Inference, StepError};
use serde_json::Value;
use uuid::Uuid;

pub use error::{PortError, Retrying};
pub use types::{
    Artifact, ChatRequest, CheckInputs, Completion, Delivery, FinishReason, ModelInputs, Notice,
    OnBehalf, Output, PendingEvent, Previous, PromptInputs, Reply, Ruling, Start, Started, Usage,
};

/// The world, as the durable functions see it. Stay generic over it: async methods are not
/// dyn-compatible, and nothing here may need `Send`, since Wasm has one thread.
#[expect(
    async_fn_in_trait,
    reason = "one thread; callers are generic and never spawn"
)]
pub trait Ports {
    /// Moves a queued request to running under `run`, or says why not. The run id is the fence:
    /// the same run may ask again and gets the same answer, another run does not.
    async fn start(&self, request: Uuid, run: &str) -> Result<Start, PortError>;

    /// Everything that this iteration's prompt is made of.
    async fn prompt_inputs(&self, request: Uuid, iteration: u32)
    -> Result<PromptInputs, PortError>;

    /// Opens the iteration with its prompt; a prompt that is already there stays.
    async fn save_prompt(
        &self,
        request: Uuid,
        iteration: u32,
        prompt: &str,
        digest: &Digest,
    ) -> Result<(), PortError>;

    /// The stored prompt, and the stored completion if there already is one.
    async fn model_inputs(&self, request: Uuid, iteration: u32) -> Result<ModelInputs, PortError>;

    /// Stores the model's answer before anything uses it; an answer that is already there stays.
    async fn save_completion(
        &self,
        request: Uuid,
        iteration: u32,
        completion: &Completion,
    ) -> Result<(), PortError>;

    /// What a check of this iteration needs.
    async fn check_inputs(&self, request: Uuid, iteration: u32) -> Result<CheckInputs, PortError>;

    /// Keeps a text under its digest.
    async fn keep(&self, digest: &Digest, text: &str) -> Result<(), PortError>;

    /// The text kept under a digest.
    async fn kept(&self, digest: &Digest) -> Result<Option<String>, PortError>;

    /// Writes the verdict, its ledger row and its outbox row in one statement.
    async fn save_ruling(
        &self,
        request: Uuid,
        iteration: u32,
        ruling: &Ruling,
        event: &IterationCompleted,
    ) -> Result<(), PortError>;

    /// Stores the proven template and its artifacts, once per request.
    async fn record_output(&self, request: Uuid, output: &Output) -> Result<(), PortError>;

    /// Running to succeeded, with ledger and outbox rows, in one statement. Gives where the
    /// request stands now: a request that is already over stays as it is.
    async fn complete(
        &self,
        request: Uuid,
        run: &str,
        event: &Completed,
    ) -> Result<RequestStatus, PortError>;

    /// Queued or running to failed, with ledger and outbox rows (which carry the number of judged
    /// attempts), in one statement. Gives where the request stands now: a request that is already
    /// over stays as it is, and so does one that another run holds. `None` when there is none.
    async fn fail(
        &self,
        request: Uuid,
        run: &str,
        reason: FailureReason,
    ) -> Result<Option<RequestStatus>, PortError>;

    /// Writes the audit row of a request's end, once per request and event, and gives its
    /// summary. `None` when there is no such request.
    async fn audit(&self, request: Uuid, event: &str) -> Result<Option<Value>, PortError>;

    /// Claims outbox rows, of one request or of all, that no one else has claimed.
    async fn pending_events(&self, of: Option<Uuid>) -> Result<Vec<PendingEvent>, PortError>;

    /// Removes outbox rows that the event bus has taken.
    async fn acknowledge_events(&self, ids: &[String]) -> Result<(), PortError>;

    /// Hands events to the event bus, which drops an id that it has seen.
    async fn post_events(&self, events: &[PendingEvent]) -> Result<(), PortError>;

    /// The contract pack's text for these widget types.
    async fn contract(&self, widgets: &[String]) -> Result<ContractText, PortError>;

    /// One call of the model. Not idempotent: it costs money.
    async fn chat(&self, request: &ChatRequest) -> Result<Completion, PortError>;

    /// Whether the engine makes the calls of the model for us.
    fn hands_over(&self) -> bool;

    /// A call of the model as the engine is to make it. The same for the same request: replays
    /// make it again.
    fn inference(&self, request: &ChatRequest) -> Inference<Value>;

    /// The completion in what the model answered the engine; `asked` is the model that was asked.
    fn completion(&self, answer: &Value, asked: &str) -> Result<Completion, PortError>;

    /// Why the engine got no answer, without secrets.
    fn inference_trouble(&self, error: &StepError) -> PortError;

    /// A verdict on a source; `on_behalf` is for the checker's logs.
    async fn check(
        &self,
        request: &CheckRequest,
        on_behalf: OnBehalf<'_>,
    ) -> Result<Verdict, PortError>;

    /// Sends a notice to the configured webhook, if there is one.
    async fn notify(&self, notice: &Notice) -> Result<Delivery, PortError>;
}
