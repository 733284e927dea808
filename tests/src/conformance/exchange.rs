//! A request and its answer, as they went over the wire.

use std::collections::BTreeMap;

/// One side of an exchange.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// Header fields, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

/// A request and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Whether the engine asked the app, or the app the engine.
    pub to_app: bool,
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// What was asked.
    pub request: Message,
    /// The answer's status; 0 if none came.
    pub status: u16,
    /// The answer.
    pub response: Message,
}

impl Exchange {
    /// The path without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// A field of the query.
    pub fn query(&self, name: &str) -> Option<&str> {
        let (_, query) = self.target.split_once('?')?;
        query
            .split('&')
            .filter_map(|field| field.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }
}

/// Header fields by name; of several of one name the last.
pub fn headers(map: &hyper::HeaderMap) -> BTreeMap<String, String> {
    map.iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect()
}
