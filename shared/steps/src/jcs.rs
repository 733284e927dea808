//! The canonical form of a JSON text (RFC 8785): keys sorted by UTF-16, numbers as JavaScript
//! writes them, no white space.

use std::fmt::Write as _;

use serde_json::Value;

/// The canonical form; `None` if the bytes are not JSON (or nest deeper than 127 levels).
pub(crate) fn canonical(json: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(json).ok()?;
    let mut text = String::with_capacity(json.len());
    write(&mut text, &value)?;
    Some(text)
}

fn write(text: &mut String, value: &Value) -> Option<()> {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => {
            text.push_str(&serde_json::to_string(value).ok()?);
        }
        Value::Number(number) => write_number(text, number.as_f64()?),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(text, item)?;
            }
            text.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            text.push('{');
            for (index, (key, field)) in fields.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&serde_json::to_string(key).ok()?);
                text.push(':');
                write(text, field)?;
            }
            text.push('}');
        }
    }
    Some(())
}

/// ECMAScript's `Number::toString`: the shortest digits that read back as the same number, plain
/// from 1e-6 to below 1e21 and with an exponent outside.
fn write_number(text: &mut String, number: f64) {
    if number == 0.0 {
        text.push('0');
        return;
    }
    if number < 0.0 {
        text.push('-');
    }
    let scientific = format!("{:e}", number.abs());
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits = digits.replace('.', "");
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let length = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    // Where the decimal point stands, counted in digits from the first one.
    let point = exponent + 1;
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    if (length..=21).contains(&point) {
        text.push_str(&digits);
        text.push_str(&zeros(point - length));
    } else if (1..=21).contains(&point) {
        let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap_or(0));
        text.push_str(whole);
        text.push('.');
        text.push_str(fraction);
    } else if (-5..=0).contains(&point) {
        text.push_str("0.");
        text.push_str(&zeros(-point));
        text.push_str(&digits);
    } else {
        let (first, rest) = digits.split_at(1);
        text.push_str(first);
        if !rest.is_empty() {
            text.push('.');
            text.push_str(rest);
        }
        // Writing to a string cannot fail.
        let _ = write!(text, "e{exponent:+}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: &str) {
        assert_eq!(canonical(json.as_bytes()).as_deref(), Some(expected));
    }

    #[test]
    fn numbers_are_written_as_javascript_does() {
        check(
            "[333333333.3333333, 1E30, 4.50, 2e-3, 0.000000000000000000000000001, -0, 1e21, 1e20]",
            "[333333333.3333333,1e+30,4.5,0.002,1e-27,0,1e+21,100000000000000000000]",
        );
        check(
            "[9007199254740993, 1e-6, 1e-7, -1.5, 123456.789]",
            "[9007199254740992,0.000001,1e-7,-1.5,123456.789]",
        );
    }

    #[test]
    fn keys_are_sorted_by_utf_16() {
        // U+1F600 sorts before U+FB33 by its first surrogate, though not by code point.
        check(
            "{\"\u{fb33}\": 1, \"\u{1f600}\": 2, \"a\": {\"d\": 3, \"c\": 4}}",
            "{\"a\":{\"c\":4,\"d\":3},\"\u{1f600}\":2,\"\u{fb33}\":1}",
        );
    }

    #[test]
    fn strings_are_escaped_no_more_than_needed() {
        check(
            r#""\u20ac$\u000f\u000aA'\u0042\"\\\/""#,
            r#""€$\u000f\nA'B\"\\/""#,
        );
    }

    #[test]
    fn what_is_not_json_has_no_form() {
        assert_eq!(canonical(b"{"), None);
        assert_eq!(canonical(b"[1e400]"), None);
        assert_eq!(canonical(&[b'['; 100_000]), None);
    }
}
