//! What differs from run to run, or by name only, taken out of what is compared.

use itemsmith_domain::Digest;
use serde_json::{Map, Value};

use super::{
    exchange::{Exchange, Message},
    side::Origins,
    signed,
};

/// Fields of the transport and of diagnostics, not of the protocol.
const TRANSPORT: [&str; 15] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cf-connecting-ip",
    "cf-worker",
    "connection",
    "content-length",
    "date",
    "expect",
    "host",
    "keep-alive",
    "sec-fetch-mode",
    "server-timing",
    "transfer-encoding",
    "user-agent",
];
/// Times that the sender chose, so that they are compared: this year and before 2024.
const CHOSEN_TIMES: i64 = 1_704_067_200_000;
/// Longer texts are compared by their digest.
const LONG: usize = 2_000;

/// An exchange as a value in which only what is meant to be equal is left.
pub fn exchange(exchange: &Exchange, origins: &Origins) -> Value {
    let normal = Normal { origins };
    let mut query = Map::new();
    let fields = exchange
        .target
        .split_once('?')
        .map_or("", |(_, query)| query);
    for (name, value) in fields.split('&').filter_map(|field| field.split_once('=')) {
        query.insert(name.to_owned(), normal.text(value).into());
    }
    let mut request = normal.message(&exchange.request);
    request.insert("method".into(), exchange.method.clone().into());
    request.insert("path".into(), normal.text(exchange.path()).into());
    request.insert("query".into(), query.into());
    let mut response = normal.message(&exchange.response);
    response.insert("status".into(), exchange.status.into());
    let mut all = Map::new();
    all.insert("request".into(), request.into());
    all.insert("response".into(), response.into());
    all.into()
}

/// Takes the order of steps out of an exchange, for cases in which the protocol leaves it open:
/// of the operations that are reported, and of those that are remembered.
pub fn unordered(mut exchange: Value) -> Value {
    if let Some(ops) = exchange
        .pointer_mut("/response/body")
        .and_then(Value::as_array_mut)
    {
        ops.sort_by_key(|op| op["id"].to_string());
    }
    if let Some(stack) = exchange
        .pointer_mut("/request/body/ctx/stack/stack")
        .and_then(Value::as_array_mut)
    {
        stack.sort_by_key(ToString::to_string);
    }
    exchange
}

/// A value by itself.
pub fn value(value: Value, origins: &Origins) -> Value {
    Normal { origins }.value("", value)
}

struct Normal<'a> {
    origins: &'a Origins,
}

impl Normal<'_> {
    fn message(&self, message: &Message) -> Map<String, Value> {
        let mut fields = Map::new();
        for (name, value) in &message.headers {
            if TRANSPORT.contains(&name.as_str()) {
                continue;
            }
            let value = match name.as_str() {
                "x-inngest-signature" => signed::signer(message).unwrap_or_default(),
                "x-inngest-sdk" => sdk(value),
                "x-request-id" | "x-inngest-job-id" | "x-inngest-event-id-seed" => "<id>".into(),
                "content-type" => value.split(';').next().unwrap_or_default().to_owned(),
                _ => self.text(value),
            };
            fields.insert(name.clone(), value.into());
        }
        let body = match serde_json::from_slice::<Value>(&message.body) {
            Ok(body) => self.value("", self.unwrapped(body)),
            Err(_) => Value::from(self.text(&String::from_utf8_lossy(&message.body))),
        };
        let mut all = Map::new();
        all.insert("headers".into(), fields.into());
        all.insert("body".into(), body);
        all
    }

    /// A streamed answer holds its body as text: read it too.
    fn unwrapped(&self, mut body: Value) -> Value {
        let is_streamed = body["status"].is_u64() && body["headers"].is_object();
        if is_streamed
            && let Some(inner) = body["body"].as_str()
            && let Ok(inner) = serde_json::from_str(inner)
        {
            body["body"] = inner;
        }
        body
    }

    fn value(&self, name: &str, value: Value) -> Value {
        match value {
            Value::Object(_) if name == "timing" => "<timing>".into(),
            Value::Object(fields) => fields
                .into_iter()
                .map(|(name, value)| {
                    let value = self.value(&name, value);
                    (name, value)
                })
                .collect(),
            Value::Array(list) => list
                .into_iter()
                .map(|value| self.value(name, value))
                .collect(),
            Value::String(text) => match name {
                "stack" if !text.is_empty() => "<stack>".into(),
                "sdk" | "x-inngest-sdk" => sdk(&text).into(),
                "qi_id" | "request_id" => "<id>".into(),
                "x-inngest-signature" => "<signature>".into(),
                _ => self.text(&text).into(),
            },
            Value::Number(number) => match (name, number.as_i64()) {
                ("ts" | "at" | "until" | "expire" | "request_started_at", Some(time))
                    if time > CHOSEN_TIMES =>
                {
                    "<time>".into()
                }
                _ => number.into(),
            },
            other => other,
        }
    }

    fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (origin, name) in self.origins.named() {
            text = text.replace(origin, name);
            let encoded = origin.replace(':', "%3A").replace('/', "%2F");
            text = text.replace(&encoded, name);
        }
        if is_time(&text) {
            return "<time>".into();
        }
        if text.len() > LONG {
            let digest = Digest::of(text.as_bytes());
            return format!("<{} bytes, {}>", text.len(), digest.as_str());
        }
        tokens(&text)
    }
}

/// `name:v1.2.3` without saying which.
fn sdk(text: &str) -> String {
    let well_formed = text
        .split_once(":v")
        .is_some_and(|(name, version)| !name.is_empty() && version.split('.').count() == 3);
    if well_formed {
        "<sdk>".into()
    } else {
        text.into()
    }
}

/// `2026-01-01T00:00:00…Z`
fn is_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    (20..=35).contains(&bytes.len())
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && bytes[10] == b'T'
        && bytes[..4].iter().all(u8::is_ascii_digit)
}

/// Takes out ULIDs and UUIDs.
fn tokens(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .unwrap_or(rest.len());
        let (token, after) = rest.split_at(end);
        result.push_str(match token {
            _ if is_ulid(token) => "<ulid>",
            _ if is_uuid(token) => "<uuid>",
            _ => token,
        });
        let mut chars = after.chars();
        result.extend(chars.next());
        rest = chars.as_str();
    }
    result
}

fn is_ulid(token: &str) -> bool {
    let crockford = |b: u8| b.is_ascii_digit() || (b.is_ascii_uppercase() && !b"ILOU".contains(&b));
    token.len() == 26 && token.starts_with('0') && token.bytes().all(crockford)
}

fn is_uuid(token: &str) -> bool {
    let lengths: Vec<usize> = token.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && token.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_times_go_and_the_rest_stays() {
        let run = "01KAT5GQ4M0Z6V6Q8Y4RGN9F2D";
        assert_eq!(tokens(&format!("run {run}.e0996a")), "run <ulid>.e0996a");
        assert_eq!(tokens("a 123e4567-e89b-12d3-a456-426614174000"), "a <uuid>");
        assert!(is_time("2026-11-23T20:00:00.123Z") && !is_time("2026-11-23"));
        assert_eq!(sdk("inngest-js:v4.24.0"), "<sdk>");
        assert_eq!(sdk("inngest-js:4.24.0"), "inngest-js:4.24.0");
    }
}
