//! How content reads to a learner.

use super::mathml;
use crate::json::Json;

/// What a learner reads in some inline or block content: white space, minus signs and the split
/// into fragments do not count. Widgets read as what they show.
pub(super) fn of(content: &Json, widgets: Option<&Json>) -> String {
    let mut raw = String::new();
    collect(&mut raw, content, widgets);
    let visible = raw.chars().filter(|c| !UNSEEN.contains(c));
    let plain: String = visible
        .map(|c| if c == '\u{2212}' { '-' } else { c })
        .collect();
    let mut out = String::with_capacity(plain.len());
    for word in plain.split_whitespace() {
        let glued = out.ends_with(SIGNS) || word.starts_with(SIGNS);
        if !out.is_empty() && !glued {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Characters that take no room: zero-width space, word joiner, byte order mark, soft hyphen.
const UNSEEN: [char; 4] = ['\u{200b}', '\u{2060}', '\u{feff}', '\u{ad}'];
/// Signs of calculation: `2 + 3` as text reads as it does in MathML, whose signs space themselves.
const SIGNS: [char; 7] = ['+', '-', '=', '<', '>', '\u{d7}', '\u{f7}'];

fn collect(out: &mut String, content: &Json, widgets: Option<&Json>) {
    match content {
        Json::Array(values) => values.iter().for_each(|value| collect(out, value, widgets)),
        Json::Object(_) => fragment(out, content, widgets),
        _ => {}
    }
}

fn fragment(out: &mut String, value: &Json, widgets: Option<&Json>) {
    let text = |name: &str| value.get(name).and_then(Json::as_str).unwrap_or_default();
    match text("type") {
        "text" => out.push_str(text("content")),
        "math" => out.push_str(&mathml::reading(text("mathml"))),
        "inlineWidgetRef" | "widgetRef" => {
            let shown = widgets.and_then(|all| all.get(text("widgetId")));
            out.push_str(&shown.map(Json::to_canonical).unwrap_or_default());
        }
        "gap" => out.push_str("____"),
        _ => {
            // A block: what it holds, apart from its neighbours.
            out.push(' ');
            for part in ["content", "header", "rows", "items"] {
                for piece in value.get(part).and_then(Json::as_array).unwrap_or_default() {
                    collect(out, piece, widgets);
                    if part != "content" {
                        out.push_str(" / ");
                    }
                }
            }
            out.push(' ');
        }
    }
}

/// Whether a sentence ends in the first fragment and the next starts at once in the second.
pub(super) fn runs_together(first: &Json, second: &Json) -> bool {
    let text = |value: &Json, kind: &str, field: &str| {
        let right = value.get("type").and_then(Json::as_str) == Some(kind);
        value
            .get(field)
            .and_then(Json::as_str)
            .filter(|_| right)
            .map(str::to_owned)
    };
    let Some(before) = text(first, "text", "content") else {
        return false;
    };
    let ended = before.trim_end_matches(['"', '\'', ')', '\u{201d}', '\u{2019}']);
    if !ended.ends_with(['.', '!', '?']) || ended.ends_with("...") {
        return false;
    }
    if text(second, "math", "mathml").is_some() {
        return true;
    }
    let Some(after) = text(second, "text", "content") else {
        return false;
    };
    let Some(next) = after.chars().next() else {
        return false;
    };
    // "3." and "5" are one number.
    let digits = ended
        .chars()
        .rev()
        .nth(1)
        .is_some_and(|c| c.is_ascii_digit());
    next.is_alphabetic() || (next.is_numeric() && !digits)
}

#[cfg(test)]
mod tests {
    use super::{of, runs_together};
    use crate::json::{Json, parse};

    fn json(text: &str) -> Json {
        parse(text.as_bytes()).expect("a test's own JSON")
    }

    fn text(content: &str) -> Json {
        json(&format!(r#"{{"type":"text","content":{content:?}}}"#))
    }

    #[test]
    fn sentences_need_a_space_between_fragments() {
        for (before, after) in [
            ("One.", "Two"),
            ("Why?", "Because"),
            ("He said \"no.\"", "Then"),
        ] {
            assert!(
                runs_together(&text(before), &text(after)),
                "{before}{after}"
            );
        }
        let fine = [
            ("One. ", "Two"),
            ("One.", " Two"),
            ("3.", "5"),
            ("so on...", "then"),
            ("x:", "y"),
            ("apple", "s"),
            ("One", "."),
            ("One.", ""),
            ("(", "x"),
        ];
        for (before, after) in fine {
            assert!(
                !runs_together(&text(before), &text(after)),
                "{before}{after}"
            );
        }
        let math = json(r#"{"type":"math","mathml":"<mn>2</mn>"}"#);
        assert!(runs_together(&text("Done."), &math));
        assert!(!runs_together(&text("is "), &math));
        assert!(!runs_together(&math, &text(".")));
    }

    #[test]
    fn fragments_white_space_and_plain_math_do_not_change_the_reading() {
        let split = json(r#"[{"type":"text","content":" 1"},{"type":"text","content":"2 "}]"#);
        let block =
            json(r#"[{"type":"paragraph","content":[{"type":"math","mathml":"<mn>12</mn>"}]}]"#);
        assert_eq!(of(&split, None), "12");
        assert_eq!(of(&block, None), "12");
        assert_eq!(of(&json(r#"[{"type":"text","content":"−5"}]"#), None), "-5");
        assert_eq!(
            of(
                &json(r#"[{"type":"text","content":"1\u200b2\u00ad"}]"#),
                None
            ),
            "12"
        );
        let sum = json(r#"[{"type":"math","mathml":"<mn>2</mn><mo>+</mo><mn>3</mn>"}]"#);
        assert_eq!(of(&text("2 + 3"), None), of(&sum, None));
        assert_ne!(of(&text("2 3"), None), of(&text("23"), None));
    }

    #[test]
    fn widgets_read_as_what_they_show() {
        let widgets =
            json(r#"{"a":{"n":1,"type":"x"},"b":{"type":"x","n":1},"c":{"type":"x","n":2}}"#);
        let shown = |slot: &str| {
            of(
                &json(&format!(r#"[{{"type":"widgetRef","widgetId":{slot:?}}}]"#)),
                Some(&widgets),
            )
        };
        assert_eq!(shown("a"), shown("b"));
        assert_ne!(shown("a"), shown("c"));
    }
}
