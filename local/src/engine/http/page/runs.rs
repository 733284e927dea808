//! Runs: the list, and one of them with its steps.

use serde::Serialize;
use serde_json::value::RawValue;
use tokio_postgres::Row;
use ulid::Ulid;

use super::{
    super::{
        super::{clock, core::CallView},
        Routes,
        reply::refuse,
    },
    Answer, Query, events,
    step::{self, StepView},
    value::{self, Value},
    view,
};

/// Runs on one page of the list.
pub(super) const PAGE: usize = 50;

/// A run in a list.
#[derive(Serialize)]
pub(super) struct RunView {
    id: String,
    function: String,
    status: String,
    /// The first event that it was started with.
    event: String,
    event_name: Option<String>,
    created_at: i64,
    started_at: Option<i64>,
    ended_at: Option<i64>,
    parent_run: Option<String>,
    rerun_of: Option<String>,
}

/// The columns of a [`RunView`].
pub(super) const COLUMNS: &str =
    "r.id, r.function, r.status, split_part(r.events, ',', 1) AS event,
    e.name AS event_name, r.created_at, r.started_at, r.ended_at, r.parent_run, r.rerun_of";
/// Where they come from.
pub(super) const FROM: &str =
    "engine.runs r LEFT JOIN engine.events e ON e.id = split_part(r.events, ',', 1)";

/// Reads those columns.
pub(super) fn read(row: &Row) -> RunView {
    RunView {
        id: row.get("id"),
        function: row.get("function"),
        status: row.get("status"),
        event: row.get("event"),
        event_name: row.get("event_name"),
        created_at: row.get("created_at"),
        started_at: row.get("started_at"),
        ended_at: row.get("ended_at"),
        parent_run: row.get("parent_run"),
        rerun_of: row.get("rerun_of"),
    }
}

/// `GET runs`: newest first; `before` is the last id of the page before.
pub(super) async fn list(routes: &Routes, query: &Query) -> Answer {
    #[derive(Serialize)]
    struct List {
        now: i64,
        runs: Vec<RunView>,
        /// There are older ones: the `before` that shows them.
        next: Option<String>,
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM {FROM}
        WHERE ($1::text IS NULL OR r.id < $1) AND ($2::text IS NULL OR r.status = $2)
            AND ($3::text IS NULL OR r.function = $3)
            AND ($4::text IS NULL OR r.id = upper($4) OR e.event_id = $4
                OR position(lower($4) IN lower(r.function)) > 0
                OR position(lower($4) IN lower(e.name)) > 0)
        ORDER BY r.id DESC LIMIT {}",
        PAGE + 1
    );
    let [before, status, function, text] =
        ["before", "status", "function", "text"].map(|name| query.get(name));
    let rows = routes
        .page
        .rows(&sql, &[&before, &status, &function, &text])
        .await?;
    let mut runs: Vec<RunView> = rows.iter().map(read).collect();
    let more = runs.len() > PAGE;
    runs.truncate(PAGE);
    let next = runs.last().filter(|_| more).map(|run| run.id.clone());
    let now = clock::now();
    view(&List { now, runs, next })
}

/// `GET runs/{run}`.
pub(super) async fn one(routes: &Routes, run: &str) -> Answer {
    #[derive(Serialize)]
    struct One {
        now: i64,
        run: RunView,
        parent_step: Option<String>,
        output: Option<Value>,
        /// Calls that failed outside of any step.
        attempts: Option<Box<RawValue>>,
        events: Vec<events::EventView>,
        reruns: Vec<String>,
        steps: Vec<StepView>,
        calls: Vec<CallView>,
    }
    let id = Ulid::from_string(run).map_err(|_| unknown())?;
    let sql = format!(
        "SELECT {COLUMNS}, r.events, r.parent_step, r.attempts, {} FROM {FROM} WHERE r.id = $1",
        value::columns("r.output", "output")
    );
    let row = routes.page.rows(&sql, &[&run]).await?;
    let row = row.first().ok_or_else(unknown)?;
    let reruns = "SELECT id FROM engine.runs WHERE rerun_of = $1 ORDER BY id DESC LIMIT 20";
    let reruns = routes.page.rows(reruns, &[&run]).await?;
    let named: &str = row.get("events");
    let ids: Vec<&str> = named.split(',').collect();
    let calls = routes.core.commit(move |core| core.calls_of(id)).await?;
    view(&One {
        now: clock::now(),
        run: read(row),
        parent_step: row.get("parent_step"),
        output: value::read(row, "output"),
        attempts: row
            .get::<_, Option<String>>("attempts")
            .and_then(|list| RawValue::from_string(list).ok()),
        events: events::of_run(routes, &ids).await?,
        reruns: reruns.iter().map(|row| row.get(0)).collect(),
        steps: step::of_run(routes, run).await?,
        calls,
    })
}

/// `GET runs/{run}/output`: all of it.
pub(super) async fn output(routes: &Routes, run: &str) -> Answer {
    let sql = "SELECT output FROM engine.runs WHERE id = $1";
    let rows = routes.page.rows(sql, &[&run]).await?;
    let output: Option<String> = rows.first().and_then(|row| row.get(0));
    Ok(value::whole(output.ok_or_else(unknown)?))
}

/// 404.
pub(super) fn unknown() -> super::Refusal {
    refuse(http::StatusCode::NOT_FOUND, "there is no such run")
}
