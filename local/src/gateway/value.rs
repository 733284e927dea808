//! Values between JSON and Postgres's text form.

use serde_json::{Number, Value};

/// A parameter's text form: strings as they are, arrays as array literals, the rest as JSON.
pub(super) fn parameter(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        Value::Array(items) => Some(array_literal(&items)),
        other => Some(other.to_string()),
    }
}

fn array_literal(items: &[Value]) -> String {
    let mut text = "{".to_owned();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        match item {
            Value::Null => text.push_str("NULL"),
            Value::Array(inner) => text.push_str(&array_literal(inner)),
            Value::String(inner) => quote(inner, &mut text),
            Value::Object(_) => quote(&item.to_string(), &mut text),
            Value::Bool(_) | Value::Number(_) => text.push_str(&item.to_string()),
        }
    }
    text.push('}');
    text
}

fn quote(value: &str, text: &mut String) {
    text.push('"');
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('"');
}

/// A value of the decoded mode: what JSON has a form for, and text for the rest.
pub(super) fn decoded(text: &str, type_oid: u32) -> Value {
    if let Some(element) = array_element(type_oid) {
        return decoded_array(text, element).unwrap_or_else(|| Value::String(text.to_owned()));
    }
    let number = match type_oid {
        BOOL => return Value::Bool(text == "t"),
        INT2 | INT4 => text.parse::<i32>().ok().map(Number::from),
        // NaN and the infinities stay text.
        FLOAT4 | FLOAT8 => text.parse().ok().and_then(Number::from_f64),
        JSON | JSONB => {
            return serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
        }
        _ => None,
    };
    number.map_or_else(|| Value::String(text.to_owned()), Value::Number)
}

const BOOL: u32 = 16;
const INT2: u32 = 21;
const INT4: u32 = 23;
const JSON: u32 = 114;
const FLOAT4: u32 = 700;
const FLOAT8: u32 = 701;
const JSONB: u32 = 3802;

/// The element type of the built-in array types that decode into something else than text; other
/// arrays of built-in types hold text. Arrays of a user's own types stay text as a whole.
fn array_element(type_oid: u32) -> Option<u32> {
    Some(match type_oid {
        1000 => BOOL,
        1005 => INT2,
        1007 => INT4,
        1021 => FLOAT4,
        1022 => FLOAT8,
        199 => JSON,
        3807 => JSONB,
        // text, varchar, bpchar, name, int8, numeric, uuid, timestamp, timestamptz, date
        1009 | 1015 | 1014 | 1003 | 1016 | 1231 | 2951 | 1115 | 1185 | 1182 => 25,
        _ => return None,
    })
}

/// An array literal, nested or not; `None` when it has another form (such as explicit bounds).
fn decoded_array(text: &str, element: u32) -> Option<Value> {
    let mut reader = Reader {
        rest: text.strip_prefix('{')?,
    };
    let value = reader.items(element, 0)?;
    reader.rest.is_empty().then_some(value)
}

/// Postgres nests arrays six deep at most.
const DEPTH: usize = 6;

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// The items after an opening brace, up to and with the closing one.
    fn items(&mut self, element: u32, depth: usize) -> Option<Value> {
        let mut items = Vec::new();
        if self.skip('}') {
            return Some(Value::Array(items));
        }
        loop {
            if depth < DEPTH && self.skip('{') {
                items.push(self.items(element, depth + 1)?);
            } else if self.skip('"') {
                items.push(decoded(&self.quoted()?, element));
            } else {
                items.push(self.plain(element)?);
            }
            if self.skip('}') {
                return Some(Value::Array(items));
            }
            if !self.skip(',') {
                return None;
            }
        }
    }

    fn skip(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn quoted(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices();
        while let Some((index, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = &self.rest[index + 1..];
                    return Some(text);
                }
                '\\' => text.push(chars.next()?.1),
                _ => text.push(c),
            }
        }
        None
    }

    fn plain(&mut self, element: u32) -> Option<Value> {
        let end = self.rest.find([',', '}'])?;
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(if text == "NULL" {
            Value::Null
        } else {
            decoded(text, element)
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{decoded, parameter};

    #[test]
    fn parameters_become_text() {
        let cases = [
            (json!(null), None),
            (json!("a\"b"), Some("a\"b")),
            (json!(1.5), Some("1.5")),
            (json!(true), Some("true")),
            (json!({"a": [1]}), Some(r#"{"a":[1]}"#)),
            (
                json!(["a\"b", "c\\d", null, [1, true]]),
                Some(r#"{"a\"b","c\\d",NULL,{1,true}}"#),
            ),
            (json!([{"a": "b"}]), Some(r#"{"{\"a\":\"b\"}"}"#)),
            (json!([]), Some("{}")),
        ];
        for (value, text) in cases {
            assert_eq!(parameter(value.clone()).as_deref(), text, "{value}");
        }
    }

    #[test]
    fn values_become_json_where_json_has_a_form() {
        let cases: [(&str, u32, Value); 11] = [
            ("t", 16, json!(true)),
            ("-7", 23, json!(-7)),
            ("9007199254740993", 20, json!("9007199254740993")),
            ("99999999999999999999", 1700, json!("99999999999999999999")),
            ("1.5", 701, json!(1.5)),
            ("NaN", 701, json!("NaN")),
            (r#"{"a": 1}"#, 3802, json!({"a": 1})),
            (
                r#"{a,"b \"c\"",NULL,"NULL",""}"#,
                1009,
                json!(["a", "b \"c\"", null, "NULL", ""]),
            ),
            ("{{1,2},{3,4}}", 1007, json!([[1, 2], [3, 4]])),
            ("{}", 1009, json!([])),
            ("[2:3]={1,2}", 1007, json!("[2:3]={1,2}")),
        ];
        for (text, oid, value) in cases {
            assert_eq!(decoded(text, oid), value, "{text}");
        }
    }
}
