//! What a person does on the page: rerun, invoke.

use std::sync::Arc;

use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use serde::Deserialize;
use serde_json::value::RawValue;
use ulid::Ulid;

use super::{
    super::{
        super::{clock, event::StoredEvent},
        Routes,
        reply::{Refusal, json, refuse, text},
    },
    Answer,
    runs::unknown,
};

/// The largest request to invoke a function: an event's own limit, with room around it.
const LARGEST: usize = 600 * 1024;
/// The largest data of an event, as on Inngest.
const LARGEST_DATA: usize = 512 * 1024;

/// `POST runs/{run}/rerun`: a new run with the same events.
pub(super) async fn rerun(routes: &Routes, run: &str) -> Answer {
    let original = Ulid::from_string(run).map_err(|_| unknown())?;
    let sql = "SELECT function, events FROM engine.runs WHERE id = $1";
    let rows = routes.page.rows(sql, &[&run]).await?;
    let row = rows.first().ok_or_else(unknown)?;
    let slug: String = row.get(0);
    let ids: Vec<&str> = row.get::<_, &str>(1).split(',').collect();
    let sql = "SELECT id, event_id, name, body, received_at FROM engine.events
        WHERE id = ANY($1) ORDER BY array_position($1, id)";
    let rows = routes.page.rows(sql, &[&ids]).await?;
    let events: Vec<Arc<StoredEvent>> = rows
        .iter()
        .filter_map(|row| {
            let id = Ulid::from_string(row.get(0)).ok()?;
            let (event_id, name, body) = (row.get(1), row.get(2), row.get(3));
            let stored = StoredEvent::restored(id, event_id, name, body, row.get(4));
            Some(Arc::new(stored))
        })
        .collect();
    if events.len() != ids.len() {
        let message = "the run's events are not kept any more";
        return Err(refuse(StatusCode::CONFLICT, message));
    }
    let begun = routes
        .core
        .commit({
            let slug = slug.clone();
            move |core| core.rerun(original, &slug, events, clock::now())
        })
        .await?;
    begun.map(created).ok_or_else(|| not_registered(&slug))
}

/// `POST invoke`: a new run of one function.
pub(super) async fn invoke(routes: &Routes, request: Request<Incoming>) -> Answer {
    #[derive(Deserialize)]
    struct Invocation {
        function: String,
        #[serde(default)]
        data: Option<Box<RawValue>>,
    }
    let body = text(request, LARGEST).await?;
    let bad = |message: String| refuse(StatusCode::BAD_REQUEST, message);
    let asked: Invocation = serde_json::from_str(&body)
        .map_err(|error| bad(format!("the body is not an invocation: {error}")))?;
    let data = asked.data.as_deref().map_or("{}", RawValue::get).to_owned();
    if !data.starts_with('{') || data.len() > LARGEST_DATA {
        return Err(bad("`data` must be an object of at most 512 KiB".into()));
    }
    let slug = asked.function;
    let begun = routes
        .core
        .commit({
            let slug = slug.clone();
            move |core| core.invoke_by_hand(&slug, &data, clock::now())
        })
        .await?;
    begun.map(created).ok_or_else(|| not_registered(&slug))
}

fn created(run: Ulid) -> Response<Full<Bytes>> {
    json(
        StatusCode::CREATED,
        &serde_json::json!({ "run": run.to_string() }),
    )
}

fn not_registered(slug: &str) -> Refusal {
    refuse(
        StatusCode::CONFLICT,
        format!("function `{slug}` is not registered: start its app"),
    )
}
