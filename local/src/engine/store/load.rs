//! Reading the whole state back at start.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use tokio_postgres::{Client, Row};
use ulid::Ulid;

use super::super::{
    attempts::Attempts,
    batch::{GateKey, GateKind},
    clock::Millis,
    config::EngineError,
    event::StoredEvent,
    function::Micros,
    run::{Gathering, Job, JobId, Run, RunFlow, Step, StepId, StepStatus},
};

/// Everything that is not over.
#[derive(Default)]
pub(in super::super) struct Loaded {
    /// App id and registration text.
    pub(in super::super) apps: Vec<(String, String)>,
    pub(in super::super) runs: HashMap<Ulid, Run>,
    pub(in super::super) jobs: HashMap<JobId, Job>,
    /// Function, key and creation of runs with an idempotency key, of the last day.
    pub(in super::super) keys: Vec<(String, String, Millis)>,
    /// Rates: the theoretical arrival of the next.
    pub(in super::super) gates: Vec<(GateKey, Micros)>,
    /// By function and key.
    pub(in super::super) gatherings: Vec<((Arc<str>, String), Gathering)>,
    /// The next free job id.
    pub(in super::super) next_job: JobId,
}

/// Reads everything that is not over, and the idempotency keys since `keys_since`.
pub(super) async fn load(client: &Client, keys_since: Millis) -> Result<Loaded, EngineError> {
    let wrap = |source| EngineError::Database {
        doing: "reading its state",
        source,
    };
    let mut loaded = Loaded::default();
    for row in client
        .query("SELECT id, registration FROM engine.apps", &[])
        .await
        .map_err(wrap)?
    {
        loaded.apps.push((row.get(0), row.get(1)));
    }
    let keys = "SELECT function, idempotency, created_at FROM engine.runs
        WHERE idempotency IS NOT NULL AND created_at > $1";
    for row in client.query(keys, &[&keys_since]).await.map_err(wrap)? {
        loaded.keys.push((row.get(0), row.get(1), row.get(2)));
    }
    let events = client.query(EVENTS, &[]).await.map_err(wrap)?;
    let events: HashMap<String, Arc<StoredEvent>> = events
        .iter()
        .map(|row| Ok((row.get("id"), Arc::new(event(row)?))))
        .collect::<Result<_, EngineError>>()?;
    let runs = "SELECT * FROM engine.runs WHERE status = 'Running'";
    for row in client.query(runs, &[]).await.map_err(wrap)? {
        let run = run(&row, &events)?;
        loaded.runs.insert(run.id, run);
    }
    for row in client.query(STEPS, &[]).await.map_err(wrap)? {
        let id = ulid(row.get("run_id"))?;
        let (step_id, step) = step(&row)?;
        if let Some(run) = loaded.runs.get_mut(&id) {
            run.steps.insert(step_id, step);
        }
    }
    for run in loaded.runs.values_mut() {
        let mut done: Vec<_> = run
            .steps
            .iter()
            .filter_map(|(id, step)| Some((step.seq?, id.clone())))
            .collect();
        done.sort_unstable();
        run.order = done.into_iter().map(|(_, id)| id).collect();
    }
    for row in client
        .query("SELECT * FROM engine.jobs", &[])
        .await
        .map_err(wrap)?
    {
        let (id, job) = (row.get("id"), job(&row)?);
        loaded.next_job = loaded.next_job.max(id);
        let Some(run) = loaded.runs.get_mut(&job.run) else {
            continue;
        };
        run.jobs.insert(id);
        if job.target.is_none() {
            run.discovery = Some(id);
        }
        loaded.jobs.insert(id, job);
    }
    loaded.next_job += 1;
    load_flow(client, &events, &mut loaded).await?;
    Ok(loaded)
}

/// Rates and gathered events.
async fn load_flow(
    client: &Client,
    events: &HashMap<String, Arc<StoredEvent>>,
    loaded: &mut Loaded,
) -> Result<(), EngineError> {
    let wrap = |source| EngineError::Database {
        doing: "reading its state",
        source,
    };
    let gates = "SELECT kind, function, key, arrival FROM engine.gates";
    for row in client.query(gates, &[]).await.map_err(wrap)? {
        let kind: &str = row.get("kind");
        let key = GateKey {
            kind: GateKind::parse(kind)
                .ok_or_else(|| EngineError::State(format!("`{kind}` is no kind of gate")))?,
            function: row.get::<_, &str>("function").into(),
            key: row.get("key"),
        };
        loaded.gates.push((key, row.get("arrival")));
    }
    let gatherings = "SELECT function, key, events, due_at, latest_at FROM engine.gatherings";
    for row in client.query(gatherings, &[]).await.map_err(wrap)? {
        let function: &str = row.get("function");
        let whose = format!("a gathering of {function}");
        let gathering = Gathering {
            events: named_events(row.get("events"), events, &whose)?,
            due: row.get("due_at"),
            latest: row.get("latest_at"),
        };
        let key = (function.into(), row.get("key"));
        loaded.gatherings.push((key, gathering));
    }
    Ok(())
}

/// Events by their ids, joined by commas.
fn named_events(
    ids: &str,
    events: &HashMap<String, Arc<StoredEvent>>,
    whose: &str,
) -> Result<Vec<Arc<StoredEvent>>, EngineError> {
    ids.split(',')
        .map(|id| {
            events
                .get(id)
                .cloned()
                .ok_or_else(|| EngineError::State(format!("{whose} lacks its event {id}")))
        })
        .collect()
}

const EVENTS: &str = "SELECT e.* FROM engine.events e WHERE e.id IN (
    SELECT unnest(string_to_array(r.events, ',')) FROM engine.runs r WHERE r.status = 'Running'
    UNION ALL SELECT unnest(string_to_array(events, ',')) FROM engine.gatherings)";

const STEPS: &str = "SELECT s.* FROM engine.steps s
    JOIN engine.runs r ON r.id = s.run_id AND r.status = 'Running'";

fn event(row: &Row) -> Result<StoredEvent, EngineError> {
    Ok(StoredEvent::restored(
        ulid(row.get("id"))?,
        row.get("event_id"),
        row.get("name"),
        row.get("body"),
        row.get("received_at"),
    ))
}

fn run(row: &Row, events: &HashMap<String, Arc<StoredEvent>>) -> Result<Run, EngineError> {
    let id: &str = row.get("id");
    let events = named_events(row.get("events"), events, &format!("run {id}"))?;
    let parent: Option<&str> = row.get("parent_run");
    let parent_step: Option<&str> = row.get("parent_step");
    Ok(Run {
        id: ulid(id)?,
        function: row.get::<_, &str>("function").into(),
        events,
        steps: HashMap::new(),
        order: Vec::new(),
        version: row.get("version"),
        parallel: row.get("parallel"),
        parent: match (parent, parent_step) {
            (Some(run), Some(step)) => Some((ulid(run)?, step.into())),
            _ => None,
        },
        rerun_of: row
            .get::<_, Option<&str>>("rerun_of")
            .map(ulid)
            .transpose()?,
        attempts: Attempts::restored(row.get("attempts")),
        idempotency: row.get("idempotency"),
        discovery: None,
        dirty: false,
        jobs: HashSet::new(),
        created_at: row.get("created_at"),
        started_at: row.get("started_at"),
        flow: RunFlow::default(),
    })
}

fn step(row: &Row) -> Result<(StepId, Step), EngineError> {
    let text = |column: &str| row.get::<_, Option<&str>>(column).map(Arc::from);
    let status: &str = row.get("status");
    let step = Step {
        name: row.get("name"),
        op: row.get("op"),
        status: StepStatus::parse(status)
            .ok_or_else(|| EngineError::State(format!("a step has the status `{status}`")))?,
        seq: row.get("seq"),
        opts: text("opts"),
        memo: text("memo"),
        together: row.get("together"),
        due: row.get("due_at"),
        failures: count(row.get("failures")),
        error: text("error"),
        attempts: Attempts::restored(row.get("attempts")),
        created_at: row.get("created_at"),
        started_at: row.get("started_at"),
        ended_at: row.get("ended_at"),
    };
    Ok((row.get::<_, &str>("id").into(), step))
}

fn job(row: &Row) -> Result<Job, EngineError> {
    Ok(Job {
        run: ulid(row.get("run_id"))?,
        target: row.get::<_, Option<&str>>("target").map(Arc::from),
        attempt: count(row.get("attempt")),
        due: row.get("due_at"),
        called_at: None,
        in_flight: false,
        request_id: None,
        told: 0,
        unreachable: None,
    })
}

fn count(stored: i32) -> u32 {
    u32::try_from(stored).unwrap_or_default()
}

fn ulid(text: &str) -> Result<Ulid, EngineError> {
    Ulid::from_string(text).map_err(|_| EngineError::State(format!("`{text}` is not an id")))
}
