//! Strict JSON that keeps key order and the exact text of every number.
//!
//! `serde_json` alone accepts duplicate keys, rounds long numbers and does not say *where* a
//! document is wrong; an item must come out of the service exactly as its author wrote it.

mod canonical;
mod parse;
mod path;
mod write;

#[cfg(test)]
mod tests;

pub use parse::{JsonError, JsonErrorKind, MAX_DEPTH, parse};
pub use path::Path;

use crate::digest::Digest;

/// A JSON value: objects keep their key order, numbers their exact text.
///
/// [`parse`] never nests deeper than [`MAX_DEPTH`], so walking and dropping one cannot overflow
/// the stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, exactly as written, e.g. `1.50` or `1e400`.
    Number(String),
    /// A text, its escapes resolved.
    String(String),
    /// Values in order.
    Array(Vec<Json>),
    /// Members in order, each key once.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The member of an object; none for every other kind of value.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_object()?
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// The boolean.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    /// The elements of an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(values) = self {
            Some(values)
        } else {
            None
        }
    }

    /// The members of an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&[(String, Self)]> {
        if let Self::Object(members) = self {
            Some(members)
        } else {
            None
        }
    }

    /// The number as a float; none when it is no number or not finite.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        let Self::Number(text) = self else {
            return None;
        };
        text.parse().ok().filter(|n: &f64| n.is_finite())
    }

    /// The number when it is a whole one that every reader holds exactly: at most 2^53 - 1 in
    /// magnitude. `3.0` and `3e0` count as 3.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        const SAFE: f64 = 9_007_199_254_740_991.0;
        let value = self
            .as_f64()
            .filter(|n| n.fract() == 0.0 && n.abs() <= SAFE)?;
        let Self::Number(text) = self else {
            return None;
        };
        let whole = format!("{value:.0}");
        // A fraction too small for a float (9007199254740991.0000001) must not pass as whole.
        if canonical::number(text) == canonical::number(&whole) {
            whole.parse().ok()
        } else {
            None
        }
    }

    /// What kind of value it is, for messages: `null`, `a number`, …
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }

    /// As `JSON.stringify(value, null, 2)` writes it, but with numbers exactly as they were.
    #[must_use]
    pub fn to_pretty(&self) -> String {
        write::pretty(self)
    }

    /// Without white space, key order and numbers kept.
    #[must_use]
    pub fn to_compact(&self) -> String {
        write::compact(self)
    }

    /// The same text for every way to write the same value: keys sorted, numbers normalised
    /// where that loses nothing, no white space.
    #[must_use]
    pub fn to_canonical(&self) -> String {
        canonical::text(self)
    }

    /// The digest of [`Json::to_canonical`].
    #[must_use]
    pub fn canonical_hash(&self) -> Digest {
        Digest::of(self.to_canonical().as_bytes())
    }
}

/// Bytes that a text takes as a JSON string, its quotes and escapes included.
#[must_use]
pub fn encoded_bytes(text: &str) -> usize {
    write::string_bytes(text)
}

impl From<&serde_json::Value> for Json {
    fn from(value: &serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(number.to_string()),
            Value::String(text) => Self::String(text.clone()),
            Value::Array(values) => Self::Array(values.iter().map(Self::from).collect()),
            Value::Object(members) => Self::Object(
                members
                    .iter()
                    .map(|(k, v)| (k.clone(), Self::from(v)))
                    .collect(),
            ),
        }
    }
}
