//! One text for every way to write the same value.

use super::{Json, write::write_string};

/// Exponents with more digits than this are left as they were written: nothing real has them,
/// and arithmetic on them could overflow.
const EXPONENT_DIGITS: usize = 9;

pub(super) fn text(json: &Json) -> String {
    let mut out = String::new();
    write(&mut out, json);
    out
}

fn write(out: &mut String, json: &Json) {
    match json {
        Json::Null => out.push_str("null"),
        Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Json::Number(lexeme) => out.push_str(&number(lexeme)),
        Json::String(text) => write_string(out, text),
        Json::Array(values) => {
            out.push('[');
            for (index, value) in values.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                write(out, value);
            }
            out.push(']');
        }
        Json::Object(members) => {
            let mut sorted: Vec<&(String, Json)> = members.iter().collect();
            sorted.sort_by(|a, b| a.0.cmp(&b.0));
            out.push('{');
            for (index, (key, value)) in sorted.into_iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                write_string(out, key);
                out.push(':');
                write(out, value);
            }
            out.push('}');
        }
    }
}

/// A number as `digits` or `digits` `e` `exponent`, without zeros at either end: `1.50`, `15e-1`
/// and `150E-2` give `15e-1`. Exact, never through a float; `-0` stays apart from `0`.
pub(super) fn number(lexeme: &str) -> String {
    let (sign, unsigned) = match lexeme.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", lexeme),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent),
        None => (unsigned, "0"),
    };
    if exponent.len() > EXPONENT_DIGITS {
        return lexeme.to_owned();
    }
    let Ok(exponent) = exponent.parse::<i64>() else {
        return lexeme.to_owned();
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let significant = all.trim_start_matches('0');
    let digits = significant.trim_end_matches('0');
    if digits.is_empty() {
        return format!("{sign}0");
    }
    let length = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX / 4);
    let exponent = exponent - length(fraction) + length(significant) - length(digits);
    if exponent == 0 {
        format!("{sign}{digits}")
    } else {
        format!("{sign}{digits}e{exponent}")
    }
}
