//! The server as an app sees it: what takes its checkpoints, and the clock.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Reported;
use crate::answer::Answer;
use crate::call::Call;
use crate::checkpoint::Checkpointing;
use crate::config::{Config, Settings};
use crate::failure::Failure;
use crate::function::{FunctionConfig, Trigger};
use crate::http::{FetchError, Headers, HttpRequest, HttpResponse};
use crate::op::OpCode;
use crate::serve::{App, Host, serve};
use crate::step::Step;

/// Any moment will do.
const BEGINNING_MS: u64 = 1_700_000_000_000;

/// The server's side of a run: memory, checkpoints and the clock. Clones share them.
#[derive(Clone)]
pub struct Server(Rc<RefCell<Run>>);

/// What a run remembers.
pub(super) struct Run {
    pub memory: BTreeMap<String, Value>,
    pub stack: Vec<String>,
    /// What the present call is known by.
    pub queue_item: u32,
    /// The steps that the present call checkpointed, request by request.
    pub checkpoints: Vec<Vec<(OpCode, String)>>,
    /// Statuses to answer the next checkpoints with.
    refusals: VecDeque<u16>,
    now_ms: u64,
}

impl Run {
    /// Remembers a step that is over.
    pub(super) fn remember(&mut self, id: String, memo: Value) {
        if self.memory.insert(id.clone(), memo).is_none() {
            self.stack.push(id);
        }
    }
}

#[derive(Deserialize)]
struct Checkpoint {
    qi_id: String,
    steps: Vec<Reported>,
}

impl Server {
    pub(super) fn new() -> Self {
        Self(Rc::new(RefCell::new(Run {
            memory: BTreeMap::new(),
            stack: Vec::new(),
            queue_item: 0,
            checkpoints: Vec::new(),
            refusals: VecDeque::new(),
            now_ms: BEGINNING_MS,
        })))
    }

    pub(super) fn run(&self) -> std::cell::RefMut<'_, Run> {
        self.0.borrow_mut()
    }

    /// Answers the next checkpoints with these statuses, storing nothing: 409 says that the run
    /// has moved on.
    pub fn refuse(&self, statuses: impl IntoIterator<Item = u16>) {
        self.run().refusals.extend(statuses);
    }

    /// Lets time pass.
    pub fn pass(&self, time: Duration) {
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let mut run = self.run();
        run.now_ms = run.now_ms.saturating_add(millis);
    }

    /// Answers one call with a function through [`crate::serve()`], its steps checkpointed as
    /// `checkpointing` says.
    pub async fn answer<T, F>(
        &self,
        request: HttpRequest,
        checkpointing: Checkpointing,
        function: F,
    ) -> HttpResponse
    where
        T: Serialize,
        F: AsyncFn(&Step) -> Result<T, Failure>,
    {
        let composite = request.url.split(['=', '&']).nth(1).unwrap_or_default();
        let (app_id, id) = composite.split_once('-').unwrap_or(("app", composite));
        let config = FunctionConfig {
            checkpointing: Some(checkpointing),
            ..FunctionConfig::new(
                id,
                id,
                vec![Trigger::Event {
                    name: "test".to_owned(),
                    expression: None,
                }],
            )
        };
        let app = One {
            app_id: app_id.to_owned(),
            config,
            function,
        };
        let settings = Settings {
            dev: Some("1".to_owned()),
            ..Settings::default()
        };
        let config = Config::new(settings).expect("no address to be wrong");
        serve(&app, self, &config, request).await
    }

    fn checkpoint(&self, body: &[u8]) -> (u16, Value) {
        let Ok(Checkpoint { qi_id, steps }) = serde_json::from_slice(body) else {
            return (400, json!({ "error": "not a checkpoint" }));
        };
        let mut run = self.run();
        if let Some(status) = run.refusals.pop_front() {
            return (status, json!({ "error": "refused" }));
        }
        if qi_id != run.queue_item.to_string() {
            return (409, json!({ "error": "stale" }));
        }
        if steps.iter().any(|step| step.op != OpCode::StepRun) {
            return (400, json!({ "error": "only steps that ran" }));
        }
        let names = |step: &Reported| (step.op, step.display_name.clone());
        run.checkpoints.push(steps.iter().map(names).collect());
        for step in steps {
            run.remember(step.id, json!({ "data": step.data }));
        }
        (200, json!({}))
    }
}

impl Host for Server {
    async fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        if !request.url.contains("/v1/checkpoint/") {
            return Err(FetchError("this server only takes checkpoints".to_owned()));
        }
        let (status, body) = self.checkpoint(&request.body);
        Ok(HttpResponse {
            status,
            headers: Headers::new(),
            body: body.to_string().into_bytes(),
        })
    }

    fn unix_seconds(&self) -> u64 {
        self.unix_millis() / 1000
    }

    fn unix_millis(&self) -> u64 {
        self.run().now_ms
    }

    async fn sleep(&self, duration: Duration) {
        self.pass(duration);
    }
}

/// An app of one function.
struct One<F> {
    app_id: String,
    config: FunctionConfig,
    function: F,
}

impl<T, F> App for One<F>
where
    T: Serialize,
    F: AsyncFn(&Step) -> Result<T, Failure>,
{
    fn id(&self) -> &str {
        &self.app_id
    }

    fn functions(&self) -> Vec<FunctionConfig> {
        vec![self.config.clone()]
    }

    async fn call(&self, _: &str, call: Call) -> Answer {
        crate::drive(call, &self.function).await
    }
}
