//! A request as the host hands it over, and an answer as the host takes it.

use itemsmith_api::{
    Problem, etag,
    problem::{CONTENT_TYPE, Code},
};
use itemsmith_steps::Headers;
use serde::Serialize;

/// One request.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// Upper case, as on the wire.
    pub method: String,
    /// The absolute address.
    pub url: String,
    /// Header fields.
    pub headers: Headers,
    /// The body; `None` when it was longer than the host reads.
    pub body: Option<Vec<u8>>,
}

impl Incoming {
    /// The path of the address, still percent-encoded.
    #[must_use]
    pub fn path(&self) -> &str {
        path(&self.url)
    }

    /// Scheme and host, such as `https://items.example.org`.
    #[must_use]
    pub fn origin(&self) -> &str {
        let host = self.url.find("://").map_or(0, |at| at + 3);
        let end = self.url[host..]
            .find(['/', '?', '#'])
            .map_or(self.url.len(), |at| host + at);
        &self.url[..end]
    }
}

/// The path of an address, still percent-encoded.
pub(crate) fn path(url: &str) -> &str {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = after_scheme.find('/').map_or("/", |at| &after_scheme[at..]);
    path.split(['?', '#']).next().unwrap_or(path)
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The status.
    pub status: u16,
    /// Header fields.
    pub headers: Headers,
    /// The body, always text.
    pub body: String,
}

impl Outgoing {
    /// An answer of JSON that must not be stored.
    #[must_use]
    pub fn json(status: u16, value: &impl Serialize) -> Self {
        match serde_json::to_string(value) {
            Ok(body) => {
                Self::text(status, "application/json", body).with("cache-control", "no-store")
            }
            Err(_) => Problem::new(Code::Internal).into(),
        }
    }

    /// An answer of text.
    #[must_use]
    pub fn text(status: u16, media_type: &str, body: String) -> Self {
        let headers = [("content-type", media_type)].into_iter().collect();
        Self {
            status,
            headers,
            body,
        }
    }

    /// With one more header field.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.set(name, value);
        self
    }

    /// With an entity tag; becomes 304 when the client has that already.
    #[must_use]
    pub fn tagged(self, tag: &str, if_none_match: Option<&str>) -> Self {
        let mut tagged = self.with("etag", tag);
        if etag::matches(if_none_match, tag) {
            tagged.status = 304;
            tagged.body.clear();
        }
        tagged
    }
}

impl From<Problem> for Outgoing {
    fn from(problem: Problem) -> Self {
        let mut answer = Self::text(problem.status(), CONTENT_TYPE, problem.body());
        for (name, value) in problem.headers() {
            answer.headers.set(name, value);
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use itemsmith_steps::Headers;

    use super::{Incoming, Outgoing};

    fn at(url: &str) -> Incoming {
        let url = url.to_owned();
        Incoming {
            method: "GET".to_owned(),
            url,
            headers: Headers::new(),
            body: None,
        }
    }

    #[test]
    fn takes_an_address_apart() {
        let cases = [
            ("http://h:1/a/b?c=/d#e", "/a/b", "http://h:1"),
            ("https://h", "/", "https://h"),
            ("https://h/", "/", "https://h"),
        ];
        for (url, path, origin) in cases {
            let request = at(url);
            assert_eq!((request.path(), request.origin()), (path, origin), "{url}");
        }
    }

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        let answer = || Outgoing::text(200, "text/plain", "x".to_owned());
        let fresh = answer().tagged("\"1\"", Some("\"2\""));
        assert_eq!((fresh.status, fresh.body.as_str()), (200, "x"));
        let same = answer().tagged("\"1\"", Some("\"2\", \"1\""));
        assert_eq!((same.status, same.body.as_str()), (304, ""));
        assert_eq!(same.headers.get("etag"), Some("\"1\""));
    }
}
