//! `POST /v1/checkpoint/{run}/async`: an app reports steps and goes on within the same call.

use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use serde::Deserialize;
use ulid::Ulid;

use super::{
    super::{
        clock,
        core::{Checkpoint, Checkpointed},
        wire::Op,
    },
    Routes,
    reply::{Refusal, refuse, text},
    runs,
};

/// The largest checkpoint: all that a run may remember, and what comes around it.
const LARGEST: usize = 36 * 1024 * 1024;

/// Takes a checkpoint; the steps are durable before the answer. 409 tells the app to stop: its
/// call was given up, or its run is over.
pub(super) async fn asynchronous(
    routes: &Routes,
    run: &str,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Refusal> {
    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        fn_id: Option<String>,
        #[serde(default)]
        qi_id: Option<String>,
        #[serde(default)]
        request_id: Option<String>,
        #[serde(default)]
        steps: Vec<Op>,
    }
    let told = |field: Option<String>| field.filter(|text| !text.is_empty());
    let body = text(request, LARGEST).await?;
    let body: Body = serde_json::from_str(&body).map_err(|error| {
        let message = format!("invalid request body: {error}");
        refuse(StatusCode::BAD_REQUEST, message)
    })?;
    let job = told(body.qi_id)
        .map(|id| id.parse())
        .transpose()
        .map_err(|_| refuse(StatusCode::BAD_REQUEST, "qi_id is none of this engine's"))?;
    let checkpoint = Checkpoint {
        run: Ulid::from_string(run).map_err(|_| runs::unknown())?,
        function: told(body.fn_id),
        job,
        request_id: told(body.request_id),
        steps: body.steps,
    };
    let outcome = routes
        .core
        .commit(move |core| core.checkpoint(&checkpoint, clock::now()))
        .await?;
    match outcome {
        Checkpointed::Taken => Ok(Response::new(Full::default())),
        Checkpointed::Stale => Err(refuse(
            StatusCode::CONFLICT,
            "stale dispatch: another call goes on with this run",
        )),
        Checkpointed::Over => {
            let status: String = runs::find(routes, run).await?.get("status");
            let message = format!("the run is over: {status}");
            Err(refuse(StatusCode::CONFLICT, message))
        }
        Checkpointed::Refused(why) => Err(refuse(
            StatusCode::BAD_REQUEST,
            format!("Failed to checkpoint steps: {why}"),
        )),
    }
}
