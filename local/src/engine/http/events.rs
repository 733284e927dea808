//! `POST /e/{key}`: events come in, and are durable before they are acknowledged.

use std::collections::{HashMap, HashSet};

use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use serde::Serialize;

use super::{
    super::{clock, core::DEDUPLICATION, event::NewEvent},
    Routes,
    reply::{Refusal, json, refuse, text},
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
    let body = text(request, LARGEST).await?;
    let events = parse(&body)?;
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

/// Which of the ids that the sender chose were accepted within a day.
async fn already_known(
    routes: &Routes,
    events: &[NewEvent],
) -> Result<HashMap<String, String>, Refusal> {
    let ids: HashSet<&str> = events
        .iter()
        .filter_map(|event| event.id.as_deref())
        .filter(|id| !id.is_empty())
        .collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<&str> = ids.into_iter().collect();
    Ok(routes
        .reader
        .known_events(&ids, clock::now() - DEDUPLICATION)
        .await?)
}
