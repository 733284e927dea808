//! Events: the list with the runs that they started, and one of them.

use std::collections::HashMap;

use serde::Serialize;
use tokio_postgres::Row;

use super::{
    super::{super::clock, Routes, reply::refuse},
    Answer, Query, Refusal,
    runs::{self, PAGE, RunView},
    value::{self, Value},
    view,
};

/// An event.
#[derive(Serialize)]
pub(super) struct EventView {
    id: String,
    /// The sender's id; the engine's own if it chose none.
    event_id: String,
    name: String,
    received_at: i64,
    /// Only where one event is looked at.
    body: Option<Value>,
    runs: Vec<RunView>,
}

/// A list shows no more runs of one event: the event's own view shows all.
const RUNS_SHOWN: i64 = 20;

fn read(row: &Row, body: bool) -> EventView {
    EventView {
        id: row.get("id"),
        event_id: row.get("event_id"),
        name: row.get("name"),
        received_at: row.get("received_at"),
        body: body.then(|| value::read(row, "body")).flatten(),
        runs: Vec::new(),
    }
}

/// `GET events`: newest first; `before` is the last id of the page before.
pub(super) async fn list(routes: &Routes, query: &Query) -> Answer {
    #[derive(Serialize)]
    struct List {
        now: i64,
        events: Vec<EventView>,
        next: Option<String>,
    }
    let sql = format!(
        "SELECT id, event_id, name, received_at FROM engine.events
        WHERE ($1::text IS NULL OR id < $1)
            AND ($2::text IS NULL OR id = upper($2) OR event_id = $2
                OR position(lower($2) IN lower(name)) > 0)
        ORDER BY id DESC LIMIT {}",
        PAGE + 1
    );
    let (before, text) = (query.get("before"), query.get("text"));
    let rows = routes.page.rows(&sql, &[&before, &text]).await?;
    let mut events: Vec<EventView> = rows.iter().map(|row| read(row, false)).collect();
    let more = events.len() > PAGE;
    events.truncate(PAGE);
    let ids: Vec<String> = events.iter().map(|event| event.id.clone()).collect();
    let mut started = started(routes, &ids, RUNS_SHOWN).await?;
    for event in &mut events {
        event.runs = started.remove(&event.id).unwrap_or_default();
    }
    let next = events.last().filter(|_| more).map(|event| event.id.clone());
    let now = clock::now();
    view(&List { now, events, next })
}

/// The runs that these events started, by event.
async fn started(
    routes: &Routes,
    events: &[String],
    most: i64,
) -> Result<HashMap<String, Vec<RunView>>, Refusal> {
    let sql = format!(
        "SELECT * FROM (SELECT {}, row_number() OVER (
            PARTITION BY split_part(r.events, ',', 1) ORDER BY r.id) AS place
            FROM {} WHERE split_part(r.events, ',', 1) = ANY($1)) AS r
        WHERE place <= $2 ORDER BY id",
        runs::COLUMNS,
        runs::FROM
    );
    let mut started: HashMap<String, Vec<RunView>> = HashMap::new();
    for row in routes.page.rows(&sql, &[&events, &most]).await? {
        started
            .entry(row.get("event"))
            .or_default()
            .push(runs::read(&row));
    }
    Ok(started)
}

/// `GET events/{event}`.
pub(super) async fn one(routes: &Routes, event: &str) -> Answer {
    #[derive(Serialize)]
    struct One {
        now: i64,
        event: EventView,
    }
    let mut event = of_run(routes, &[event]).await?.pop().ok_or_else(unknown)?;
    let mut started = started(routes, std::slice::from_ref(&event.id), i64::MAX).await?;
    event.runs = started.remove(&event.id).unwrap_or_default();
    let now = clock::now();
    view(&One { now, event })
}

/// `GET events/{event}/body`: all of it.
pub(super) async fn body(routes: &Routes, event: &str) -> Answer {
    let sql = "SELECT body FROM engine.events WHERE id = $1";
    let rows = routes.page.rows(sql, &[&event]).await?;
    let row = rows.first().ok_or_else(unknown)?;
    Ok(value::whole(row.get(0)))
}

/// The events of these ids with their bodies, in the order of their coming. No more than a
/// batch's first ones: each may be shown at full length.
pub(super) async fn of_run(routes: &Routes, ids: &[&str]) -> Result<Vec<EventView>, Refusal> {
    let sql = format!(
        "SELECT id, event_id, name, received_at, {} FROM engine.events
        WHERE id = ANY($1) ORDER BY id LIMIT {PAGE}",
        value::columns("body", "body")
    );
    let rows = routes.page.rows(&sql, &[&ids]).await?;
    Ok(rows.iter().map(|row| read(row, true)).collect())
}

fn unknown() -> Refusal {
    refuse(http::StatusCode::NOT_FOUND, "there is no such event")
}
