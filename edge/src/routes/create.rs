//! `POST /api/templates`: takes a structured item and answers 202 with the queued request.
//!
//! One statement looks the key up, stores the request, its ledger row and its outbox row. The
//! event itself is posted once the answer is on its way; should that fail, the sweep posts it.

use itemsmith_api::{
    Problem,
    problem::Code,
    request::{self, Defaults, NewRequest},
    response::{Accepted, Links},
    route::require_json,
};
use itemsmith_domain::{Digest, event};
use itemsmith_pipeline::ports::PendingEvent;
use itemsmith_sql::{Create, CreateOutcome};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::database;
use crate::{
    app::{Answer, Request, uuid7},
    http::Outgoing,
    outside::Outside,
    ports::After,
};

/// The handler.
pub async fn create<O: Outside>(request: &Request<'_, O>) -> Result<Answer, Problem> {
    require_json(
        request.header("content-type"),
        request.header("content-encoding"),
    )?;
    let idempotency_key = request::idempotency_key(request.header("idempotency-key"))?;
    let config = &request.world.settings.config;
    let defaults = Defaults {
        model: &config.model.name,
        max_attempts: config.max_attempts,
    };
    let body = request.incoming.body.as_deref().unwrap_or_default();
    let new = request::parse(body, &defaults)?;
    let now_ms = request.world.outside.now_ms();
    let id = uuid7(now_ms, request.world.outside.random());
    let event_data = event_data(id, &new)?;
    let create = statement(request.key()?, id, &new, idempotency_key, &event_data);
    let event_id = create.event_id();
    let created = match request
        .world
        .query(&create)
        .await
        .map_err(|e| database(&e))?
    {
        CreateOutcome::Unauthorized => return Err(Problem::new(Code::Unauthorized)),
        CreateOutcome::Forbidden => return Err(Problem::new(Code::Forbidden)),
        CreateOutcome::BodyMismatch { id } => {
            let detail = format!("the first body made request {id}");
            return Err(Problem::new(Code::IdempotencyMismatch).detail(detail));
        }
        CreateOutcome::Created(created) => created,
    };
    let accepted = Accepted {
        id: created.id,
        status: created.status,
        seed: created.seed,
        allowed_widgets: created.allowed_widgets,
        warnings: new.warnings,
        links: Links::of(created.id, created.status),
    };
    tracing::info!(request_id = %created.id, replayed = created.replayed, "accepted");
    let mut outgoing = Outgoing::json(202, &accepted).with("location", &accepted.links.this);
    if created.replayed {
        outgoing = outgoing.with("idempotent-replayed", "true");
        return Ok(outgoing.into());
    }
    let data = RawValue::from_string(event_data).map_err(|_| Problem::new(Code::Internal))?;
    let event = PendingEvent {
        id: event_id,
        name: event::REQUESTED.to_owned(),
        data,
        happened_ms: now_ms,
    };
    Ok(Answer {
        outgoing,
        after: Some(After::Publish(event)),
    })
}

fn statement<'a>(
    key_hash: &'a Digest,
    id: Uuid,
    new: &'a NewRequest,
    idempotency_key: Option<&'a str>,
    event_data: &'a str,
) -> Create<'a> {
    Create {
        key_hash,
        id,
        source_text: &new.source_text,
        source_hash: &new.canonical_hash,
        allowed_widgets: &new.allowed_widgets,
        seed: new.seed,
        model: &new.model,
        max_attempts: new.max_attempts,
        debug: new.debug,
        idempotency_key,
        body_hash: &new.body_hash,
        event_data,
    }
}

/// The exact text of the data of `template/requested`.
fn event_data(request_id: Uuid, new: &NewRequest) -> Result<String, Problem> {
    let internal = |_| Problem::new(Code::Internal);
    let structured_item = RawValue::from_string(new.structured_item.clone()).map_err(internal)?;
    let data = event::Requested {
        request_id,
        seed: new.seed,
        structured_item,
        allowed_widgets: new.allowed_widgets.clone(),
        source_context: new.source_text.clone(),
        debug_artifacts: new.debug.then_some(true),
    };
    serde_json::to_string(&data).map_err(internal)
}
