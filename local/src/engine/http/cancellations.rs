//! `POST /v1/cancellations`: stops the runs of a function that began in a span of time.

use chrono::DateTime;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use serde::{Deserialize, Serialize};

use super::{
    super::{clock, expression::Expression},
    Routes,
    reply::{Refusal, data, refuse, text},
};

/// A request names one function and one condition.
const LARGEST: usize = 64 * 1024;

/// What is to be stopped; times in RFC 3339.
#[derive(Deserialize)]
struct Cancellation {
    app_id: String,
    function_id: String,
    #[serde(default)]
    started_after: Option<String>,
    started_before: String,
    #[serde(default, rename = "if")]
    condition: Option<String>,
}

/// Stops them; runs that have ended are left alone.
pub(super) async fn create(
    routes: &Routes,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Refusal> {
    #[derive(Serialize)]
    struct Created<'a> {
        id: String,
        function_slug: &'a str,
        started_after: Option<&'a str>,
        started_before: &'a str,
        #[serde(rename = "if", skip_serializing_if = "Option::is_none")]
        condition: Option<&'a str>,
    }
    let bad = |message: String| refuse(StatusCode::BAD_REQUEST, message);
    let moment = |text: &str| {
        DateTime::parse_from_rfc3339(text)
            .map(|date| date.timestamp_millis())
            .map_err(|_| bad(format!("`{text}` is not an RFC 3339 date")))
    };
    let body = text(request, LARGEST).await?;
    let wanted: Cancellation = serde_json::from_str(&body)
        .map_err(|error| bad(format!("Invalid cancellation request: {error}")))?;
    let before = moment(&wanted.started_before)?;
    let after = wanted.started_after.as_deref().map(moment).transpose()?;
    if before > clock::now() {
        return Err(bad("started_before must be in the past".to_owned()));
    }
    if after.is_some_and(|after| after > before) {
        return Err(bad("started_after must be before started_before".to_owned()));
    }
    let condition = (wanted.condition.as_deref())
        .filter(|text| !text.is_empty())
        .map(Expression::parse)
        .transpose()
        .map_err(|error| bad(format!("invalid expression: {error}")))?;
    let slug = format!("{}-{}", wanted.app_id, wanted.function_id);
    let (function, began) = (slug.clone(), after.unwrap_or_default()..=before);
    let known = routes
        .core
        .commit(move |core| {
            core.cancel_matching(&function, &began, condition.as_ref(), clock::now())
        })
        .await?;
    if !known {
        return Err(refuse(StatusCode::NOT_FOUND, "function not found"));
    }
    Ok(data(&Created {
        id: clock::new_id(clock::now()).to_string(),
        function_slug: &slug,
        started_after: wanted.started_after.as_deref(),
        started_before: &wanted.started_before,
        condition: wanted.condition.as_deref(),
    }))
}
