//! What a client sends: headers and body.

use http::HeaderMap;
use itemsmith_sql::wire;
use serde::Deserialize;
use serde_json::Value;

use super::{error::Refusal, value::parameter};

/// The headers that change how a request is run and answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) raw_text: bool,
    pub(super) array_mode: bool,
    pub(super) isolation: Option<&'static str>,
    pub(super) read_only: Option<bool>,
    pub(super) deferrable: Option<bool>,
}

/// The header's value, if it is there.
pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Refusal> {
    let read = |value: &'a http::HeaderValue| {
        value
            .to_str()
            .map_err(|_| Refusal::Request(format!("the header {name} is not text")))
    };
    headers.get(name).map(read).transpose()
}

impl Options {
    /// Reads the headers.
    pub(super) fn read(headers: &HeaderMap) -> Result<Self, Refusal> {
        let flag = |name| header(headers, name).map(|value| value.map(|text| text == "true"));
        let isolation = match header(headers, wire::BATCH_ISOLATION_LEVEL)? {
            None => None,
            Some("ReadUncommitted") => Some("READ UNCOMMITTED"),
            Some("ReadCommitted") => Some("READ COMMITTED"),
            Some("RepeatableRead") => Some("REPEATABLE READ"),
            Some("Serializable") => Some("SERIALIZABLE"),
            Some(_) => {
                let levels = "ReadUncommitted, ReadCommitted, RepeatableRead or Serializable";
                let name = wire::BATCH_ISOLATION_LEVEL;
                return Err(Refusal::Request(format!(
                    "the header {name} must be {levels}"
                )));
            }
        };
        Ok(Self {
            raw_text: flag(wire::RAW_TEXT_OUTPUT)?.unwrap_or(false),
            array_mode: flag(wire::ARRAY_MODE)?.unwrap_or(false),
            isolation,
            read_only: flag(wire::BATCH_READ_ONLY)?,
            deferrable: flag(wire::BATCH_DEFERRABLE)?,
        })
    }

    /// The statement that begins a batch.
    pub(super) fn begin(&self) -> String {
        let mut sql = "BEGIN".to_owned();
        if let Some(level) = self.isolation {
            sql.push_str(" ISOLATION LEVEL ");
            sql.push_str(level);
        }
        match self.read_only {
            Some(true) => sql.push_str(" READ ONLY"),
            Some(false) => sql.push_str(" READ WRITE"),
            None => {}
        }
        match self.deferrable {
            Some(true) => sql.push_str(" DEFERRABLE"),
            Some(false) => sql.push_str(" NOT DEFERRABLE"),
            None => {}
        }
        sql
    }
}

/// One statement.
#[derive(Debug)]
pub(super) struct QueryBody {
    pub(super) sql: String,
    pub(super) params: Vec<Option<String>>,
    /// Overrides the header.
    pub(super) array_mode: Option<bool>,
}

/// A body: one statement, or several as one transaction.
#[derive(Debug)]
pub(super) enum Payload {
    One(QueryBody),
    Batch(Vec<QueryBody>),
}

#[derive(Deserialize)]
struct RawQuery {
    query: String,
    #[serde(default)]
    params: Vec<Value>,
    #[serde(default, rename = "arrayMode")]
    array_mode: Option<bool>,
}

#[derive(Deserialize)]
struct RawPayload {
    query: Option<String>,
    #[serde(default)]
    params: Vec<Value>,
    #[serde(default, rename = "arrayMode")]
    array_mode: Option<bool>,
    queries: Option<Vec<RawQuery>>,
}

fn query(raw: RawQuery) -> QueryBody {
    let params = raw.params.into_iter().map(parameter).collect();
    QueryBody {
        sql: raw.query,
        params,
        array_mode: raw.array_mode,
    }
}

impl Payload {
    /// Reads a body.
    pub(super) fn read(body: &[u8]) -> Result<Self, Refusal> {
        let raw: RawPayload = serde_json::from_slice(body).map_err(|error| {
            Refusal::Request(format!(
                "the body is not {{query, params}} or {{queries}}: {error}"
            ))
        })?;
        match (raw.query, raw.queries) {
            (Some(sql), None) => {
                let (params, array_mode) = (raw.params, raw.array_mode);
                Ok(Self::One(query(RawQuery {
                    query: sql,
                    params,
                    array_mode,
                })))
            }
            (None, Some(queries)) => Ok(Self::Batch(queries.into_iter().map(query).collect())),
            _ => Err(Refusal::Request(
                "the body needs either query or queries".to_owned(),
            )),
        }
    }
}
