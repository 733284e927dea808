//! The world in memory: a store that keeps the rules of the real one, a scripted model, a checker
//! that reads its verdict out of the source.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, VecDeque},
};

use itemsmith_domain::{
    Digest, FailureReason, Finding, Phase, RequestStatus, Seed,
    check::{CheckRequest, ContractModule, ContractText, ProvedItem, Timings, Verdict, Versions},
    event::{self, Completed, Failed, IterationCompleted},
    finding::status_of,
};
use itemsmith_steps::{Headers, Inference, ModelFormat, StepError};
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};
use uuid::Uuid;

use crate::ports::{
    ChatRequest, CheckInputs, Completion, Delivery, FinishReason, ModelInputs, Notice, OnBehalf,
    Output, PendingEvent, PortError, Ports, Previous, PromptInputs, Reply, Ruling, Start, Started,
};
use crate::retry::{ModelTrouble, model_trouble};

/// What one attempt has stored.
#[derive(Default)]
pub struct Attempt {
    pub prompt: String,
    pub reply: Option<Reply>,
    pub ruling: Option<Ruling>,
}

/// The world.
pub struct Memory {
    pub id: Uuid,
    pub status: Cell<RequestStatus>,
    pub reason: Cell<Option<FailureReason>>,
    pub run: RefCell<Option<String>>,
    pub max_attempts: u32,
    pub attempts: RefCell<Vec<Attempt>>,
    pub kept: RefCell<BTreeMap<String, String>>,
    pub output: RefCell<Option<Output>>,
    pub outbox: RefCell<Vec<PendingEvent>>,
    pub posted: RefCell<BTreeMap<String, Value>>,
    pub audited: RefCell<Vec<String>>,
    pub notices: Cell<u32>,
    /// What the model says next; the last one again and again.
    pub replies: RefCell<VecDeque<Result<Reply, PortError>>>,
    pub model_calls: Cell<u32>,
    pub hands_over: Cell<bool>,
    pub checks: Cell<u32>,
    /// How many more checks fail.
    pub checker_down: Cell<u32>,
    pub bus_down: Cell<bool>,
    /// The bus takes no event whose id begins like this.
    pub refused: RefCell<Option<String>>,
    /// How often the database still refuses to end a request.
    pub refuses_to_fail: Cell<u32>,
    /// The next stored reply is stored, and its answer lost.
    pub lose_an_answer: Cell<bool>,
}

pub fn says(text: &str) -> Result<Reply, PortError> {
    Ok(Reply {
        text: format!("```typescript\n{text}\n```"),
        finish: FinishReason::Stop,
    })
}

impl Memory {
    pub fn new(replies: impl IntoIterator<Item = Result<Reply, PortError>>) -> Self {
        Self {
            id: Uuid::from_u128(7),
            status: Cell::new(RequestStatus::Queued),
            reason: Cell::default(),
            run: RefCell::default(),
            max_attempts: 4,
            attempts: RefCell::default(),
            kept: RefCell::default(),
            output: RefCell::default(),
            outbox: RefCell::default(),
            posted: RefCell::default(),
            audited: RefCell::default(),
            notices: Cell::new(0),
            replies: RefCell::new(replies.into_iter().collect()),
            hands_over: Cell::default(),
            model_calls: Cell::new(0),
            checks: Cell::new(0),
            checker_down: Cell::new(0),
            bus_down: Cell::new(false),
            refused: RefCell::default(),
            refuses_to_fail: Cell::new(0),
            lose_an_answer: Cell::new(false),
        }
    }

    /// Names of the events that the bus has, each with how many there are.
    pub fn posted_names(&self) -> Vec<String> {
        self.posted
            .borrow()
            .keys()
            .map(|id| id.replace(&self.id.to_string(), "R"))
            .collect()
    }

    fn emit(&self, id: String, name: &str, data: &impl Serialize) {
        let data = serde_json::value::to_raw_value(data).expect("plain data");
        let event = PendingEvent {
            id,
            name: name.to_owned(),
            data,
            happened_ms: 0,
        };
        self.outbox.borrow_mut().push(event);
    }

    fn with<T>(&self, iteration: u32, f: impl FnOnce(&mut Attempt) -> T) -> T {
        f(&mut self.attempts.borrow_mut()[iteration as usize - 1])
    }
}

fn count(n: &Cell<u32>) {
    n.set(n.get() + 1);
}

impl Ports for Memory {
    async fn start(&self, request: Uuid, run: &str) -> Result<Start, PortError> {
        if request != self.id {
            return Ok(Start::Unknown);
        }
        let status = self.status.get();
        if status.is_terminal() {
            return Ok(Start::Over { status });
        }
        if status == RequestStatus::Queued {
            self.status.set(RequestStatus::Running);
            *self.run.borrow_mut() = Some(run.to_owned());
        }
        if self.run.borrow().as_deref() != Some(run) {
            return Ok(Start::Held);
        }
        Ok(Start::Running(Started {
            max_attempts: self.max_attempts,
        }))
    }

    async fn prompt_inputs(&self, _: Uuid, iteration: u32) -> Result<PromptInputs, PortError> {
        let attempts = self.attempts.borrow();
        let index = iteration as usize - 1;
        let stored = attempts.get(index).map(|a| Digest::of(a.prompt.as_bytes()));
        let previous = index.checked_sub(1).map(|before| {
            let before = &attempts[before];
            let ruling = before.ruling.as_ref().expect("judged before the next one");
            let reply = before.reply.as_ref().expect("answered").text.clone();
            Previous {
                reply,
                findings: ruling.findings().to_vec(),
            }
        });
        Ok(PromptInputs {
            source_text: "{\n  \"identifier\": \"cows\"\n}".to_owned(),
            seed: Seed::from_u64(3),
            allowed_widgets: vec!["dotPlot".to_owned()],
            previous,
            stored,
        })
    }

    async fn save_prompt(
        &self,
        _: Uuid,
        iteration: u32,
        prompt: &str,
        _: &Digest,
    ) -> Result<(), PortError> {
        let mut attempts = self.attempts.borrow_mut();
        if attempts.len() < iteration as usize {
            attempts.push(Attempt {
                prompt: prompt.to_owned(),
                ..Attempt::default()
            });
        }
        Ok(())
    }

    async fn model_inputs(&self, _: Uuid, iteration: u32) -> Result<ModelInputs, PortError> {
        Ok(self.with(iteration, |attempt| match &attempt.reply {
            Some(reply) => ModelInputs::Answered {
                digest: Digest::of(reply.text.as_bytes()),
            },
            None => ModelInputs::Due {
                prompt: attempt.prompt.clone(),
                model: "m".to_owned(),
            },
        }))
    }

    async fn save_completion(
        &self,
        _: Uuid,
        iteration: u32,
        completion: &Completion,
    ) -> Result<(), PortError> {
        self.with(iteration, |a| {
            a.reply
                .get_or_insert_with(|| completion.reply.clone())
                .clone()
        });
        if self.lose_an_answer.replace(false) {
            let message = "the answer was lost after the commit";
            return Err(PortError::passing(
                FailureReason::Internal,
                "unavailable",
                message,
            ));
        }
        Ok(())
    }

    async fn check_inputs(&self, _: Uuid, iteration: u32) -> Result<CheckInputs, PortError> {
        let reply = self
            .with(iteration, |attempt| attempt.reply.clone())
            .expect("answered");
        Ok(CheckInputs {
            reply,
            source_text: "{}".to_owned(),
            allowed_widgets: vec!["dotPlot".to_owned()],
            seed: Seed::from_u64(3),
        })
    }

    async fn keep(&self, digest: &Digest, text: &str) -> Result<(), PortError> {
        self.kept
            .borrow_mut()
            .insert(digest.to_string(), text.to_owned());
        Ok(())
    }

    async fn kept(&self, digest: &Digest) -> Result<Option<String>, PortError> {
        Ok(self.kept.borrow().get(digest.as_str()).cloned())
    }

    async fn save_ruling(
        &self,
        request: Uuid,
        iteration: u32,
        ruling: &Ruling,
        event: &IterationCompleted,
    ) -> Result<(), PortError> {
        let new = self.with(iteration, |attempt| {
            let new = attempt.ruling.is_none();
            attempt.ruling.get_or_insert_with(|| ruling.clone());
            new
        });
        if new {
            let id = format!("{}:{request}:{iteration}", event::ITERATION_COMPLETED);
            self.emit(id, event::ITERATION_COMPLETED, event);
        }
        Ok(())
    }

    async fn record_output(&self, _: Uuid, output: &Output) -> Result<(), PortError> {
        self.output
            .borrow_mut()
            .get_or_insert_with(|| output.clone());
        Ok(())
    }

    async fn complete(
        &self,
        request: Uuid,
        _: &str,
        event: &Completed,
    ) -> Result<RequestStatus, PortError> {
        if self.status.get() == RequestStatus::Running {
            self.status.set(RequestStatus::Succeeded);
            self.emit(
                format!("{}:{request}", event::COMPLETED),
                event::COMPLETED,
                event,
            );
        }
        Ok(self.status.get())
    }

    async fn fail(
        &self,
        request_id: Uuid,
        run: &str,
        reason: FailureReason,
    ) -> Result<Option<RequestStatus>, PortError> {
        if request_id != self.id {
            return Ok(None);
        }
        if self.refuses_to_fail.get() > 0 {
            self.refuses_to_fail.set(self.refuses_to_fail.get() - 1);
            return Err(PortError::lasting(
                FailureReason::Internal,
                "rejected",
                "password",
            ));
        }
        let ours = self.run.borrow().as_deref().is_none_or(|held| held == run);
        if ours && !self.status.get().is_terminal() {
            self.status.set(RequestStatus::Failed);
            self.reason.set(Some(reason));
            let judged = self
                .attempts
                .borrow()
                .iter()
                .filter(|a| a.ruling.is_some())
                .count();
            let iterations = u32::try_from(judged).expect("a few");
            let event = Failed {
                request_id,
                iterations,
                reason,
            };
            self.emit(
                format!("{}:{request_id}", event::FAILED),
                event::FAILED,
                &event,
            );
        }
        Ok(Some(self.status.get()))
    }

    async fn audit(&self, request: Uuid, event: &str) -> Result<Option<Value>, PortError> {
        if request != self.id {
            return Ok(None);
        }
        let mut audited = self.audited.borrow_mut();
        if !audited.iter().any(|name| name == event) {
            audited.push(event.to_owned());
        }
        Ok(Some(json!({ "status": self.status.get() })))
    }

    async fn pending_events(&self, _: Option<Uuid>) -> Result<Vec<PendingEvent>, PortError> {
        Ok(self.outbox.borrow().clone())
    }

    async fn acknowledge_events(&self, ids: &[String]) -> Result<(), PortError> {
        self.outbox
            .borrow_mut()
            .retain(|event| !ids.contains(&event.id));
        Ok(())
    }

    async fn post_events(&self, events: &[PendingEvent]) -> Result<(), PortError> {
        if self.bus_down.get() {
            return Err(PortError::passing(
                FailureReason::Internal,
                "event_bus",
                "down",
            ));
        }
        let refused = self.refused.borrow();
        let is_refused = |event: &PendingEvent| {
            refused
                .as_ref()
                .is_some_and(|prefix| event.id.starts_with(prefix))
        };
        if events.iter().any(is_refused) {
            return Err(PortError::lasting(
                FailureReason::Internal,
                "event_bus",
                "too large",
            ));
        }
        for PendingEvent { id, data, .. } in events {
            let data: &RawValue = data;
            let value = serde_json::from_str(data.get()).expect("JSON");
            self.posted.borrow_mut().insert(id.clone(), value);
        }
        Ok(())
    }

    async fn contract(&self, _: &[String]) -> Result<ContractText, PortError> {
        Ok(ContractText {
            name: "default".to_owned(),
            version: "1".to_owned(),
            modules: vec![ContractModule {
                specifier: "@/core/item".to_owned(),
                text: "export type Core = 1".to_owned(),
            }],
            seed_helper: "// seeds".to_owned(),
            undescribed: Vec::new(),
        })
    }

    async fn chat(&self, _: &ChatRequest) -> Result<Completion, PortError> {
        count(&self.model_calls);
        let mut replies = self.replies.borrow_mut();
        let reply = if replies.len() > 1 {
            replies.pop_front().expect("more than one")
        } else {
            replies.front().expect("a script").clone()
        };
        Ok(Completion {
            reply: reply?,
            model: "m-1".to_owned(),
            usage: None,
        })
    }

    fn hands_over(&self) -> bool {
        self.hands_over.get()
    }

    fn inference(&self, request: &ChatRequest) -> Inference<Value> {
        Inference {
            url: "http://model.test".to_owned(),
            headers: Headers::new(),
            auth_key: "sk-sekret".to_owned(),
            format: ModelFormat::OpenAiChat,
            body: json!(request),
        }
    }

    fn completion(&self, answer: &Value, asked: &str) -> Result<Completion, PortError> {
        let text = answer["text"].as_str();
        let text = text.ok_or_else(|| model_trouble(&ModelTrouble::NotACompletion))?;
        Ok(Completion {
            reply: Reply {
                text: text.to_owned(),
                finish: FinishReason::Stop,
            },
            model: asked.to_owned(),
            usage: None,
        })
    }

    fn inference_trouble(&self, error: &StepError) -> PortError {
        PortError::lasting(
            FailureReason::ModelRejected,
            "model_gateway",
            &error.message,
        )
    }

    async fn check(&self, request: &CheckRequest, _: OnBehalf<'_>) -> Result<Verdict, PortError> {
        count(&self.checks);
        if self.checker_down.get() > 0 {
            self.checker_down.set(self.checker_down.get() - 1);
            return Err(crate::retry::checker_trouble(Some(503), None));
        }
        let rules = [
            ("badTypes", Phase::Types, "", 2322),
            ("badPolicy", Phase::Policy, "no-any", 9001),
            ("badRun", Phase::Execution, "invalid-item", 9002),
        ];
        let wrong = rules
            .into_iter()
            .filter(|(word, ..)| request.source.contains(word));
        let findings: Vec<Finding> = wrong
            .map(|(word, phase, rule, code)| Finding::unplaced(phase, rule, code, word))
            .collect();
        let text = "{}\n".to_owned();
        let item = ProvedItem {
            seed: request.seeds[0],
            digest: Digest::of(text.as_bytes()),
            text,
        };
        let name = || "x".to_owned();
        Ok(Verdict {
            status: status_of(&findings),
            source_digest: Digest::of(request.source.as_bytes()),
            widget_tuple: request.allowed_widgets.clone(),
            versions: Versions {
                contract: name(),
                engine: name(),
                compiler: name(),
                policy: name(),
                sandbox: name(),
            },
            seeds: request.seeds.clone(),
            distinct_items: 1,
            item: findings.is_empty().then_some(item),
            timings: Timings::default(),
            findings,
        })
    }

    async fn notify(&self, _: &Notice) -> Result<Delivery, PortError> {
        count(&self.notices);
        Ok(Delivery::Sent)
    }
}
