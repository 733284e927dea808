//! Failed attempts, as they are kept for people: bounded, whatever an app reports.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{clock::Millis, retry::MOST_RETRIES};

/// The most that are kept of one step or run; the oldest give way. Retries end before that, but
/// calls that break off after a checkpoint begin anew.
const MOST: usize = MOST_RETRIES as usize + 1;
/// The most characters kept of an error's parts: the whole last error is kept beside the list, so
/// that this only has to tell attempts apart.
const NAME: usize = 200;
const MESSAGE: usize = 1000;
const STACK: usize = 2000;

/// Failed attempts as a JSON list, oldest first, or nothing at all: most steps never fail, and then
/// this costs no memory and no bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct Attempts(Option<Arc<str>>);

#[derive(Serialize)]
struct Attempt {
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Millis>,
    ended_at: Millis,
    error: Shown,
}

/// An error's parts, cut.
#[derive(Serialize, Deserialize)]
struct Shown {
    #[serde(default)]
    name: String,
    #[serde(default)]
    message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stack: Option<String>,
}

impl Attempts {
    /// A stored list.
    pub(super) fn restored(json: Option<&str>) -> Self {
        Self(json.map(Arc::from))
    }

    /// The list as JSON, if anything failed.
    pub(super) fn as_json(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The list with one more; `error` is the error as JSON.
    #[must_use]
    pub(super) fn and(&self, started_at: Option<Millis>, ended_at: Millis, error: &str) -> Self {
        let attempt = Attempt {
            started_at,
            ended_at,
            error: shown(error),
        };
        let attempt = serde_json::value::to_raw_value(&attempt);
        let mut list: Vec<Box<RawValue>> = self
            .as_json()
            .and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or_default();
        list.drain(..(list.len() + 1).saturating_sub(MOST));
        list.extend(attempt);
        Self(serde_json::to_string(&list).ok().map(Arc::from))
    }
}

fn shown(error: &str) -> Shown {
    let mut shown: Shown = serde_json::from_str(error).unwrap_or_else(|_| Shown {
        name: String::new(),
        message: error.to_owned(),
        stack: None,
    });
    cut(&mut shown.name, NAME);
    cut(&mut shown.message, MESSAGE);
    if let Some(stack) = &mut shown.stack {
        cut(stack, STACK);
    }
    shown
}

fn cut(text: &mut String, most: usize) {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn list(attempts: &Attempts) -> Vec<Value> {
        serde_json::from_str(attempts.as_json().unwrap()).unwrap()
    }

    #[test]
    fn attempts_are_listed_in_order_with_their_errors() {
        let one = Attempts::default().and(Some(1), 2, r#"{"name":"E","message":"one"}"#);
        let two = one.and(None, 4, r#""not an object""#);
        assert_eq!(
            list(&two),
            [
                json!({"started_at": 1, "ended_at": 2, "error": {"name": "E", "message": "one"}}),
                json!({"ended_at": 4, "error": {"name": "", "message": "\"not an object\""}}),
            ]
        );
    }

    #[test]
    fn neither_many_attempts_nor_large_errors_grow_the_list_without_end() {
        let error = json!({"message": "é".repeat(50_000), "stack": "s".repeat(50_000)}).to_string();
        let mut attempts = Attempts::default();
        for at in 0..100 {
            attempts = attempts.and(None, at, &error);
        }
        let list = list(&attempts);
        assert_eq!((list.len(), list[0]["ended_at"].as_i64()), (MOST, Some(79)));
        assert!(attempts.as_json().unwrap().len() < MOST * 5000);
    }
}
