//! Errors, in the shape that the protocol gives them.

use std::{io, net::SocketAddr};

use fallible_iterator::FallibleIterator;
use http::StatusCode;
use postgres_protocol::message::backend::ErrorResponseBody;
use serde::Serialize;

/// Why the gateway does not run.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}; choose another one with --listen")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The configured database.
    #[error("DATABASE_URL is not a Postgres connection string with host, user and database: {0}")]
    Database(String),
}

/// Why a request was not answered with rows.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Postgres's own error, or one in its shape: 400.
    Sql(Box<SqlFields>),
    /// A header or a body that is not of this protocol: 400.
    Request(String),
    /// The body is too large: 413.
    RequestTooLarge,
    /// The answer is too large: 507.
    AnswerTooLarge,
    /// Postgres cannot be reached, or was lost on the way: 500.
    Unreachable(String),
}

/// Every field of an error of Postgres, by the names of the protocol.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SqlFields {
    pub(super) message: String,
    pub(super) code: Option<String>,
    pub(super) detail: Option<String>,
    pub(super) hint: Option<String>,
    pub(super) position: Option<String>,
    pub(super) internal_position: Option<String>,
    pub(super) internal_query: Option<String>,
    pub(super) severity: Option<String>,
    #[serde(rename = "where")]
    pub(super) context: Option<String>,
    pub(super) table: Option<String>,
    pub(super) column: Option<String>,
    pub(super) schema: Option<String>,
    pub(super) data_type: Option<String>,
    pub(super) constraint: Option<String>,
    pub(super) file: Option<String>,
    pub(super) line: Option<String>,
    pub(super) routine: Option<String>,
}

impl SqlFields {
    /// Reads Postgres's error message.
    pub(super) fn read(body: &ErrorResponseBody) -> io::Result<Self> {
        let mut read = Self::default();
        let mut fields = body.fields();
        while let Some(field) = fields.next()? {
            let text = String::from_utf8_lossy(field.value_bytes()).into_owned();
            let place = match field.type_() {
                b'M' => {
                    read.message = text;
                    continue;
                }
                // The severity that is not translated wins.
                b'V' => &mut read.severity,
                b'S' if read.severity.is_none() => &mut read.severity,
                b'C' => &mut read.code,
                b'D' => &mut read.detail,
                b'H' => &mut read.hint,
                b'P' => &mut read.position,
                b'p' => &mut read.internal_position,
                b'q' => &mut read.internal_query,
                b'W' => &mut read.context,
                b's' => &mut read.schema,
                b't' => &mut read.table,
                b'c' => &mut read.column,
                b'd' => &mut read.data_type,
                b'n' => &mut read.constraint,
                b'F' => &mut read.file,
                b'L' => &mut read.line,
                b'R' => &mut read.routine,
                _ => continue,
            };
            *place = Some(text);
        }
        Ok(read)
    }
}

impl Refusal {
    /// A lost or impossible connection.
    pub(super) fn unreachable(error: &io::Error) -> Self {
        Self::Unreachable(format!("the database cannot be reached: {error}"))
    }

    /// The status and the body.
    pub(super) fn answer(self) -> (StatusCode, String) {
        let plain = |message: String| SqlFields {
            message,
            ..SqlFields::default()
        };
        let (status, fields) = match self {
            Self::Sql(fields) => (StatusCode::BAD_REQUEST, *fields),
            Self::Request(message) => (StatusCode::BAD_REQUEST, plain(message)),
            Self::RequestTooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                plain("request is too large (max 10 MiB)".into()),
            ),
            Self::AnswerTooLarge => (
                StatusCode::INSUFFICIENT_STORAGE,
                plain("response is too large (max 10 MiB)".into()),
            ),
            Self::Unreachable(message) => (StatusCode::INTERNAL_SERVER_ERROR, plain(message)),
        };
        let body = serde_json::to_string(&fields);
        // Strings only, so it is always JSON.
        (
            status,
            body.unwrap_or_else(|_| r#"{"message":"internal error"}"#.to_owned()),
        )
    }
}
