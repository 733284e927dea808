//! `POST /sql`.

use std::sync::atomic::Ordering::Relaxed;

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use itemsmith_sql::wire;
use serde::Serialize;
use tokio::time::timeout;

use super::{
    connection::Outcome,
    error::Refusal,
    json::{AnswerJson, answer},
    limits,
    metrics::Abandoned,
    pool::Checkout,
    request::{self, Options, Payload, QueryBody},
    server::State,
    target::Target,
};

/// Answers one call.
pub(super) async fn sql(state: &State, request: Request<Incoming>) -> Response<Full<Bytes>> {
    state.metrics.calls.fetch_add(1, Relaxed);
    let mut watch = Abandoned {
        counter: &state.metrics.abandoned,
        answered: false,
    };
    let outcome = run(state, request).await;
    watch.answered = true;
    match outcome {
        Ok((body, echoed)) => {
            let mut response = json(StatusCode::OK, body);
            response.headers_mut().extend(echoed);
            response
        }
        Err(refusal) => {
            state.metrics.refused.fetch_add(1, Relaxed);
            let (status, body) = refusal.answer();
            // The message may quote values, so only the status is told.
            tracing::debug!(status = status.as_u16(), "a call was refused");
            json(status, body)
        }
    }
}

fn json(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

async fn run(state: &State, request: Request<Incoming>) -> Result<(String, HeaderMap), Refusal> {
    let (parts, body) = request.into_parts();
    let Some(connection_string) = request::header(&parts.headers, wire::CONNECTION_STRING)? else {
        let name = wire::CONNECTION_STRING;
        return Err(Refusal::Request(format!("the header {name} is missing")));
    };
    let target = Target::allowed(connection_string, state.own.as_ref())?;
    let options = Options::read(&parts.headers)?;
    let payload = Payload::read(&read(body).await?)?;
    let mut checkout = state.pool.checkout(target).await?;
    match payload {
        Payload::One(query) => {
            state.metrics.statements.fetch_add(1, Relaxed);
            let mut room = limits::ANSWER_BYTES;
            let outcome = checkout
                .connection()
                .run(&query.sql, &query.params, &mut room)
                .await;
            let outcome = settle(checkout, outcome)?;
            let body = encode(&shaped(&outcome, &query, &options))?;
            Ok((body, HeaderMap::new()))
        }
        Payload::Batch(queries) => {
            let count = u64::try_from(queries.len()).unwrap_or(u64::MAX);
            state.metrics.statements.fetch_add(count, Relaxed);
            let outcomes = batch(&mut checkout, &queries, &options).await;
            let outcomes = settle(checkout, outcomes)?;
            let results = outcomes.iter().zip(&queries);
            let results = results.map(|(outcome, query)| shaped(outcome, query, &options));
            let body = encode(&BatchJson {
                results: results.collect(),
            })?;
            Ok((body, echo(&parts.headers)))
        }
    }
}

#[derive(Serialize)]
struct BatchJson<'a> {
    results: Vec<AnswerJson<'a>>,
}

fn shaped<'a>(outcome: &'a Outcome, query: &QueryBody, options: &Options) -> AnswerJson<'a> {
    answer(
        outcome,
        options.raw_text,
        query.array_mode.unwrap_or(options.array_mode),
    )
}

fn encode(value: &impl Serialize) -> Result<String, Refusal> {
    serde_json::to_string(value).map_err(|error| Refusal::Unreachable(error.to_string()))
}

/// One transaction: all of it or nothing.
async fn batch(
    checkout: &mut Checkout,
    queries: &[QueryBody],
    options: &Options,
) -> Result<Vec<Outcome>, Refusal> {
    let mut room = limits::ANSWER_BYTES;
    let connection = checkout.connection();
    connection.run(&options.begin(), &[], &mut room).await?;
    let mut outcomes = Vec::with_capacity(queries.len());
    for query in queries {
        match connection.run(&query.sql, &query.params, &mut room).await {
            Ok(outcome) => outcomes.push(outcome),
            Err(refusal @ Refusal::Sql(_)) => {
                connection.run("ROLLBACK", &[], &mut room).await?;
                return Err(refusal);
            }
            // The connection is given up, and its transaction with it.
            Err(refusal) => return Err(refusal),
        }
    }
    connection.run("COMMIT", &[], &mut room).await?;
    Ok(outcomes)
}

/// Gives the connection back unless the outcome says that it is in the middle of something.
fn settle<T>(checkout: Checkout, outcome: Result<T, Refusal>) -> Result<T, Refusal> {
    match &outcome {
        Ok(_) | Err(Refusal::Sql(_)) => checkout.give_back(),
        Err(_) => drop(checkout),
    }
    outcome
}

async fn read(body: Incoming) -> Result<Bytes, Refusal> {
    match timeout(
        limits::READ,
        Limited::new(body, limits::REQUEST_BYTES).collect(),
    )
    .await
    {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refusal::RequestTooLarge),
        Ok(Err(_)) => Err(Refusal::Request("the body was cut off".to_owned())),
        Err(_) => Err(Refusal::Request(
            "the body did not arrive in time".to_owned(),
        )),
    }
}

/// The batch's headers come back with its answer.
fn echo(headers: &HeaderMap) -> HeaderMap {
    let mut echoed = HeaderMap::new();
    for name in [
        wire::BATCH_ISOLATION_LEVEL,
        wire::BATCH_READ_ONLY,
        wire::BATCH_DEFERRABLE,
    ] {
        if let (Some(value), Ok(name)) = (headers.get(name), HeaderName::try_from(name)) {
            echoed.insert(name, value.clone());
        }
    }
    echoed
}
