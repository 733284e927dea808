//! The routes.

use std::time::Instant;

use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use hyper::body::Body;
use itemsmith_domain::check::CheckRequest;
use serde_json::{error::Category, json};

use super::{
    Answer, App, auth, body, json_answer,
    problem::{
        DRAINING, INVALID_REQUEST, KINDS, MALFORMED_JSON, METHOD_NOT_ALLOWED, NOT_FOUND, Problem,
        UNAUTHORIZED,
    },
    text_answer,
};
use crate::check::DEADLINE;

/// Answers one request.
pub async fn route<B>(app: &App, request: Request<B>) -> Result<Answer, Problem>
where
    B: Body<Data = Bytes>,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    if path.starts_with("/v1/") && !auth::allows(app.key.as_ref(), &parts.headers) {
        return Err(Problem::from(&UNAUTHORIZED));
    }
    match path {
        "/v1/check" => {
            only(&parts.method, &[Method::POST], "POST")?;
            check(app, &parts.headers, body).await
        }
        "/v1/contracts" => {
            reads(&parts.method)?;
            Ok(contracts(app))
        }
        "/health" => {
            reads(&parts.method)?;
            Ok(text_answer(200, "ok\n".to_owned()))
        }
        "/ready" => {
            reads(&parts.method)?;
            Ok(ready(app))
        }
        "/metrics" => {
            reads(&parts.method)?;
            let checker = &app.checker;
            let page = app
                .metrics
                .page(checker.engine().status(), checker.in_flight());
            Ok(text_answer(200, page))
        }
        _ => {
            if let Some(name) = path.strip_prefix("/v1/contracts/") {
                reads(&parts.method)?;
                return contract(app, name, parts.uri.query());
            }
            if let Some(code) = path.strip_prefix("/errors/") {
                reads(&parts.method)?;
                return error_page(code);
            }
            Err(Problem::from(&NOT_FOUND))
        }
    }
}

fn reads(method: &Method) -> Result<(), Problem> {
    only(method, &[Method::GET, Method::HEAD], "GET, HEAD")
}

fn only(method: &Method, known: &[Method], allow: &'static str) -> Result<(), Problem> {
    if known.contains(method) {
        Ok(())
    } else {
        Err(Problem {
            allow: Some(allow),
            ..Problem::from(&METHOD_NOT_ALLOWED)
        })
    }
}

async fn check<B>(app: &App, headers: &HeaderMap, body: B) -> Result<Answer, Problem>
where
    B: Body<Data = Bytes>,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    if app.is_draining() {
        return Err(Problem::from(&DRAINING));
    }
    let bytes = body::read(headers, body).await?;
    let deadline = Instant::now() + DEADLINE;
    let request: CheckRequest = serde_json::from_slice(&bytes).map_err(|error| {
        let kind = match error.classify() {
            Category::Data => &INVALID_REQUEST,
            Category::Syntax | Category::Eof | Category::Io => &MALFORMED_JSON,
        };
        Problem::detailed(kind, error.to_string())
    })?;
    let outcome = app
        .checker
        .check(request, deadline)
        .await
        .map_err(|failure| {
            tracing::warn!(%failure, "no verdict");
            Problem::from(failure)
        })?;
    app.metrics.verdict(&outcome.verdict, outcome.cached);
    tracing::info!(
        status = outcome.verdict.status.as_str(),
        findings = outcome.verdict.findings.len(),
        sourceDigest = %outcome.verdict.source_digest,
        cached = outcome.cached,
        typesMs = outcome.verdict.timings.types_ms,
        totalMs = outcome.verdict.timings.total_ms,
        "verdict"
    );
    Ok(json_answer(200, &outcome.verdict))
}

fn contracts(app: &App) -> Answer {
    let packs = app.checker.packs();
    let default = packs.default_pack().manifest().name.as_str();
    let listed: Vec<_> = packs
        .iter()
        .map(|pack| {
            let manifest = pack.manifest();
            json!({
                "name": manifest.name,
                "version": manifest.version,
                "digest": pack.digest(),
                "widgets": manifest.widgets.keys().collect::<Vec<_>>(),
                "default": manifest.name == default,
            })
        })
        .collect();
    json_answer(200, &json!({ "contracts": listed }))
}

fn contract(app: &App, name: &str, query: Option<&str>) -> Result<Answer, Problem> {
    let pack = app.checker.packs().get(Some(name));
    let pack = pack.ok_or_else(|| Problem::from(&NOT_FOUND))?;
    // Widget names are letters: nothing in them needs escaping.
    let pairs = query
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| pair.split_once('='));
    let widgets: Vec<String> = pairs
        .filter(|(name, _)| *name == "widgets")
        .flat_map(|(_, names)| names.split(',').flat_map(|part| part.split("%2C")))
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    let known = &pack.manifest().known_widgets;
    if let Some(unknown) = widgets.iter().find(|name| !known.contains(name)) {
        let detail = format!("there is no widget type `{unknown}`");
        return Err(Problem::detailed(&INVALID_REQUEST, detail));
    }
    Ok(json_answer(200, &pack.text(&widgets)))
}

/// 200 when a check would be judged now, else 503; either way what there is.
fn ready(app: &App) -> Answer {
    let engine = app.checker.engine();
    let status = engine.status();
    let ready = status.ready && !app.is_draining();
    let versions = app.checker.versions(app.checker.packs().default_pack());
    let report = json!({
        "ready": ready,
        "draining": app.is_draining(),
        "engine": engine.name(),
        "fallback": app.fallback,
        "versions": versions,
        "pool": {
            "concurrency": status.concurrency,
            "idle": status.idle,
            "started": status.started,
            "lost": status.lost,
            "killed": status.killed,
            "inFlight": app.checker.in_flight(),
        },
    });
    json_answer(if ready { 200 } else { 503 }, &report)
}

fn error_page(code: &str) -> Result<Answer, Problem> {
    let kind = KINDS.iter().find(|kind| kind.code == code);
    let kind = kind.ok_or_else(|| Problem::from(&NOT_FOUND))?;
    let page = format!("{} ({})\n\n{}\n", kind.title, kind.status, kind.page);
    Ok(text_answer(200, page))
}
