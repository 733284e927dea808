//! Runs, for SDKs and tools: state, results, steps, cancellation.

use std::collections::BTreeMap;

use http::{Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio_postgres::Row;
use ulid::Ulid;

use super::{
    super::clock,
    Routes,
    reply::{Refusal, data, json, refuse},
};

type Answer = Result<Response<Full<Bytes>>, Refusal>;

/// `GET /v0/runs/{id}/batch`: the events that started the run.
pub(super) async fn batch(routes: &Routes, run: &str) -> Answer {
    let row = find(routes, run).await?;
    let events: &str = row.get("events");
    let ids: Vec<&str> = events.split(',').collect();
    let query = "SELECT body FROM engine.events WHERE id = ANY($1)
        ORDER BY array_position($1, id)";
    let rows = routes.reader.rows(query, &[&ids]).await?;
    let events: Vec<Option<Box<RawValue>>> = rows.iter().map(|row| raw(row.get(0))).collect();
    Ok(json(StatusCode::OK, &events))
}

/// `GET /v0/runs/{id}/actions`: the remembered steps.
pub(super) async fn actions(routes: &Routes, run: &str) -> Answer {
    find(routes, run).await?;
    let query = "SELECT id, memo FROM engine.steps WHERE run_id = $1 AND memo IS NOT NULL";
    let rows = routes.reader.rows(query, &[&run]).await?;
    let steps: BTreeMap<String, Option<Box<RawValue>>> = rows
        .iter()
        .map(|row| (row.get(0), raw(row.get(1))))
        .collect();
    Ok(json(StatusCode::OK, &steps))
}

/// `GET /v1/events/{id}/runs`: the runs that an event started, by its id or the sender's.
pub(super) async fn of_event(routes: &Routes, event: &str) -> Answer {
    let query = "WITH named AS MATERIALIZED (
            SELECT $1::text AS id UNION SELECT e.id FROM engine.events e
            WHERE e.event_id = $1 AND e.event_id <> e.id)
        SELECT r.* FROM engine.runs r WHERE split_part(r.events, ',', 1) IN (SELECT id FROM named)
        UNION
        SELECT r.* FROM engine.runs r WHERE r.events LIKE '%,%'
            AND string_to_array(r.events, ',') && ARRAY(SELECT id FROM named)
        ORDER BY id";
    let rows = routes.reader.rows(query, &[&event]).await?;
    let runs: Vec<RunView> = rows.iter().map(view).collect();
    Ok(data(&runs))
}

/// `GET /v1/runs/{id}`.
pub(super) async fn one(routes: &Routes, run: &str) -> Answer {
    Ok(data(&view(&find(routes, run).await?)))
}

/// `GET /v1/runs/{id}/jobs`: what the run has done and what it waits for.
pub(super) async fn jobs(routes: &Routes, run: &str) -> Answer {
    find(routes, run).await?;
    let query = "SELECT * FROM engine.steps WHERE run_id = $1 ORDER BY seq NULLS LAST, created_at";
    let steps = routes.reader.rows(query, &[&run]).await?;
    let query = "SELECT * FROM engine.jobs WHERE run_id = $1 ORDER BY id";
    let calls = routes.reader.rows(query, &[&run]).await?;
    #[derive(Serialize)]
    struct Jobs {
        data: Vec<StepView>,
        calls: Vec<CallView>,
    }
    let jobs = Jobs {
        data: steps.iter().map(step_view).collect(),
        calls: calls.iter().map(call_view).collect(),
    };
    Ok(json(StatusCode::OK, &jobs))
}

/// `DELETE /v1/runs/{id}`: stops a run.
pub(super) async fn cancel(routes: &Routes, run: &str) -> Answer {
    let id = Ulid::from_string(run).map_err(|_| unknown())?;
    let stopped = routes
        .core
        .commit(move |core| core.cancel(id, clock::now()))
        .await?;
    if !stopped {
        let status: String = find(routes, run).await?.get("status");
        if status != "Cancelled" {
            let message = format!("the run is over: {status}");
            return Err(refuse(StatusCode::CONFLICT, message));
        }
    }
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

pub(super) async fn find(routes: &Routes, run: &str) -> Result<Row, Refusal> {
    let query = "SELECT * FROM engine.runs WHERE id = $1";
    let rows = routes.reader.rows(query, &[&run]).await?;
    rows.into_iter().next().ok_or_else(unknown)
}

pub(super) fn unknown() -> Refusal {
    refuse(StatusCode::NOT_FOUND, "there is no such run")
}

#[derive(Serialize)]
struct RunView {
    run_id: String,
    function_id: String,
    event_id: String,
    status: String,
    run_started_at: String,
    ended_at: Option<String>,
    output: Option<Box<RawValue>>,
}

fn view(row: &Row) -> RunView {
    let events: &str = row.get("events");
    let started: Option<i64> = row.get("started_at");
    RunView {
        run_id: row.get("id"),
        function_id: row.get("function"),
        event_id: events.split(',').next().unwrap_or_default().to_owned(),
        status: row.get("status"),
        run_started_at: clock::rfc3339(started.unwrap_or_else(|| row.get("created_at"))),
        ended_at: row.get::<_, Option<i64>>("ended_at").map(clock::rfc3339),
        output: raw(row.get("output")),
    }
}

#[derive(Serialize)]
struct StepView {
    id: String,
    name: String,
    op: String,
    status: String,
    failures: i32,
    input: Option<Box<RawValue>>,
    output: Option<Box<RawValue>>,
    last_error: Option<Box<RawValue>>,
    due_at: Option<String>,
    created_at: String,
    ended_at: Option<String>,
}

fn step_view(row: &Row) -> StepView {
    StepView {
        id: row.get("id"),
        name: row.get("name"),
        op: row.get("op"),
        status: row.get("status"),
        failures: row.get("failures"),
        input: raw(row.get("opts")),
        output: raw(row.get("memo")),
        last_error: raw(row.get("error")),
        due_at: row.get::<_, Option<i64>>("due_at").map(clock::rfc3339),
        created_at: clock::rfc3339(row.get("created_at")),
        ended_at: row.get::<_, Option<i64>>("ended_at").map(clock::rfc3339),
    }
}

#[derive(Serialize)]
struct CallView {
    step: Option<String>,
    attempt: i32,
    at: String,
}

fn call_view(row: &Row) -> CallView {
    CallView {
        step: row.get("target"),
        attempt: row.get("attempt"),
        at: clock::rfc3339(row.get("due_at")),
    }
}

fn raw(text: Option<String>) -> Option<Box<RawValue>> {
    RawValue::from_string(text?).ok()
}
