//! The writers: pretty as `JSON.stringify(value, null, 2)`, and compact.

use super::Json;

pub(super) fn pretty(json: &Json) -> String {
    let mut out = String::new();
    write_pretty(&mut out, json, 0);
    out
}

pub(super) fn compact(json: &Json) -> String {
    let mut out = String::new();
    write_compact(&mut out, json);
    out
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    for _ in 0..depth {
        out.push_str("  ");
    }
}

fn write_pretty(out: &mut String, json: &Json, depth: usize) {
    match json {
        Json::Array(values) if !values.is_empty() => {
            out.push('[');
            for (index, value) in values.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                new_line(out, depth + 1);
                write_pretty(out, value, depth + 1);
            }
            new_line(out, depth);
            out.push(']');
        }
        Json::Object(members) if !members.is_empty() => {
            out.push('{');
            for (index, (key, value)) in members.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                new_line(out, depth + 1);
                write_string(out, key);
                out.push_str(": ");
                write_pretty(out, value, depth + 1);
            }
            new_line(out, depth);
            out.push('}');
        }
        flat => write_compact(out, flat),
    }
}

fn write_compact(out: &mut String, json: &Json) {
    match json {
        Json::Null => out.push_str("null"),
        Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Json::Number(text) => out.push_str(text),
        Json::String(text) => write_string(out, text),
        Json::Array(values) => {
            out.push('[');
            for (index, value) in values.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                write_compact(out, value);
            }
            out.push(']');
        }
        Json::Object(members) => {
            out.push('{');
            for (index, (key, value)) in members.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                write_string(out, key);
                out.push(':');
                write_compact(out, value);
            }
            out.push('}');
        }
    }
}

/// Escapes exactly what `JSON.stringify` escapes.
pub(super) fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}
