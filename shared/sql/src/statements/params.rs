//! Parameters in their text form.

use std::fmt::Display;

use serde::Serialize;

/// A value that cannot be null.
pub(super) fn text(value: impl Display) -> Option<String> {
    Some(value.to_string())
}

/// JSON text; arrays travel this way too, because the wire would turn a JSON array into an array
/// literal of Postgres.
pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> Option<String> {
    // Maps with string keys and plain structs only, so this cannot fail; null would be refused by
    // the schema rather than stored.
    serde_json::to_string(value).ok()
}
