//! Values as the page shows them: JSON as text, cut when large, with the whole elsewhere.

use http::{HeaderValue, Response, header};
use http_body_util::Full;
use hyper::body::Bytes;
use serde::Serialize;
use tokio_postgres::Row;

/// The most characters of a value that a view holds: a screenful is far less.
pub(super) const SHOWN: i32 = 20_000;

/// A value's JSON text, as far as it is shown. Text, because numbers and the order of fields
/// stay exactly as they were written.
#[derive(Debug, Serialize)]
pub(super) struct Value {
    text: String,
    bytes: i64,
    cut: bool,
}

/// The columns of a value in a query: its start and its size.
pub(super) fn columns(column: &str, name: &str) -> String {
    format!("left({column}, {SHOWN}) AS {name}, octet_length({column})::bigint AS {name}_bytes")
}

/// Reads those columns.
pub(super) fn read(row: &Row, name: &str) -> Option<Value> {
    let text: String = row.get::<_, Option<String>>(name)?;
    let bytes: i64 = row.get(format!("{name}_bytes").as_str());
    let cut = usize::try_from(bytes).is_ok_and(|bytes| bytes > text.len());
    Some(Value { text, bytes, cut })
}

/// A whole value, as text that no browser takes for a page.
pub(super) fn whole(text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text.into()));
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}
