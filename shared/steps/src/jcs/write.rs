//! Writes the canonical form.

use std::fmt::Write as _;

use super::read::{Field, Node, Units};

/// Appends a value.
pub(super) fn write(out: &mut String, node: &Node<'_>) {
    match node {
        Node::Word(word) => out.push_str(word),
        Node::Number(number) => write_number(out, *number),
        Node::Text(text) => write_text(out, text),
        Node::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(out, item);
            }
            out.push(']');
        }
        Node::Object(fields) => {
            out.push('{');
            for (index, Field { key, value, .. }) in fields.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_text(out, key);
                out.push(':');
                write(out, value);
            }
            out.push('}');
        }
    }
}

/// Half a pair and control characters as escapes, everything else as it is.
fn write_text(out: &mut String, text: &str) {
    out.push('"');
    if text.contains('\\') {
        for char in char::decode_utf16(Units::of(text)) {
            match char {
                Ok('"') => out.push_str("\\\""),
                Ok('\\') => out.push_str("\\\\"),
                Ok('\u{8}') => out.push_str("\\b"),
                Ok('\u{c}') => out.push_str("\\f"),
                Ok('\n') => out.push_str("\\n"),
                Ok('\r') => out.push_str("\\r"),
                Ok('\t') => out.push_str("\\t"),
                Ok(control @ '\0'..='\u{1f}') => write_unit(out, u32::from(control)),
                Ok(char) => out.push(char),
                Err(half) => write_unit(out, half.unpaired_surrogate().into()),
            }
        }
    } else {
        out.push_str(text);
    }
    out.push('"');
}

fn write_unit(out: &mut String, unit: u32) {
    // Writing to a string cannot fail.
    let _ = write!(out, "\\u{unit:04x}");
}

/// ECMAScript's `Number::toString`: the shortest digits that read back as the same number, plain
/// from 1e-6 to below 1e21 and with an exponent outside. What is too large for a number was read
/// as infinity, which JavaScript writes as `null`.
fn write_number(text: &mut String, number: f64) {
    if number == 0.0 {
        text.push('0');
        return;
    }
    if number.is_infinite() {
        text.push_str("null");
        return;
    }
    if number < 0.0 {
        text.push('-');
    }
    let scientific = format!("{:e}", number.abs());
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let mut digits = digits.replace('.', "");
    if let Some(even) = even_of_a_tie(&digits, number.abs()) {
        digits = even;
    }
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

/// The shortest digits may not be the only ones: of two that are equally near, JavaScript takes
/// the even one, and Rust the larger. Gives the even one, if that is another.
fn even_of_a_tie(digits: &str, number: f64) -> Option<String> {
    // Fewer digits never stand for the same number as others of that length.
    const FEWEST: usize = 16;
    // A number that lies halfway has few binary places, and then few decimal ones.
    const MORE: usize = 30;
    let is_odd = digits.bytes().last().is_some_and(|digit| digit % 2 == 1);
    if digits.len() < FEWEST || !is_odd {
        return None;
    }
    let exact = format!("{number:.*e}", digits.len() + MORE);
    let (mantissa, exponent) = exact.split_once('e')?;
    let mantissa = mantissa.replace('.', "");
    let (even, rest) = mantissa.split_at(digits.len());
    let halfway = rest.strip_prefix('5')?.bytes().all(|digit| digit == b'0');
    let (first, more) = even.split_at(1);
    let same = format!("{first}.{more}e{exponent}").parse() == Ok(number);
    (halfway && same && even != digits).then(|| even.to_owned())
}
