//! The page that shows what the engine does, and the JSON routes that it alone uses.
//!
//! ```text
//! GET  /                                  the page
//! GET  /page/FILE                         its style and modules
//! GET  /page/api/runs                     ?status= &function= &text= &before=
//! GET  /page/api/runs/{run}               the run, its steps and the calls under way
//! GET  /page/api/runs/{run}/output        the whole result or error
//! GET  /page/api/runs/{run}/step          ?id= : one step with its values
//! GET  /page/api/runs/{run}/value         ?id= &part=input|output|error : a whole value
//! POST /page/api/runs/{run}/cancel
//! POST /page/api/runs/{run}/rerun
//! GET  /page/api/functions
//! POST /page/api/invoke                   {"function", "data"}
//! GET  /page/api/events                   ?text= &before=
//! GET  /page/api/events/{event}           the event with its runs
//! GET  /page/api/events/{event}/body      the whole event
//! POST /page/api/events                   one event or a list
//! ```

mod actions;
mod events;
mod files;
mod functions;
pub(super) mod guard;
mod runs;
mod step;
mod value;

use std::{collections::HashMap, sync::atomic::Ordering};

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};

use super::{
    Routes, not_found,
    reply::{Refusal, json},
};

type Answer = Result<Response<Full<Bytes>>, Refusal>;

/// Nothing from elsewhere, no inline script or style, no frame around it, and no text that
/// becomes markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'";

/// Answers a route of the page; `path` is what follows `/page`, or nothing for the page itself.
pub(super) async fn route(
    routes: &Routes,
    path: &[&str],
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let answer = permitted(routes, path, request).await;
    let mut response = answer.unwrap_or_else(Refusal::into_response);
    let unauthorized = response.status() == StatusCode::UNAUTHORIZED;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        // The entity tag stays with the page's own script; nothing is left in a browser's cache.
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(
        "cross-origin-resource-policy",
        HeaderValue::from_static("same-origin"),
    );
    if unauthorized {
        let realm = "Basic realm=\"itemsmith engine\", charset=\"UTF-8\"";
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(realm));
    }
    response
}

async fn permitted(routes: &Routes, path: &[&str], request: Request<Incoming>) -> Answer {
    let method = request.method().clone();
    guard::of_the_page(routes, &method, request.headers())?;
    match (&method, path) {
        (&Method::GET, []) => files::file("").ok_or_else(not_found),
        (&Method::GET, [name]) if !name.is_empty() => files::file(name).ok_or_else(not_found),
        (&Method::GET, ["api", path @ ..]) => unless_unchanged(routes, path, &request).await,
        (&Method::POST, ["api", path @ ..]) => change(routes, path, request).await,
        _ => Err(not_found()),
    }
}

/// A view, or 304 without a look at the database when nothing changed since the one that the
/// page has.
async fn unless_unchanged(routes: &Routes, path: &[&str], request: &Request<Incoming>) -> Answer {
    // Before anything is read: a change meanwhile makes the answer newer than its tag, never older.
    let tag = format!(
        "\"{}-{}\"",
        routes.started_at,
        routes.changes.load(Ordering::Acquire)
    );
    let tag = HeaderValue::from_str(&tag).map_err(|_| not_found())?;
    if request.headers().get(header::IF_NONE_MATCH) == Some(&tag) {
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().insert(header::ETAG, tag);
        return Ok(response);
    }
    let query = Query::of(request);
    let mut response = match path {
        ["runs"] => runs::list(routes, &query).await,
        ["runs", run] => runs::one(routes, run).await,
        ["runs", run, "output"] => runs::output(routes, run).await,
        ["runs", run, "step"] => step::one(routes, run, &query).await,
        ["runs", run, "value"] => step::whole(routes, run, &query).await,
        ["functions"] => functions::list(routes).await,
        ["events"] => events::list(routes, &query).await,
        ["events", event] => events::one(routes, event).await,
        ["events", event, "body"] => events::body(routes, event).await,
        _ => Err(not_found()),
    }?;
    response.headers_mut().insert(header::ETAG, tag);
    Ok(response)
}

async fn change(routes: &Routes, path: &[&str], request: Request<Incoming>) -> Answer {
    is_json(request.headers())?;
    match path {
        ["runs", run, "cancel"] => super::runs::cancel(routes, run).await,
        ["runs", run, "rerun"] => actions::rerun(routes, run).await,
        ["invoke"] => actions::invoke(routes, request).await,
        ["events"] => super::events::take(routes, request).await,
        _ => Err(not_found()),
    }
}

/// A form of a foreign page can send text, but not JSON.
fn is_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind
        .split(';')
        .next()
        .is_some_and(|kind| kind.trim() == "application/json")
    {
        return Ok(());
    }
    let message = "the content type must be application/json";
    Err(super::reply::refuse(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        message,
    ))
}

/// What follows the question mark.
struct Query(HashMap<String, String>);

impl Query {
    fn of(request: &Request<Incoming>) -> Self {
        let query = request.uri().query().unwrap_or_default();
        Self(
            form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    /// A parameter that is given and not empty. The database's text holds no NUL: it fits nothing.
    fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name)?;
        (!value.is_empty() && !value.contains('\0')).then_some(value)
    }
}

/// A JSON answer.
fn view(body: &impl serde::Serialize) -> Answer {
    Ok(json(StatusCode::OK, body))
}
