//! `POST /e/{key}`: events come in, and are durable before they are acknowledged.

use std::collections::{BTreeMap, HashMap, HashSet};

use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use tokio_postgres::Row;
use ulid::Ulid;

use super::{
    super::{clock, core::DEDUPLICATION, event::NewEvent},
    Routes,
    reply::{Refusal, data, json, refuse, text},
};

/// The largest request: room for a full batch of ordinary events.
const LARGEST: usize = 10 * 1024 * 1024;
/// The most events in one request, as on Inngest.
const MOST: usize = 5000;

/// Takes one event or a list of them.
pub(super) async fn accept(
    routes: &Routes,
    key: &str,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Refusal> {
    if !routes.event_keys.is_empty() && !routes.event_keys.iter().any(|known| known == key) {
        return Err(refuse(
            StatusCode::UNAUTHORIZED,
            "the event key is not known",
        ));
    }
    take(routes, request).await
}

/// Takes events from somebody who may send them.
pub(super) async fn take(
    routes: &Routes,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Refusal> {
    let seed = seed(request.headers());
    let body = text(request, LARGEST).await?;
    let mut events = parse(&body)?;
    for (index, event) in events.iter_mut().enumerate() {
        event.seeded = seed.as_deref().and_then(|seed| seeded(seed, index));
    }
    let known = already_known(routes, &events).await?;
    let ids = routes
        .core
        .commit(move |core| core.ingest(events, &known, clock::now()))
        .await?;
    #[derive(Serialize)]
    struct Accepted {
        ids: Vec<String>,
        status: u16,
    }
    Ok(json(StatusCode::OK, &Accepted { ids, status: 200 }))
}

fn parse(body: &str) -> Result<Vec<NewEvent>, Refusal> {
    let bad = |error: serde_json::Error| {
        refuse(
            StatusCode::BAD_REQUEST,
            format!("the body is not an event: {error}"),
        )
    };
    let events = if body.trim_start().starts_with('[') {
        serde_json::from_str::<Vec<NewEvent>>(body).map_err(bad)?
    } else {
        vec![serde_json::from_str::<NewEvent>(body).map_err(bad)?]
    };
    if events.len() > MOST {
        return Err(refuse(
            StatusCode::BAD_REQUEST,
            format!("{} events in one request; at most {MOST}", events.len()),
        ));
    }
    for event in &events {
        event
            .validate()
            .map_err(|error| refuse(StatusCode::BAD_REQUEST, error))?;
    }
    Ok(events)
}

/// The header by which an SDK makes sending repeatable: `milliseconds,entropy`.
fn seed(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("x-inngest-event-id-seed")?.to_str().ok()?;
    Some(value.to_owned())
}

/// The id of an event that was sent with a seed: the same again for the same request.
fn seeded(seed: &str, index: usize) -> Option<Ulid> {
    let (millis, _) = seed.split_once(',')?;
    let hash = Sha256::digest(format!("{seed},{index}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    Some(Ulid::from_parts(
        millis.parse().ok()?,
        u128::from_be_bytes(bytes),
    ))
}

/// Which of the ids that the sender chose were accepted within a day, and which of the seeded.
async fn already_known(
    routes: &Routes,
    events: &[NewEvent],
) -> Result<HashMap<String, String>, Refusal> {
    let ids: HashSet<&str> = events
        .iter()
        .filter_map(|event| event.id.as_deref())
        .filter(|id| !id.is_empty())
        .collect();
    let mut known = HashMap::new();
    if !ids.is_empty() {
        let ids: Vec<&str> = ids.into_iter().collect();
        let since = clock::now() - DEDUPLICATION;
        known = routes.reader.known_events(&ids, since).await?;
    }
    let seeded = events.iter().filter_map(NewEvent::seeded_id);
    let seeded: Vec<String> = seeded.map(|id| id.to_string()).collect();
    if !seeded.is_empty() {
        let query = "SELECT id FROM engine.events WHERE id = ANY($1)";
        for row in routes.reader.rows(query, &[&seeded]).await? {
            let id: String = row.get(0);
            known.insert(id.clone(), id);
        }
    }
    Ok(known)
}

/// The most events in one list, as on Inngest.
const MOST_LISTED: i64 = 100;
/// Events in a list whose length is not asked for.
const LISTED: i64 = 20;

/// `GET /v1/events/{id}`: an event by its internal id, or by its sender's.
pub(super) async fn one(routes: &Routes, id: &str) -> Result<Response<Full<Bytes>>, Refusal> {
    let query = "SELECT * FROM engine.events WHERE id = $1 OR (event_id = $1 AND event_id <> id)
        ORDER BY received_at DESC LIMIT 1";
    let rows = routes.reader.rows(query, &[&id]).await?;
    let event = rows.first().and_then(view);
    let event = event.ok_or_else(|| refuse(StatusCode::NOT_FOUND, "there is no such event"))?;
    Ok(data(&event))
}

/// `GET /v1/events?name=&limit=&cursor=`: events, the newest first; `cursor` is the internal id
/// of the last one seen.
pub(super) async fn recent(
    routes: &Routes,
    query: Option<&str>,
) -> Result<Response<Full<Bytes>>, Refusal> {
    let query = query.unwrap_or_default();
    let asked = reqwest::Url::parse(&format!("http://h/?{query}"))
        .map_err(|_| refuse(StatusCode::BAD_REQUEST, "the query is not valid"))?;
    let asked: HashMap<_, _> = asked.query_pairs().into_owned().collect();
    let limit = asked.get("limit").and_then(|text| text.parse().ok());
    let limit: i64 = limit.unwrap_or(LISTED).clamp(1, MOST_LISTED);
    // The database's text holds no NUL: nothing has such a name.
    let text = |field: &str| {
        let text = asked.get(field)?.replace('\0', "\u{fffd}");
        (!text.is_empty()).then_some(text)
    };
    let query = "SELECT * FROM engine.events
        WHERE ($1::text IS NULL OR name = $1) AND ($2::text IS NULL OR id < $2)
        ORDER BY id DESC LIMIT $3";
    let rows = routes
        .reader
        .rows(query, &[&text("name"), &text("cursor"), &limit])
        .await?;
    let events: Vec<_> = rows.iter().filter_map(view).collect();
    Ok(data(&events))
}

/// The event as functions get it, with what the engine knows of it.
fn view(row: &Row) -> Option<BTreeMap<String, Box<RawValue>>> {
    let body: &str = row.get("body");
    let mut event: BTreeMap<String, Box<RawValue>> = serde_json::from_str(body).ok()?;
    let received = clock::rfc3339(row.get("received_at"));
    for (field, text) in [("internal_id", row.get("id")), ("received_at", received)] {
        let value = serde_json::value::to_raw_value(&text).ok()?;
        event.insert(field.to_owned(), value);
    }
    Some(event)
}
