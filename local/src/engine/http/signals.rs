//! `POST /v1/signals`: wakes the step that waits for a signal.

use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    super::clock,
    Routes,
    reply::{Refusal, data, refuse, text},
};

/// The largest signal: what it carries becomes a step's output, and those end at 4 MiB.
const LARGEST: usize = 4 * 1024 * 1024;

/// Takes a signal; 404 if no step waits for it, which SDKs do not count as an error.
pub(super) async fn receive(
    routes: &Routes,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Refusal> {
    #[derive(Deserialize)]
    struct Body {
        signal: String,
        #[serde(default)]
        data: Option<Box<RawValue>>,
    }
    #[derive(Serialize)]
    struct Received {
        run_id: String,
    }
    let body = text(request, LARGEST).await?;
    let body: Body = serde_json::from_str(&body).map_err(|error| {
        let message = format!("Invalid signal data: {error}");
        refuse(StatusCode::BAD_REQUEST, message)
    })?;
    let run = routes
        .core
        .commit(move |core| {
            let carried = body.data.as_deref().unwrap_or(RawValue::NULL);
            core.receive_signal(&body.signal, carried, clock::now())
        })
        .await?;
    let run = run.ok_or_else(|| refuse(StatusCode::NOT_FOUND, "No signal found"))?;
    let run_id = run.to_string();
    Ok(data(&Received { run_id }))
}
