//! `POST /fn/register`: an app says what it can run.

use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};

use super::{
    super::{clock, function},
    Routes, permitted,
    reply::{Refusal, json, refuse, text},
};

/// A registration lists functions with their settings; this is room for thousands.
const LARGEST: usize = 4 * 1024 * 1024;

/// Takes a registration, or refuses it naming what it asks for in vain.
pub(super) async fn register(
    routes: &Routes,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Refusal> {
    if !permitted(routes, request.headers()) {
        return Err(refuse(
            StatusCode::UNAUTHORIZED,
            "the signing key is missing or wrong",
        ));
    }
    let ours = if routes.signing_key.is_some() {
        "cloud"
    } else {
        "dev"
    };
    let expected = request.headers().get("x-inngest-expected-server-kind");
    if let Some(expected) = expected.and_then(|kind| kind.to_str().ok())
        && !expected.is_empty()
        && expected != ours
    {
        return Err(refuse(
            StatusCode::BAD_REQUEST,
            format!("the app expects a `{expected}` server; this is a `{ours}` one"),
        ));
    }
    let body = text(request, LARGEST).await?;
    let app = function::parse(&body).map_err(|error| {
        tracing::warn!(%error, "a registration is refused");
        refuse(StatusCode::BAD_REQUEST, error)
    })?;
    let modified = routes
        .core
        .commit(move |core| core.register(app, clock::now()))
        .await?;
    Ok(json(
        StatusCode::OK,
        &serde_json::json!({"ok": true, "status": 200, "modified": modified}),
    ))
}
