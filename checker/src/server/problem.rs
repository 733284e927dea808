//! Problem documents of the checker: a stable code for everything that is no verdict.

use itemsmith_api::problem::{CONTENT_TYPE, ProblemDocument};

use super::{Answer, answer};
use crate::{check::CheckFailure, engine::EngineError, sandbox::SandboxError};

/// A kind of problem.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Stable; the page is `/errors/{code}`.
    pub code: &'static str,
    /// HTTP status.
    pub status: u16,
    /// One line for people.
    pub title: &'static str,
    /// Why it happens and what to do.
    pub page: &'static str,
    /// Seconds after which a repeat may succeed.
    pub retry_after: Option<u32>,
}

macro_rules! kinds {
    ($($name:ident, $code:literal, $status:literal, $retry:expr, $title:literal, $page:literal;)+) => {
        $(pub(super) const $name: Kind =
            Kind { code: $code, status: $status, title: $title, page: $page, retry_after: $retry };)+
        /// Every kind.
        pub(super) const KINDS: &[&Kind] = &[$(&$name,)+];
    };
}

kinds! {
    MALFORMED_JSON, "malformed_json", 400, None, "The body is not JSON",
        "The body is not one JSON value in UTF-8. The detail names the line and the column.";
    UNAUTHORIZED, "unauthorized", 401, None, "A valid key is required",
        "Send `Authorization: Bearer <key>` with the key that the service was started with (CHECKER_KEY).";
    NOT_FOUND, "not_found", 404, None, "There is nothing here",
        "The path, the contract pack or the error code is not known. GET /v1/contracts lists the packs.";
    METHOD_NOT_ALLOWED, "method_not_allowed", 405, None, "The path does not take this method",
        "The Allow header lists the methods that work.";
    REQUEST_TIMEOUT, "request_timeout", 408, None, "The body came too slowly",
        "The whole body must arrive within ten seconds.";
    BODY_TOO_LARGE, "body_too_large", 413, None, "The body is too large",
        "A body has at most 2 MiB: a source of 64 KiB, and its source item.";
    UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", 415, None, "The body must be JSON",
        "Send `Content-Type: application/json` and no Content-Encoding.";
    INVALID_REQUEST, "invalid_request", 422, None, "The request breaks a rule",
        "The body is JSON, but a field is unknown, missing, of the wrong type or out of range. The detail says which.";
    INTERNAL, "internal", 500, Some(1), "The service failed",
        "Something that must not happen did; it was logged under the answer's x-request-id.";
    COMPILER_LOST, "compiler_lost", 503, Some(1), "The compiler was lost in the middle of the check",
        "The compiler's or the sandbox's process was ended from outside. Another one is there already: send the check again. This says nothing about the template.";
    COMPILER_UNAVAILABLE, "compiler_unavailable", 503, Some(5), "The compiler cannot be started",
        "The compiler's or the sandbox's process does not start or does not answer as it should. GET /ready says more, and the log all of it.";
    DEADLINE, "deadline", 503, Some(1), "The check did not finish in time",
        "The machine was too busy. Send the check again: a template that is itself too much for the compiler gets a verdict (9004), never this.";
    OVERLOADED, "overloaded", 503, Some(1), "Too many checks are waiting",
        "The queue is full. Send the check again after Retry-After.";
    DRAINING, "draining", 503, Some(1), "The service is stopping",
        "The service answers what it has and takes nothing new.";
}

/// One problem.
#[derive(Debug)]
pub struct Problem {
    /// Which one.
    pub kind: &'static Kind,
    /// What is wrong this time.
    pub detail: Option<String>,
    /// JSON Pointer into the request's body.
    pub pointer: Option<&'static str>,
    /// The methods that the path takes.
    pub allow: Option<&'static str>,
}

impl From<&'static Kind> for Problem {
    fn from(kind: &'static Kind) -> Self {
        Self {
            kind,
            detail: None,
            pointer: None,
            allow: None,
        }
    }
}

impl Problem {
    /// A problem with what is wrong this time.
    pub fn detailed(kind: &'static Kind, detail: impl Into<String>) -> Self {
        Self {
            detail: Some(detail.into()),
            ..Self::from(kind)
        }
    }

    /// The response.
    pub fn answer(&self) -> Answer {
        let document = ProblemDocument {
            r#type: format!("/errors/{}", self.kind.code),
            title: self.kind.title.to_owned(),
            status: self.kind.status,
            code: self.kind.code.to_owned(),
            detail: self.detail.clone(),
            pointer: self.pointer.map(str::to_owned),
            retry_after: self.kind.retry_after,
        };
        let mut headers = vec![("cache-control", "no-store".to_owned())];
        if let Some(seconds) = self.kind.retry_after {
            headers.push(("retry-after", seconds.to_string()));
        }
        if let Some(methods) = self.allow {
            headers.push(("allow", methods.to_owned()));
        }
        if self.kind.status == 401 {
            headers.push((
                "www-authenticate",
                "Bearer realm=\"itemsmith-checker\"".to_owned(),
            ));
        }
        let body = serde_json::to_string(&document).unwrap_or_default();
        answer(self.kind.status, CONTENT_TYPE, body, headers)
    }
}

impl From<CheckFailure> for Problem {
    fn from(failure: CheckFailure) -> Self {
        let detail = failure.to_string();
        match failure {
            CheckFailure::Invalid { pointer, detail } => Self {
                pointer: Some(pointer),
                ..Self::detailed(&INVALID_REQUEST, detail)
            },
            CheckFailure::UnknownContract { .. } => Self {
                pointer: Some("/contract"),
                ..Self::detailed(&INVALID_REQUEST, detail)
            },
            CheckFailure::Overloaded => Self::from(&OVERLOADED),
            CheckFailure::Engine(error) => Self::from(match error {
                EngineError::Lost => &COMPILER_LOST,
                EngineError::Deadline => &DEADLINE,
                EngineError::Start(_) | EngineError::Protocol(_) => &COMPILER_UNAVAILABLE,
            }),
            CheckFailure::Sandbox(error) => Self::from(match error {
                SandboxError::Died(_) => &COMPILER_LOST,
                SandboxError::Deadline => &DEADLINE,
                _ => &COMPILER_UNAVAILABLE,
            }),
            CheckFailure::Policy(_) | CheckFailure::Internal => Self::from(&INTERNAL),
        }
    }
}
