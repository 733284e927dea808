//! Whose work a request is, for the logs: ids that the caller gives in headers.

use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderMap, HeaderValue};
use tracing::{Span, field};

/// Longer than every id of ours.
const MAX_ID: usize = 128;

/// The ids of one request.
#[derive(Debug)]
pub struct Identity {
    request: String,
    run: Option<String>,
    iteration: Option<String>,
}

impl Identity {
    /// Reads the ids; a request without one gets one.
    pub fn of(headers: &HeaderMap) -> Self {
        Self {
            request: id(headers, "x-request-id").unwrap_or_else(fresh),
            run: id(headers, "x-run-id"),
            iteration: id(headers, "x-iteration"),
        }
    }

    /// The request's id as a header.
    pub fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.request).unwrap_or_else(|_| HeaderValue::from_static("-"))
    }

    /// The span that every log line of the request carries.
    pub fn span(&self) -> Span {
        let span = tracing::info_span!(
            "request",
            requestId = %self.request,
            runId = field::Empty,
            iteration = field::Empty
        );
        for (name, value) in [("runId", &self.run), ("iteration", &self.iteration)] {
            if let Some(value) = value {
                span.record(name, value.as_str());
            }
        }
        span
    }
}

/// An id of plain characters; anything else is not taken into a log.
fn id(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
    let good = !value.is_empty() && value.len() <= MAX_ID && value.bytes().all(plain);
    good.then(|| value.to_owned())
}

fn fresh() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!(
        "check-{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::Identity;

    #[test]
    fn only_plain_ids_are_taken_over() {
        let mut headers = HeaderMap::new();
        headers.insert("x-request-id", HeaderValue::from_static("0199-abc"));
        assert_eq!(Identity::of(&headers).header(), "0199-abc");
        headers.insert("x-request-id", HeaderValue::from_static("a\"b, forged"));
        assert_ne!(Identity::of(&headers).header(), "a\"b, forged");
        assert_ne!(
            Identity::of(&headers).header(),
            Identity::of(&headers).header()
        );
    }
}
