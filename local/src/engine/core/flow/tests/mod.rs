//! Every rule with a clock of its own and a database that forgets what was not committed.

mod gathering;
mod priority;
mod rates;
mod singleton;
mod slots;
mod upheld;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use serde_json::{Value, json};
use ulid::Ulid;

use super::super::{
    super::{
        batch::{AppRow, Batch, GateKey, RunRow},
        clock::Millis,
        event::{NewEvent, StoredEvent},
        function::{self, Micros},
        run::{Gathering, Job, JobId, Run, RunStatus, Step, StepId},
        store::Loaded,
        wire::{Answer, Op, Outcome},
    },
    CallRequest, Core, Rules,
};

const START: Millis = 1_700_000_000_000;
const SECOND: Millis = 1000;

/// What was committed.
#[derive(Default)]
struct Rows {
    events: HashMap<Ulid, Arc<StoredEvent>>,
    runs: BTreeMap<Ulid, RunRow>,
    steps: HashMap<(Ulid, StepId), Step>,
    jobs: HashMap<JobId, Job>,
    apps: HashMap<String, AppRow>,
    gates: HashMap<GateKey, Micros>,
    gatherings: HashMap<(Arc<str>, String), Gathering>,
}

/// An engine without its outside.
struct Sim {
    core: Core,
    now: Millis,
    rows: Rows,
    /// Calls under way, in the order in which they left.
    open: Vec<CallRequest>,
}

fn rules() -> Rules {
    Rules {
        retry_base: Duration::from_secs(1),
        unreachable_grace: 60_000,
        max_calls: 1000,
    }
}

/// Functions `x-<id>` on events of their ids, with these settings.
fn registration(functions: &[(&str, Value)]) -> String {
    let functions: Vec<Value> = functions
        .iter()
        .map(|(id, settings)| {
            let mut function = json!({"id": format!("x-{id}"), "triggers": [{"event": id}],
                "steps": {"step": {"runtime": {"url": "http://127.0.0.1:1/"}}}});
            for (name, value) in settings.as_object().unwrap() {
                function[name] = value.clone();
            }
            function
        })
        .collect();
    json!({"appName": "x", "functions": functions}).to_string()
}

impl Sim {
    fn new(functions: &[(&str, Value)]) -> Self {
        let mut sim = Self {
            core: Core::restore(rules(), Loaded::default(), START),
            now: START,
            rows: Rows::default(),
            open: Vec::new(),
        };
        sim.register(functions);
        sim
    }

    fn register(&mut self, functions: &[(&str, Value)]) {
        let app = function::parse(&registration(functions)).unwrap();
        self.core.register(app, self.now);
        self.settle();
    }

    /// Sends events of this name with these data, and lets everything happen that follows now.
    fn send(&mut self, name: &str, data: Value) {
        self.take_event(json!({"name": name, "data": data}));
        self.settle();
    }

    /// The same, without what follows.
    fn take_event(&mut self, event: Value) {
        let event: NewEvent = serde_json::from_value(event).unwrap();
        self.core.ingest(vec![event], &HashMap::new(), self.now);
    }

    fn settle(&mut self) {
        loop {
            self.core.fire_due(self.now);
            let calls = self.core.due_calls(self.now);
            let idle = calls.is_empty();
            self.open.extend(calls);
            let Some(mut batch) = self.core.take_batch() else {
                if idle {
                    return;
                }
                continue;
            };
            let effects = std::mem::take(&mut batch.effects);
            self.rows.write(batch);
            self.core.committed(effects, self.now);
        }
    }

    /// So much time passes, and what comes due happens at its moment.
    fn pass(&mut self, length: Millis) {
        let end = self.now + length;
        while let Some(at) = self.core.next_timer().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.settle();
        }
        self.now = end;
        self.settle();
    }

    /// What the first events of the calls under way have as `n`.
    fn calling(&self) -> Vec<Value> {
        self.open
            .iter()
            .map(|call| event(&call.events[0])["data"]["n"].clone())
            .collect()
    }

    /// Takes the only call under way.
    fn only(&mut self) -> CallRequest {
        assert_eq!(self.open.len(), 1);
        self.open.remove(0)
    }

    fn answer(&mut self, call: &CallRequest, outcome: Outcome) {
        let answer = Answer {
            version: Some(2),
            retry_at: None,
            outcome,
        };
        self.core.call_over(call.job);
        self.core.call_done(call.job, answer, self.now);
        self.settle();
    }

    /// The first call under way, of the function if there is one, returns.
    fn finish(&mut self) {
        let call = self.open.remove(0);
        self.answer(&call, Outcome::Finished("1".into()));
    }

    fn report(&mut self, call: &CallRequest, ops: Value) {
        let ops: Vec<Op> = serde_json::from_str(&ops.to_string()).unwrap();
        self.answer(call, Outcome::Ops { ops, last: false });
    }

    /// Everything in memory is gone; the calls under way never answer.
    fn crash(&mut self) {
        let loaded = self.rows.load();
        self.core = Core::restore(rules(), loaded, self.now);
        self.open.clear();
        self.settle();
    }

    fn cancel(&mut self, run: Ulid) {
        assert!(self.core.cancel(run, self.now));
        self.settle();
    }

    /// The runs in the order of their creation, each with the `n` of its events.
    fn runs(&self) -> Vec<(Ulid, Vec<Value>, RunStatus)> {
        let mut runs: Vec<_> = self.rows.runs.iter().collect();
        runs.sort_by_key(|(_, row)| row.created_at);
        runs.into_iter()
            .map(|(id, row)| {
                let events = self.rows.named(&row.events);
                let told = events.iter().map(|e| event(e)["data"]["n"].clone());
                (*id, told.collect(), row.status)
            })
            .collect()
    }

    /// The `n` of every run's events.
    fn told(&self) -> Vec<Vec<Value>> {
        self.runs().into_iter().map(|(_, told, _)| told).collect()
    }
}

fn event(event: &StoredEvent) -> Value {
    serde_json::from_str(&event.body).unwrap()
}

impl Rows {
    fn write(&mut self, batch: Batch) {
        self.events
            .extend(batch.events.into_iter().map(|event| (event.id, event)));
        self.runs.extend(batch.runs);
        self.steps.extend(batch.steps);
        self.apps.extend(batch.apps);
        self.gates.extend(batch.gates);
        for (id, job) in batch.jobs {
            match job {
                Some(job) => self.jobs.insert(id, job),
                None => self.jobs.remove(&id),
            };
        }
        for (key, row) in batch.gatherings {
            match row {
                Some(row) => self.gatherings.insert(key, row),
                None => self.gatherings.remove(&key),
            };
        }
    }

    fn named(&self, ids: &str) -> Vec<Arc<StoredEvent>> {
        ids.split(',')
            .map(|id| Arc::clone(&self.events[&Ulid::from_string(id).unwrap()]))
            .collect()
    }

    fn load(&self) -> Loaded {
        let mut loaded = Loaded {
            apps: self
                .apps
                .iter()
                .map(|(id, app)| (id.clone(), app.registration.clone()))
                .collect(),
            gates: self.gates.iter().map(|(k, v)| (k.clone(), *v)).collect(),
            gatherings: self
                .gatherings
                .iter()
                .map(|(key, row)| (key.clone(), row.clone()))
                .collect(),
            next_job: self.jobs.keys().max().copied().unwrap_or_default() + 1,
            ..Loaded::default()
        };
        for (id, row) in &self.runs {
            if let Some(key) = &row.idempotency {
                loaded
                    .keys
                    .push((row.function.to_string(), key.clone(), row.created_at));
            }
            if row.status == RunStatus::Running {
                loaded.runs.insert(*id, self.run(*id, row));
            }
        }
        for (id, job) in &self.jobs {
            let run = loaded.runs.get_mut(&job.run).unwrap();
            run.jobs.insert(*id);
            if job.target.is_none() {
                run.discovery = Some(*id);
            }
            let job = Job {
                in_flight: false,
                ..job.clone()
            };
            loaded.jobs.insert(*id, job);
        }
        loaded
    }

    fn run(&self, id: Ulid, row: &RunRow) -> Run {
        let steps: HashMap<StepId, Step> = self
            .steps
            .iter()
            .filter(|((run, _), _)| *run == id)
            .map(|((_, step_id), step)| (Arc::clone(step_id), step.clone()))
            .collect();
        let mut order: Vec<_> = steps
            .iter()
            .filter_map(|(step_id, step)| Some((step.seq?, Arc::clone(step_id))))
            .collect();
        order.sort_unstable();
        Run {
            id,
            steps,
            order: order.into_iter().map(|(_, id)| id).collect(),
            version: row.version,
            parallel: row.parallel,
            parent: row.parent.clone(),
            idempotency: row.idempotency.clone(),
            started_at: row.started_at,
            ..Run::new(
                Arc::clone(&row.function),
                self.named(&row.events),
                row.created_at,
            )
        }
    }
}
