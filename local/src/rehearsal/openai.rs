//! The wire: as much of OpenAI's chat completions as a caller sees.

use itemsmith_domain::Digest;
use serde::Deserialize;
use serde_json::{Value, json};

/// Body of `POST …/chat/completions`; what is not listed is not rehearsed.
#[derive(Debug, Deserialize)]
pub(super) struct ChatRequest {
    pub model: String,
    pub messages: Vec<Message>,
    #[serde(default)]
    pub stream: Option<bool>,
}

/// One message; its content is a string or a list of parts.
#[derive(Debug, Deserialize)]
pub(super) struct Message {
    role: String,
    #[serde(default)]
    content: Value,
}

impl ChatRequest {
    /// The text of every message with one of these roles, in order.
    pub fn text_of(&self, roles: &[&str]) -> String {
        let messages = self
            .messages
            .iter()
            .filter(|m| roles.contains(&m.role.as_str()));
        messages
            .map(|m| text(&m.content))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| part["text"].as_str())
            .collect(),
        _ => String::new(),
    }
}

/// What the model says.
#[derive(Debug, Clone, Copy)]
pub(super) enum Said<'a> {
    /// All that it had to say.
    Text(&'a str),
    /// As much as the token limit let through.
    CutOff(&'a str),
    /// No.
    Refusal,
}

/// A chat completion. `created` is a constant: a rehearsal reads no clock.
pub(super) fn completion(model: &str, prompt: &str, said: Said<'_>) -> Value {
    let (content, refusal, finish) = match said {
        Said::Text(text) => (Some(text), None, "stop"),
        Said::CutOff(text) => (Some(text), None, "length"),
        Said::Refusal => (None, Some("This is a rehearsal of a refusal."), "stop"),
    };
    let (prompt_tokens, completion_tokens) = (tokens(prompt), tokens(content.unwrap_or_default()));
    json!({
        "id": format!("chatcmpl-rehearsal-{}", &Digest::of(prompt.as_bytes()).as_str()[..24]),
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "system_fingerprint": "rehearsal",
        "rehearsal": true,
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": content, "refusal": refusal},
            "logprobs": null,
            "finish_reason": finish,
        }],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
        },
    })
}

/// An estimate: English and code both run to about four bytes a token.
fn tokens(text: &str) -> usize {
    text.len().div_ceil(4)
}

/// Body of every error.
pub(super) fn error(kind: &str, code: &str, message: &str) -> Value {
    json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
}
