//! Reading a body: capped while it streams, and in a bounded time.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Body;

use super::problem::{
    BODY_TOO_LARGE, MALFORMED_JSON, Problem, REQUEST_TIMEOUT, UNSUPPORTED_MEDIA_TYPE,
};

/// A source has at most 64 KiB and an item at most half a megabyte; as JSON strings both can take
/// twice their size, and 2 MiB leave room for all of it.
pub const MAX_BODY: usize = 2 << 20;
/// 2 MiB in ten seconds is 1.7 Mbit/s; no client of ours is slower.
const MAX_TIME: Duration = Duration::from_secs(10);

/// Reads a JSON body.
pub async fn read<B>(headers: &HeaderMap, body: B) -> Result<Bytes, Problem>
where
    B: Body<Data = Bytes>,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    if !is_json(headers) || headers.contains_key(header::CONTENT_ENCODING) {
        return Err(Problem::from(&UNSUPPORTED_MEDIA_TYPE));
    }
    if body.size_hint().lower() > u64::try_from(MAX_BODY).unwrap_or(u64::MAX) {
        return Err(Problem::from(&BODY_TOO_LARGE));
    }
    let collected = tokio::time::timeout(MAX_TIME, Limited::new(body, MAX_BODY).collect());
    match collected.await {
        Err(_) => Err(Problem::from(&REQUEST_TIMEOUT)),
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::from(&BODY_TOO_LARGE)),
        Ok(Err(_)) => Err(Problem::detailed(&MALFORMED_JSON, "the body was cut off")),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = value
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/json")
}
