//! What a program leaves in a text when a value was missing.

use super::{rule, walk::Walk};
use crate::json::Json;

/// How JavaScript writes a value that is not there, is no number, or is an object.
const LEFT_OVERS: [&str; 3] = ["undefined", "NaN", "[object Object]"];

/// Looks at every text of the item, widgets' own fields included.
pub(super) fn check<'a>(walk: &mut Walk<'a>, value: &'a Json) {
    match value {
        Json::String(text) => {
            if let Some(found) = LEFT_OVERS.into_iter().find(|word| has_word(text, word)) {
                let message = format!("{found:?} stands in this text: a value was missing");
                walk.report(rule::UNFILLED, message);
            }
        }
        Json::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                walk.index(index, |walk| check(walk, value));
            }
        }
        Json::Object(members) => {
            for (key, value) in members {
                walk.key(key, |walk| check(walk, value));
            }
        }
        _ => {}
    }
}

/// Whether `word` stands in `text` with no letter or digit right before or after it.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::has_word;

    #[test]
    fn only_whole_words_count() {
        for text in [
            "undefined",
            "a-undefined-b",
            "<mn>undefined</mn>",
            "x_undefined",
        ] {
            assert!(has_word(text, "undefined"), "{text}");
        }
        assert!(!has_word("BaNaNas", "NaN"));
        assert!(!has_word("undefinedness", "undefined"));
    }
}
