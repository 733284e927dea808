//! RFC 9457 problem documents with stable codes.

mod code;
mod page;
#[cfg(test)]
mod tests;

pub use code::Code;

use serde::{Deserialize, Serialize};

/// The media type of a problem.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// An error as a client sees it. What it says is written for the client: internal causes go to
/// the log, never in here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Decides the status, the title and the page.
    pub code: Code,
    /// What is wrong this time.
    pub detail: Option<String>,
    /// JSON Pointer into the request's body.
    pub pointer: Option<String>,
    /// Seconds after which a repeat may succeed.
    pub retry_after: Option<u32>,
    /// The methods that the path knows, for `Allow`.
    pub allow: Option<&'static str>,
}

/// A problem on the wire; what the command line reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProblemDocument {
    /// `/errors/{code}`.
    pub r#type: String,
    /// For people; the same for every problem of its code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Stable.
    pub code: String,
    /// What is wrong this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// JSON Pointer into the request's body; empty for all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

impl Problem {
    /// A problem with nothing but its code.
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self {
            code,
            detail: None,
            pointer: None,
            retry_after: None,
            allow: None,
        }
    }

    /// Says what is wrong this time.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Says where in the request's body.
    #[must_use]
    pub fn pointer(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }

    /// Says after how many seconds a repeat may succeed.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.code.status()
    }

    /// The headers that belong to it, lower-case names.
    #[must_use]
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("content-type", CONTENT_TYPE.to_owned()),
            ("cache-control", "no-store".to_owned()),
        ];
        if let Some(seconds) = self.retry_after {
            headers.push(("retry-after", seconds.to_string()));
        }
        if let Some(methods) = self.allow {
            headers.push(("allow", methods.to_owned()));
        }
        if self.code.status() == 401 {
            headers.push(("www-authenticate", "Bearer realm=\"itemsmith\"".to_owned()));
        }
        headers
    }

    /// What goes on the wire.
    #[must_use]
    pub fn document(&self) -> ProblemDocument {
        ProblemDocument {
            r#type: format!("/errors/{}", self.code.as_str()),
            title: self.code.title().to_owned(),
            status: self.status(),
            code: self.code.as_str().to_owned(),
            detail: self.detail.clone(),
            pointer: self.pointer.clone(),
            retry_after: self.retry_after,
        }
    }

    /// The document as JSON text.
    #[must_use]
    pub fn body(&self) -> String {
        serde_json::to_string(&self.document()).unwrap_or_default()
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code.title())?;
        self.detail
            .iter()
            .try_for_each(|detail| write!(f, ": {detail}"))?;
        self.pointer
            .iter()
            .try_for_each(|pointer| write!(f, " (at {pointer:?})"))
    }
}

impl std::error::Error for Problem {}
