//! An engine for tests: carries one run to its end in memory, over the wire's own bytes.
//!
//! It does what a server does, without waiting: retries at once, sleeps pass, invoked functions
//! and awaited events answer as the test says. Checkpoints reach it through its [`Server`].

mod server;

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::{Call, Event};
use crate::failure::{ErrorBody, Failure, StepError};
use crate::http::{Headers, HttpRequest, HttpResponse, Method};
use crate::op::OpCode;
use crate::serve::respond;
use crate::step::Step;

pub use server::Server;

/// More calls than any test needs: a run that takes more turns in a circle.
const MAX_CALLS: usize = 1000;

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// With this result.
    Finished(Value),
    /// For good, with this error.
    Failed(StepError),
}

/// One call and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// `step`, or the hashed id of the step asked for.
    pub step_id: String,
    /// From 0.
    pub attempt: u32,
    /// The answer's status.
    pub status: u16,
    /// The answer's headers.
    pub headers: Headers,
    /// The steps reported: what, and the id as written.
    pub ops: Vec<(OpCode, String)>,
    /// The steps that were checkpointed before that, request by request.
    pub checkpoints: Vec<Vec<(OpCode, String)>>,
}

type Invoked = Box<dyn Fn(&Value) -> Result<Value, StepError>>;

/// One run and what it remembers.
pub struct Engine {
    function_id: String,
    event: Event,
    max_attempts: u32,
    server: Server,
    /// Whether calls may be checkpointed: once there is a way to take checkpoints.
    has_checkpoints: bool,
    jobs: VecDeque<Job>,
    /// Steps are remembered that the function has not seen: it is called once no step is under
    /// way any more.
    is_behind: bool,
    invoked: BTreeMap<String, Invoked>,
    inferred: Option<Invoked>,
    events: BTreeMap<String, Value>,
    signals: BTreeMap<String, Value>,
    exchanges: Vec<Exchange>,
}

#[derive(Clone, PartialEq, Eq)]
struct Job {
    target: Option<String>,
    attempt: u32,
    immediate: bool,
    /// The function goes on as soon as this step is over.
    is_race: bool,
}

impl Job {
    /// A call that finds out what is new.
    fn discovery(immediate: bool) -> Self {
        Self {
            target: None,
            attempt: 0,
            immediate,
            is_race: false,
        }
    }
}

/// An operation as it came over the wire.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reported {
    id: String,
    op: OpCode,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    opts: Value,
    #[serde(default)]
    data: Value,
    error: Option<ErrorBody>,
}

/// Answers one call with a function, as [`crate::serve()`] would, without checkpoints: one step a
/// call. [`Server::answer`] checkpoints.
pub async fn answer<T, F>(request: &HttpRequest, function: F) -> HttpResponse
where
    T: Serialize,
    F: AsyncFnOnce(&Step) -> Result<T, Failure>,
{
    let step_id = request.url.split("stepId=").nth(1);
    let answer = match Call::parse(&request.body, step_id) {
        Ok(call) => crate::drive(call, function).await,
        Err(error) => Answer::Failed(Failure::fatal("Call", error.to_string())),
    };
    respond(answer)
}

impl Engine {
    /// A run of the function (`<app>-<function>`) for this event, with four attempts for each
    /// step.
    pub fn new(function_id: impl Into<String>, event: Event) -> Self {
        Self {
            function_id: function_id.into(),
            event,
            max_attempts: 4,
            server: Server::new(),
            has_checkpoints: false,
            jobs: VecDeque::from([Job::discovery(true)]),
            is_behind: false,
            invoked: BTreeMap::new(),
            inferred: None,
            events: BTreeMap::new(),
            signals: BTreeMap::new(),
            exchanges: Vec::new(),
        }
    }

    /// Sets how often each step is tried.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Says what an invoked function answers to its data.
    #[must_use]
    pub fn on_invoke(
        mut self,
        function_id: impl Into<String>,
        answer: impl Fn(&Value) -> Result<Value, StepError> + 'static,
    ) -> Self {
        self.invoked.insert(function_id.into(), Box::new(answer));
        self
    }

    /// Gives the event that every wait for its name gets; other waits time out.
    #[must_use]
    pub fn on_wait(mut self, event: Event) -> Self {
        let name = event.name.clone();
        self.events.insert(name, json!(event));
        self
    }

    /// Gives the data that every wait for this signal gets; other waits time out.
    #[must_use]
    pub fn on_signal(mut self, signal: impl Into<String>, data: Value) -> Self {
        self.signals.insert(signal.into(), data);
        self
    }

    /// Says what the model answers to a request's body.
    #[must_use]
    pub fn on_infer(
        mut self,
        answer: impl Fn(&Value) -> Result<Value, StepError> + 'static,
    ) -> Self {
        self.inferred = Some(Box::new(answer));
        self
    }

    /// The server's side of the run, for calls that are checkpointed.
    pub fn server(&mut self) -> Server {
        self.has_checkpoints = true;
        self.server.clone()
    }

    /// The calls so far.
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// The steps reported so far, in order: what, and the id as written.
    pub fn reported(&self) -> Vec<(OpCode, &str)> {
        let ops = self.exchanges.iter().flat_map(|exchange| {
            let checkpointed = exchange.checkpoints.iter().flatten();
            checkpointed.chain(&exchange.ops)
        });
        ops.map(|(op, id)| (*op, id.as_str())).collect()
    }

    /// Makes calls (of [`answer`], or of [`crate::serve()`]) until the run is over.
    pub async fn run(&mut self, call: impl AsyncFn(HttpRequest) -> HttpResponse) -> End {
        while let Some(job) = self.next_job() {
            if self.exchanges.len() >= MAX_CALLS {
                return failed("the run does not come to an end");
            }
            self.server.run().queue_item += 1;
            let response = call(self.request(&job)).await;
            if let Some(end) = self.take(job, &response) {
                return end;
            }
        }
        failed("the run stopped without an end")
    }

    fn next_job(&mut self) -> Option<Job> {
        let discovery = || std::mem::take(&mut self.is_behind).then(|| Job::discovery(true));
        self.jobs.pop_front().or_else(discovery)
    }

    fn request(&self, job: &Job) -> HttpRequest {
        let Self {
            function_id, event, ..
        } = self;
        let run = self.server.run();
        let queue_item = self.has_checkpoints.then(|| run.queue_item.to_string());
        let stack = &run.stack;
        let body = json!({
            "version": -1,
            "ctx": {
                "run_id": "01TESTRUN",
                "fn_id": "a-uuid-of-the-server",
                "attempt": job.attempt,
                "max_attempts": self.max_attempts,
                "disable_immediate_execution": !job.immediate,
                "use_api": false,
                "qi_id": queue_item,
                "stack": { "stack": stack, "current": stack.len() },
            },
            "event": event,
            "events": [event],
            "steps": run.memory,
            "use_api": false,
        });
        let step = job.target.as_deref().unwrap_or("step");
        let url = format!("http://app.test/api/inngest?fnId={function_id}&stepId={step}");
        let body = body.to_string().into_bytes();
        HttpRequest {
            method: Method::Post,
            url,
            headers: Headers::new(),
            body,
        }
    }

    /// Takes a response in; the run's end, if it is one.
    fn take(&mut self, mut job: Job, response: &HttpResponse) -> Option<End> {
        let checkpoints = std::mem::take(&mut self.server.run().checkpoints);
        let ops: Vec<Reported> = match response.status {
            206 => match serde_json::from_slice(&response.body) {
                Ok(ops) => ops,
                Err(error) => return Some(failed(&format!("unreadable operations: {error}"))),
            },
            _ => Vec::new(),
        };
        self.exchanges.push(Exchange {
            step_id: job.target.clone().unwrap_or_else(|| "step".to_owned()),
            attempt: job.attempt,
            status: response.status,
            headers: response.headers.clone(),
            ops: ops
                .iter()
                .map(|op| (op.op, op.display_name.clone()))
                .collect(),
            checkpoints,
        });
        if self
            .exchanges
            .last()
            .is_some_and(|last| !last.checkpoints.is_empty())
        {
            // What fails now is another step, with attempts of its own.
            job.attempt = 0;
        }
        let body = || serde_json::from_slice::<Value>(&response.body).unwrap_or_default();
        match response.status {
            200 => return Some(End::Finished(body())),
            206 if ops.is_empty() => return Some(failed("an empty 206")),
            206 => return self.take_ops(&job, ops),
            _ => {
                let is_final = response.headers.get("x-inngest-no-retry") == Some("true");
                if is_final || job.attempt + 1 >= self.max_attempts {
                    let error: ErrorBody = serde_json::from_value(body()).unwrap_or_default();
                    return Some(End::Failed(error.into()));
                }
                self.jobs.push_back(Job {
                    attempt: job.attempt + 1,
                    ..job
                });
            }
        }
        None
    }

    fn take_ops(&mut self, job: &Job, ops: Vec<Reported>) -> Option<End> {
        let mut remembered = false;
        for Reported {
            id,
            op,
            opts,
            data,
            error,
            ..
        } in ops
        {
            let memo = match op {
                OpCode::StepRun => json!({ "data": data }),
                OpCode::StepFailed => json!({ "error": error }),
                OpCode::StepError if job.attempt + 1 < self.max_attempts => {
                    self.jobs.push_back(Job {
                        attempt: job.attempt + 1,
                        ..job.clone()
                    });
                    continue;
                }
                OpCode::StepError => json!({ "error": error }),
                OpCode::StepPlanned => {
                    let target = Some(id);
                    self.jobs.push_back(Job {
                        target,
                        is_race: opts["parallelMode"] == "race",
                        ..Job::discovery(false)
                    });
                    continue;
                }
                OpCode::Sleep => Value::Null,
                OpCode::WaitForEvent => self.event(&opts),
                OpCode::InvokeFunction => self.invoke(&opts),
                OpCode::WaitForSignal => self.signal(&opts),
                OpCode::AiGateway => self.infer(&opts),
                OpCode::RunComplete => return Some(End::Finished(data)),
                OpCode::DiscoveryRequest => {
                    remembered = true;
                    continue;
                }
            };
            self.server.run().remember(id, memo);
            remembered = true;
        }
        if remembered && job.is_race {
            // Whoever is first goes on; the others still run, and are planned no second time.
            self.jobs.push_front(Job::discovery(false));
        }
        self.is_behind |= remembered;
        None
    }

    fn event(&self, opts: &Value) -> Value {
        let name = opts["event"].as_str().unwrap_or_default();
        self.events.get(name).cloned().unwrap_or_default()
    }

    fn signal(&self, opts: &Value) -> Value {
        let signal = opts["signal"].as_str().unwrap_or_default();
        let sent = |data| json!({ "data": { "signal": signal, "data": data } });
        self.signals.get(signal).map_or(Value::Null, sent)
    }

    fn invoke(&self, opts: &Value) -> Value {
        let id = opts["function_id"].as_str().unwrap_or_default();
        memo(match self.invoked.get(id) {
            Some(answer) => answer(&opts["payload"]["data"]),
            None => Err(error("could not find function")),
        })
    }

    fn infer(&self, opts: &Value) -> Value {
        memo(match &self.inferred {
            Some(answer) => answer(&opts["body"]),
            None => Err(error("could not reach the model")),
        })
    }
}

/// What a step is remembered by.
fn memo(result: Result<Value, StepError>) -> Value {
    match result {
        Ok(data) => json!({ "data": data }),
        Err(StepError {
            name,
            message,
            data,
        }) => {
            json!({ "error": { "name": name, "message": message, "cause": data } })
        }
    }
}

fn error(message: &str) -> StepError {
    StepError {
        name: "Error".to_owned(),
        message: message.to_owned(),
        data: None,
    }
}

fn failed(message: &str) -> End {
    End::Failed(error(message))
}
