//! The wire of Neon's SQL over HTTP: what is sent and how answers and errors are read.
//!
//! Rows are always asked for as arrays of raw text: the decoded form mishandles some values (an
//! empty array literal for one) and loses digits of large numbers.

use serde::{Deserialize, Serialize};

use crate::{Answer, ErrorKind, SqlError, Statement};

/// Where the statement runs: a Postgres connection string; required.
pub const CONNECTION_STRING: &str = "Neon-Connection-String";
/// Values as raw text rather than decoded; compared with exactly `true`.
pub const RAW_TEXT_OUTPUT: &str = "Neon-Raw-Text-Output";
/// Rows as arrays rather than objects; compared with exactly `true`.
pub const ARRAY_MODE: &str = "Neon-Array-Mode";
/// Isolation level of a batch.
pub const BATCH_ISOLATION_LEVEL: &str = "Neon-Batch-Isolation-Level";
/// Whether a batch is read-only.
pub const BATCH_READ_ONLY: &str = "Neon-Batch-Read-Only";
/// Whether a batch is deferrable.
pub const BATCH_DEFERRABLE: &str = "Neon-Batch-Deferrable";

/// Bytes of a request or an answer at most: what the protocol's proxy allows (10 MiB).
pub const MAX_MESSAGE_BYTES: usize = 10 * 1024 * 1024;

/// One HTTP request to be sent as `POST`.
#[derive(Clone, PartialEq, Eq)]
pub struct SqlRequest {
    /// Headers; the connection string among them is a secret.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: String,
}

/// How far a batch is kept apart from other transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Each statement sees what was committed before it.
    ReadCommitted,
    /// All statements see what was committed before the first.
    RepeatableRead,
    /// As if transactions ran one after the other.
    Serializable,
}

impl Isolation {
    const fn as_str(self) -> &'static str {
        match self {
            Self::ReadCommitted => "ReadCommitted",
            Self::RepeatableRead => "RepeatableRead",
            Self::Serializable => "Serializable",
        }
    }
}

#[derive(Serialize)]
struct One<'a> {
    query: &'a str,
    params: &'a [Option<String>],
}

impl<'a> From<&'a Statement> for One<'a> {
    fn from(statement: &'a Statement) -> Self {
        Self {
            query: statement.sql,
            params: &statement.params,
        }
    }
}

#[derive(Serialize)]
struct Batch<'a> {
    queries: Vec<One<'a>>,
}

fn headers(connection_string: &str) -> Vec<(&'static str, String)> {
    vec![
        ("Content-Type", "application/json".to_owned()),
        (CONNECTION_STRING, connection_string.to_owned()),
        (RAW_TEXT_OUTPUT, "true".to_owned()),
        (ARRAY_MODE, "true".to_owned()),
    ]
}

fn body(value: &impl Serialize) -> Result<String, SqlError> {
    let text = serde_json::to_string(value)
        .map_err(|_| SqlError::new(ErrorKind::Protocol, "the statement cannot be encoded"))?;
    if text.len() > MAX_MESSAGE_BYTES {
        return Err(SqlError::new(
            ErrorKind::TooLarge,
            "the statement is larger than 10 MiB",
        ));
    }
    Ok(text)
}

/// The request of one statement, committed on its own.
///
/// # Errors
/// When it is larger than the wire allows.
pub fn encode(connection_string: &str, statement: &Statement) -> Result<SqlRequest, SqlError> {
    let body = body(&One::from(statement))?;
    Ok(SqlRequest {
        headers: headers(connection_string),
        body,
    })
}

/// The request of several statements in one transaction.
///
/// # Errors
/// When it is larger than the wire allows.
pub fn encode_batch(
    connection_string: &str,
    statements: &[Statement],
    isolation: Isolation,
    read_only: bool,
) -> Result<SqlRequest, SqlError> {
    let body = body(&Batch {
        queries: statements.iter().map(One::from).collect(),
    })?;
    let mut headers = headers(connection_string);
    headers.push((BATCH_ISOLATION_LEVEL, isolation.as_str().to_owned()));
    headers.push((BATCH_READ_ONLY, read_only.to_string()));
    Ok(SqlRequest { headers, body })
}

#[derive(Deserialize)]
struct RawAnswer {
    fields: Vec<RawField>,
    rows: Vec<Vec<Option<String>>>,
}

#[derive(Deserialize)]
struct RawField {
    name: String,
}

#[derive(Deserialize)]
struct RawBatch {
    results: Vec<RawAnswer>,
}

#[derive(Deserialize)]
struct RawError {
    message: String,
    code: Option<String>,
    detail: Option<String>,
    constraint: Option<String>,
}

impl From<RawAnswer> for Answer {
    fn from(raw: RawAnswer) -> Self {
        Self {
            columns: raw.fields.into_iter().map(|f| f.name).collect(),
            rows: raw.rows,
        }
    }
}

/// Reads the answer to [`encode`].
///
/// # Errors
/// The database's error, classified, or an answer that is not of this protocol.
pub fn decode(status: u16, body: &[u8]) -> Result<Answer, SqlError> {
    read::<RawAnswer>(status, body).map(Answer::from)
}

/// Reads the answer to [`encode_batch`]: one per statement.
///
/// # Errors
/// The database's error, which does not say which statement it was, or an answer that is not of
/// this protocol.
pub fn decode_batch(status: u16, body: &[u8]) -> Result<Vec<Answer>, SqlError> {
    let batch: RawBatch = read(status, body)?;
    Ok(batch.results.into_iter().map(Answer::from).collect())
}

fn read<T: serde::de::DeserializeOwned>(status: u16, body: &[u8]) -> Result<T, SqlError> {
    if status == 200 {
        return serde_json::from_slice(body).map_err(|error| {
            // Only where it broke, never what stood there.
            let place = format!("line {}, column {}", error.line(), error.column());
            let message = format!("the database's answer cannot be read ({place})");
            SqlError::new(ErrorKind::Protocol, message)
        });
    }
    Err(failure(status, body))
}

fn failure(status: u16, body: &[u8]) -> SqlError {
    let Ok(raw) = serde_json::from_slice::<RawError>(body) else {
        return SqlError::new(of_status(status), format!("HTTP status {status}"));
    };
    let kind = match raw.code.as_deref() {
        // The proxy's own refusals have no code.
        None | Some("") => of_status(status),
        Some(code) => match ErrorKind::of_sqlstate(code) {
            // A code of the proxy's own, or an internal error: the status says whose fault it is.
            ErrorKind::Other if status >= 500 => of_status(status),
            kind => kind,
        },
    };
    SqlError {
        kind,
        message: raw.message,
        code: raw.code,
        constraint: raw.constraint,
        detail: raw.detail,
    }
}

const fn of_status(status: u16) -> ErrorKind {
    match status {
        413 | 507 => ErrorKind::TooLarge,
        // Refused by the proxy before a statement ran: a header, the user or the password.
        400 | 401 | 403 => ErrorKind::Rejected,
        408 | 425 | 429 | 500..=599 => ErrorKind::Unavailable,
        _ => ErrorKind::Protocol,
    }
}

#[cfg(test)]
mod tests {
    use super::{CONNECTION_STRING, Isolation, decode, decode_batch, encode, encode_batch};
    use crate::{ErrorKind, Statement};

    fn statement() -> Statement {
        Statement {
            sql: "SELECT $1::numeric, $2::text",
            params: vec![Some("99999999999999999999".into()), None],
        }
    }

    #[test]
    fn parameters_travel_as_strings_and_nulls() {
        let request = encode("postgres://u:p@h/d", &statement()).unwrap();
        assert_eq!(
            request.body,
            r#"{"query":"SELECT $1::numeric, $2::text","params":["99999999999999999999",null]}"#
        );
        let header = |name| {
            request
                .headers
                .iter()
                .find(|(n, _)| *n == name)
                .map(|(_, v)| &**v)
        };
        assert_eq!(header(CONNECTION_STRING), Some("postgres://u:p@h/d"));
        assert_eq!(header("Neon-Array-Mode"), Some("true"));
        assert_eq!(header("Neon-Raw-Text-Output"), Some("true"));
        let batch = encode_batch("c", &[statement()], Isolation::RepeatableRead, true).unwrap();
        assert!(batch.body.starts_with(r#"{"queries":[{"query":"#));
        assert!(
            batch
                .headers
                .contains(&("Neon-Batch-Read-Only", "true".into()))
        );
        assert!(
            batch
                .headers
                .contains(&("Neon-Batch-Isolation-Level", "RepeatableRead".into()))
        );
    }

    #[test]
    fn rows_are_read_as_text() {
        let body = br#"{"rowAsArray":true,"fields":[{"name":"a","dataTypeID":25},{"name":"b"}],
            "rows":[["1",null],["{}",""]],"command":"SELECT","rowCount":2}"#;
        let answer = decode(200, body).unwrap();
        assert_eq!(answer.columns, ["a", "b"]);
        assert_eq!(answer.rows[1], [Some("{}".to_owned()), Some(String::new())]);
        let batch = [br#"{"results":["#.as_slice(), body, b"]}"].concat();
        assert_eq!(decode_batch(200, &batch).unwrap(), [answer]);
    }

    #[test]
    fn errors_are_classified_by_sqlstate_then_by_status() {
        let body = br#"{"message":"duplicate key","code":"23505","constraint":"k","detail":null}"#;
        let error = decode(400, body).unwrap_err();
        assert_eq!(
            (error.kind, error.constraint.as_deref()),
            (ErrorKind::Conflict, Some("k"))
        );
        let cases: [(u16, &[u8], ErrorKind); 7] = [
            (
                500,
                br#"{"message":"could not wake the compute","code":"XX000"}"#,
                ErrorKind::Unavailable,
            ),
            (
                500,
                br#"{"message":"refused","code":"23514"}"#,
                ErrorKind::Refused,
            ),
            (
                400,
                br#"{"message":"password authentication failed"}"#,
                ErrorKind::Rejected,
            ),
            (
                507,
                br#"{"message":"response is too large"}"#,
                ErrorKind::TooLarge,
            ),
            (502, b"<html>bad gateway</html>", ErrorKind::Unavailable),
            (404, b"", ErrorKind::Protocol),
            (200, b"{\"rows\":", ErrorKind::Protocol),
        ];
        for (status, body, kind) in cases {
            assert_eq!(decode(status, body).unwrap_err().kind, kind, "{status}");
        }
    }
}
