//! What is answered in others' place: by models, and by a server that does not take checkpoints,
//! or another key than it has.

use itemsmith_local::engine::SigningKey;

use super::{exchange::Exchange, signed::FALLBACK};

/// The credential that the models take.
pub const RIGHT_KEY: &str = "model-key-that-is-right";
/// Another one.
pub const WRONG_KEY: &str = "model-key-that-is-wrong";

/// A status and a JSON body, for what is answered by nobody else.
pub type Answers = fn(&Exchange) -> Option<(u16, String)>;

/// Everything is answered by who is asked.
pub fn nothing(_: &Exchange) -> Option<(u16, String)> {
    None
}

/// The answer of a model that repeats the credential, as models do that refuse one.
pub fn model(exchange: &Exchange) -> Option<(u16, String)> {
    let given = exchange.request.headers.get("authorization");
    let given = given.map_or("", String::as_str);
    Some(if given == format!("Bearer {RIGHT_KEY}") {
        let message = r#"{"role":"assistant","content":"Hello!"}"#;
        let answer = format!(r#"{{"choices":[{{"message":{message}}}],"echo":"{given}"}}"#);
        (200, answer)
    } else {
        let error = format!(r#"{{"error":{{"message":"wrong key: {given}"}}}}"#);
        (401, error)
    })
}

/// The answers of a server that is not as it should be.
pub fn server(exchange: &Exchange) -> Option<(u16, String)> {
    match exchange.path() {
        "/fn/register" => registration(exchange),
        path if path.starts_with("/v1/checkpoint/") => checkpoint(exchange),
        _ => None,
    }
}

/// The answer to registrations of deployments that are named after it. None is passed on, for the
/// engine would call the app as that deployment from then on.
fn registration(exchange: &Exchange) -> Option<(u16, String)> {
    let fallback = format!("Bearer {}", SigningKey::new(FALLBACK).bearer());
    let by_fallback = exchange.request.headers.get("authorization") == Some(&fallback);
    match exchange.query("deployId")? {
        "of-one-deployment" => Some((200, r#"{"ok":true,"modified":false}"#.into())),
        "by-the-fallback-key" if by_fallback => {
            Some((200, r#"{"ok":true,"modified":true}"#.into()))
        }
        "by-the-fallback-key" | "by-no-key" => {
            Some((401, r#"{"error":"not that key","status":401}"#.into()))
        }
        _ => None,
    }
}

/// The answer to checkpoints of steps that are named after it.
fn checkpoint(exchange: &Exchange) -> Option<(u16, String)> {
    let body = String::from_utf8_lossy(&exchange.request.body);
    let (status, error) = if body.contains(r#""overtaken""#) {
        (409, "the run has moved on")
    } else if body.contains(r#""unreported""#) {
        (503, "not now")
    } else {
        return None;
    };
    Some((status, format!(r#"{{"error":"{error}"}}"#)))
}
