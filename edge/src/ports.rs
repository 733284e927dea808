//! The pipeline's ports over HTTP: the database, the model, the checker, the event bus and a
//! webhook.

mod checker;
mod events;
mod model;
mod notify;
mod sql;
mod store;

use std::cell::Cell;

use itemsmith_domain::{
    Digest, FailureReason, RequestStatus,
    check::{CheckRequest, ContractText, Verdict},
    event::{Completed, IterationCompleted},
};
use itemsmith_pipeline::ports::{
    ChatRequest, CheckInputs, Completion, Delivery, ModelInputs, Notice, OnBehalf, Output,
    PendingEvent, PortError, Ports, PromptInputs, Ruling, Start,
};
use itemsmith_steps::{FetchError, Headers, Host, HttpRequest, HttpResponse, Inference, StepError};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    outside::{Exchange, FetchTrouble, Outside},
    settings::Settings,
};

pub use events::After;

/// Everything outside, seen by one request.
#[derive(Debug)]
pub struct World<'a, O> {
    /// The host.
    pub outside: &'a O,
    /// The configuration.
    pub settings: &'a Settings,
    /// SQL round trips so far.
    pub sql_calls: Cell<u32>,
}

impl<'a, O: Outside> World<'a, O> {
    /// The world of a new request.
    pub fn new(outside: &'a O, settings: &'a Settings) -> Self {
        Self {
            outside,
            settings,
            sql_calls: Cell::new(0),
        }
    }

    async fn send(
        &self,
        request: HttpRequest,
        limits: &Limits,
    ) -> Result<HttpResponse, FetchTrouble> {
        let Limits { timeout, max_bytes } = *limits;
        self.outside
            .fetch(Exchange {
                request,
                timeout,
                max_bytes,
            })
            .await
    }

    fn unix_seconds(&self) -> u64 {
        self.outside.now_ms() / 1000
    }

    /// What an answer's `Retry-After` asks for.
    fn retry_after(&self, response: &HttpResponse) -> Option<std::time::Duration> {
        let value = response.headers.get("retry-after")?;
        itemsmith_pipeline::retry::retry_after(value, self.unix_seconds())
    }
}

/// How long an answer may take and how large it may be.
#[derive(Debug, Clone, Copy)]
struct Limits {
    timeout: std::time::Duration,
    max_bytes: usize,
}

/// A `POST` of JSON.
fn post(url: String, body: Vec<u8>) -> HttpRequest {
    let headers: Headers = [("content-type", "application/json")].into_iter().collect();
    HttpRequest {
        method: itemsmith_steps::Method::Post,
        url,
        headers,
        body,
    }
}

/// A `GET`.
fn get(url: String) -> HttpRequest {
    let headers = Headers::new();
    HttpRequest {
        method: itemsmith_steps::Method::Get,
        url,
        headers,
        body: Vec::new(),
    }
}

impl<O: Outside> Ports for World<'_, O> {
    async fn start(&self, request: Uuid, run: &str) -> Result<Start, PortError> {
        self.store_start(request, run).await
    }

    async fn prompt_inputs(
        &self,
        request: Uuid,
        iteration: u32,
    ) -> Result<PromptInputs, PortError> {
        self.store_prompt_inputs(request, iteration).await
    }

    async fn save_prompt(
        &self,
        request: Uuid,
        iteration: u32,
        prompt: &str,
        digest: &Digest,
    ) -> Result<(), PortError> {
        self.store_prompt(request, iteration, prompt, digest).await
    }

    async fn model_inputs(&self, request: Uuid, iteration: u32) -> Result<ModelInputs, PortError> {
        self.store_model_inputs(request, iteration).await
    }

    async fn save_completion(
        &self,
        request: Uuid,
        iteration: u32,
        completion: &Completion,
    ) -> Result<(), PortError> {
        self.store_completion(request, iteration, completion).await
    }

    async fn check_inputs(&self, request: Uuid, iteration: u32) -> Result<CheckInputs, PortError> {
        self.store_check_inputs(request, iteration).await
    }

    async fn keep(&self, digest: &Digest, text: &str) -> Result<(), PortError> {
        self.store_text(digest, text).await
    }

    async fn kept(&self, digest: &Digest) -> Result<Option<String>, PortError> {
        self.store_kept(digest).await
    }

    async fn save_ruling(
        &self,
        request: Uuid,
        iteration: u32,
        ruling: &Ruling,
        event: &IterationCompleted,
    ) -> Result<(), PortError> {
        self.store_ruling(request, iteration, ruling, event).await
    }

    async fn record_output(&self, request: Uuid, output: &Output) -> Result<(), PortError> {
        self.store_output(request, output).await
    }

    async fn complete(
        &self,
        request: Uuid,
        run: &str,
        event: &Completed,
    ) -> Result<RequestStatus, PortError> {
        self.store_completed(request, run, event).await
    }

    async fn fail(
        &self,
        request: Uuid,
        run: &str,
        reason: FailureReason,
    ) -> Result<Option<RequestStatus>, PortError> {
        self.store_failed(request, run, reason).await
    }

    async fn audit(&self, request: Uuid, event: &str) -> Result<Option<Value>, PortError> {
        self.store_audit(request, event).await
    }

    async fn pending_events(&self, of: Option<Uuid>) -> Result<Vec<PendingEvent>, PortError> {
        self.claim_events(of).await
    }

    async fn acknowledge_events(&self, ids: &[String]) -> Result<(), PortError> {
        self.drop_events(ids).await
    }

    async fn post_events(&self, events: &[PendingEvent]) -> Result<(), PortError> {
        self.send_events(events).await
    }

    async fn contract(&self, widgets: &[String]) -> Result<ContractText, PortError> {
        self.fetch_contract(widgets).await
    }

    async fn chat(&self, request: &ChatRequest) -> Result<Completion, PortError> {
        self.ask_model(request).await
    }

    fn hands_over(&self) -> bool {
        self.settings.config.model.engine_calls
    }

    fn inference(&self, request: &ChatRequest) -> Inference<Value> {
        self.hand_over(request)
    }

    fn completion(&self, answer: &Value, asked: &str) -> Result<Completion, PortError> {
        model::handed_back(answer, asked)
    }

    fn inference_trouble(&self, error: &StepError) -> PortError {
        self.handed_over_in_vain(error)
    }

    async fn check(
        &self,
        request: &CheckRequest,
        on_behalf: OnBehalf<'_>,
    ) -> Result<Verdict, PortError> {
        self.ask_checker(request, on_behalf).await
    }

    async fn notify(&self, notice: &Notice) -> Result<Delivery, PortError> {
        self.send_notice(notice).await
    }
}

/// Longest wait for the event server: registering and reading a run's state are quick.
const EVENT_SERVER: Limits = Limits {
    timeout: std::time::Duration::from_secs(20),
    max_bytes: 32 * 1024 * 1024,
};

impl<O: Outside> Host for World<'_, O> {
    async fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        self.send(request, &EVENT_SERVER)
            .await
            .map_err(|trouble| FetchError(trouble.to_string()))
    }

    fn unix_seconds(&self) -> u64 {
        self.outside.now_ms() / 1000
    }

    fn unix_millis(&self) -> u64 {
        self.outside.now_ms()
    }

    async fn sleep(&self, duration: std::time::Duration) {
        self.outside.sleep(duration).await;
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
