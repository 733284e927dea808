//! Steps: those of a run, and one of them with what went in and came out.

use serde::Serialize;
use serde_json::value::RawValue;
use tokio_postgres::Row;

use super::{
    super::{Routes, reply::refuse},
    Answer, Query, Refusal,
    value::{self, Value},
    view,
};

/// A step in a run's timeline: no values, so that a run of a thousand steps stays small.
#[derive(Serialize)]
pub(super) struct StepView {
    id: String,
    name: String,
    op: String,
    status: String,
    /// Its result is an error.
    failed: bool,
    /// It waited for something that did not come.
    timed_out: bool,
    failures: i32,
    created_at: i64,
    started_at: Option<i64>,
    ended_at: Option<i64>,
    due_at: Option<i64>,
    /// When attempts that failed began and ended.
    attempts: Vec<Times>,
    /// The run that it invoked.
    child: Option<String>,
    child_status: Option<String>,
}

#[derive(Serialize, serde::Deserialize)]
struct Times {
    started_at: Option<i64>,
    ended_at: i64,
}

/// The beginning of a result that is an error, as the engine itself writes it.
const COLUMNS: &str = r#"s.id, s.name, s.op, s.status, s.failures, s.created_at, s.started_at,
    s.ended_at, s.due_at, s.attempts, left(s.memo, 9) = '{"error":' AS failed,
    s.op = 'WaitForEvent' AND s.memo = 'null' AS timed_out, c.id AS child, c.status AS child_status"#;
const FROM: &str = "engine.steps s LEFT JOIN engine.runs c
    ON c.parent_run = s.run_id AND c.parent_step = s.id";

fn read(row: &Row) -> StepView {
    let attempts: Option<String> = row.get("attempts");
    StepView {
        id: row.get("id"),
        name: row.get("name"),
        op: row.get("op"),
        status: row.get("status"),
        failed: row.get::<_, Option<bool>>("failed").unwrap_or_default(),
        timed_out: row.get::<_, Option<bool>>("timed_out").unwrap_or_default(),
        failures: row.get("failures"),
        created_at: row.get("created_at"),
        started_at: row.get("started_at"),
        ended_at: row.get("ended_at"),
        due_at: row.get("due_at"),
        attempts: attempts
            .and_then(|list| serde_json::from_str(&list).ok())
            .unwrap_or_default(),
        child: row.get("child"),
        child_status: row.get("child_status"),
    }
}

/// The steps of a run in the order in which they began.
pub(super) async fn of_run(routes: &Routes, run: &str) -> Result<Vec<StepView>, Refusal> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {FROM} WHERE s.run_id = $1
        ORDER BY s.created_at, s.seq NULLS LAST, s.id"
    );
    let rows = routes.page.rows(&sql, &[&run]).await?;
    Ok(rows.iter().map(read).collect())
}

/// `GET runs/{run}/step?id=`.
pub(super) async fn one(routes: &Routes, run: &str, query: &Query) -> Answer {
    #[derive(Serialize)]
    struct One {
        step: StepView,
        input: Option<Value>,
        output: Option<Value>,
        error: Option<Value>,
        attempts: Option<Box<RawValue>>,
    }
    let id = query.get("id").ok_or_else(unknown)?;
    let sql = format!(
        "SELECT {COLUMNS}, {}, {}, {} FROM {FROM} WHERE s.run_id = $1 AND s.id = $2",
        value::columns("s.opts", "input"),
        value::columns("s.memo", "output"),
        value::columns("s.error", "error"),
    );
    let rows = routes.page.rows(&sql, &[&run, &id]).await?;
    let row = rows.first().ok_or_else(unknown)?;
    view(&One {
        step: read(row),
        input: value::read(row, "input"),
        output: value::read(row, "output"),
        error: value::read(row, "error"),
        attempts: row
            .get::<_, Option<String>>("attempts")
            .and_then(|list| RawValue::from_string(list).ok()),
    })
}

/// `GET runs/{run}/value?id=&part=`: all of one value.
pub(super) async fn whole(routes: &Routes, run: &str, query: &Query) -> Answer {
    let column = match query.get("part") {
        Some("input") => "opts",
        Some("output") => "memo",
        Some("error") => "error",
        _ => return Err(unknown()),
    };
    let id = query.get("id").ok_or_else(unknown)?;
    let sql = format!("SELECT {column} FROM engine.steps WHERE run_id = $1 AND id = $2");
    let rows = routes.page.rows(&sql, &[&run, &id]).await?;
    let text: Option<String> = rows.first().and_then(|row| row.get(0));
    Ok(value::whole(text.ok_or_else(unknown)?))
}

fn unknown() -> Refusal {
    refuse(http::StatusCode::NOT_FOUND, "there is no such step")
}
