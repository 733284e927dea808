//! The language model: OpenAI's chat completions.

use std::time::Duration;

use itemsmith_domain::{
    FailureReason,
    limits::{MAX_MODEL_NAME_CHARS, MAX_RESPONSE_BYTES},
};
use itemsmith_pipeline::{
    ports::{ChatRequest, Completion, FinishReason, PortError, Reply, Retrying, Usage},
    retry::{ModelTrouble, model_trouble},
};
use itemsmith_steps::{Headers, HttpResponse, Inference, ModelFormat, StepError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Limits, World, post};
use crate::outside::{FetchTrouble, Outside};

/// Reasoning models think for minutes over a prompt of this size; the event server gives a call
/// two hours. The answer may be eight times a reply that could be used: JSON escapes it.
const MODEL: Limits = Limits {
    timeout: Duration::from_secs(15 * 60),
    max_bytes: 8 * MAX_RESPONSE_BYTES,
};

/// As much of the engine's words as an error tells.
const TOLD_CHARS: usize = 300;

#[derive(Serialize)]
struct Chat<'a> {
    model: &'a str,
    messages: [Message<'a>; 2],
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Deserialize)]
struct ChatAnswer {
    model: Option<String>,
    choices: Vec<Choice>,
    /// Read by itself: what is wrong with it must not lose a reply that was paid for.
    #[serde(default)]
    usage: Value,
}

#[derive(Deserialize)]
struct Choice {
    message: AnswerMessage,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct AnswerMessage {
    content: Option<String>,
    refusal: Option<String>,
}

#[derive(Deserialize)]
struct ChatUsage {
    prompt_tokens: u64,
    completion_tokens: u64,
    prompt_tokens_details: Option<PromptTokens>,
}

#[derive(Deserialize)]
struct PromptTokens {
    cached_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct ErrorAnswer {
    error: ErrorBody,
}

#[derive(Deserialize)]
struct ErrorBody {
    message: Option<String>,
    code: Option<String>,
    r#type: Option<String>,
}

impl<'a> From<&'a ChatRequest> for Chat<'a> {
    fn from(chat: &'a ChatRequest) -> Self {
        let message = |role, content| Message { role, content };
        Self {
            model: &chat.model,
            messages: [message("system", &chat.system), message("user", &chat.user)],
        }
    }
}

impl<O: Outside> World<'_, O> {
    fn completions_url(&self) -> String {
        format!("{}/chat/completions", self.settings.config.model.base_url)
    }

    /// The same call for the engine to make.
    pub(super) fn hand_over(&self, chat: &ChatRequest) -> Inference<Value> {
        Inference {
            url: self.completions_url(),
            headers: Headers::new(),
            auth_key: self.settings.config.model.api_key.expose().to_owned(),
            format: ModelFormat::OpenAiChat,
            // Texts only: writing them cannot fail.
            body: serde_json::to_value(Chat::from(chat)).unwrap_or_default(),
        }
    }

    /// Why the engine got no answer. It tries as often as it tries a step; what it says of the
    /// last try is all that is known.
    pub(super) fn handed_over_in_vain(&self, error: &StepError) -> PortError {
        // The key goes first: half of it, where the text is cut, would stay.
        let said = self.without_key(error.message.clone());
        let said: String = said.chars().take(TOLD_CHARS).collect();
        PortError {
            reason: FailureReason::ModelRejected,
            kind: "model_gateway",
            message: format!("the engine's call of the model: {said}"),
            retrying: Retrying::Never,
        }
    }

    /// A provider, or a proxy before it, may repeat what it was sent. Its words go into logs, to
    /// the event bus and into its dashboard. (A local model's key may be any short word.)
    fn without_key(&self, text: String) -> String {
        let key = self.settings.config.model.api_key.expose();
        match key.len() {
            0..8 => text,
            _ => text.replace(key, "…"),
        }
    }

    pub(super) async fn ask_model(&self, chat: &ChatRequest) -> Result<Completion, PortError> {
        let config = &self.settings.config.model;
        // Texts only: writing them cannot fail.
        let body = serde_json::to_vec(&Chat::from(chat)).unwrap_or_default();
        let mut request = post(self.completions_url(), body);
        request.headers.set(
            "authorization",
            format!("Bearer {}", config.api_key.expose()),
        );
        let answer = match self.send(request, &MODEL).await {
            Ok(response) if response.status == 200 => read(&response.body, &chat.model),
            Ok(response) => Err(self.refusal(&response)),
            Err(FetchTrouble::Connection) => Err(ModelTrouble::Connection),
            Err(FetchTrouble::TimedOut) => Err(ModelTrouble::TimedOut),
            Err(FetchTrouble::TooLarge) => Err(ModelTrouble::TooLarge),
        };
        answer.map_err(|trouble| model_trouble(&trouble))
    }

    fn refusal(&self, response: &HttpResponse) -> ModelTrouble {
        let error = serde_json::from_slice(&response.body)
            .ok()
            .map(|ErrorAnswer { error }| error);
        let (code, message) = match error {
            Some(error) => (error.code.or(error.r#type), error.message),
            None => (None, None),
        };
        ModelTrouble::Status {
            status: response.status,
            retry_after: self.retry_after(response),
            code: code.map(|text| self.without_key(text)),
            message: message.map(|text| self.without_key(text)),
        }
    }
}

/// The completion in what the engine was answered.
pub(super) fn handed_back(answer: &Value, asked: &str) -> Result<Completion, PortError> {
    // It came as JSON: writing it cannot fail.
    let body = serde_json::to_vec(answer).unwrap_or_default();
    read(&body, asked).map_err(|trouble| model_trouble(&trouble))
}

/// The completion in a 200 answer.
fn read(body: &[u8], asked: &str) -> Result<Completion, ModelTrouble> {
    let answer: ChatAnswer =
        serde_json::from_slice(body).map_err(|_| ModelTrouble::NotACompletion)?;
    let choice = answer
        .choices
        .into_iter()
        .next()
        .ok_or(ModelTrouble::NotACompletion)?;
    let refusal = choice.message.refusal.filter(|text| !text.is_empty());
    let refused = refusal.is_some();
    let text = refusal.or(choice.message.content).unwrap_or_default();
    let mut finish = match choice.finish_reason {
        _ if refused => FinishReason::Refused,
        Some(name) => FinishReason::from_name(&storable(name)),
        None => FinishReason::Stop,
    };
    let mut text = storable(text);
    if text.len() > MAX_RESPONSE_BYTES {
        text.truncate(text.floor_char_boundary(MAX_RESPONSE_BYTES));
        finish = FinishReason::Oversize;
    }
    let usage = ChatUsage::deserialize(answer.usage).ok();
    let usage = usage.map(|usage| Usage {
        prompt_tokens: usage.prompt_tokens,
        cached_tokens: usage
            .prompt_tokens_details
            .and_then(|d| d.cached_tokens)
            .unwrap_or(0),
        completion_tokens: usage.completion_tokens,
    });
    let model = match answer.model {
        Some(name) => storable(name).chars().take(MAX_MODEL_NAME_CHARS).collect(),
        None => asked.to_owned(),
    };
    Ok(Completion {
        reply: Reply { text, finish },
        model,
        usage,
    })
}

/// Postgres stores every text but U+0000.
pub(super) fn storable(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{FFFD}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use itemsmith_domain::limits::MAX_RESPONSE_BYTES;
    use itemsmith_pipeline::{
        ports::{Completion, FinishReason},
        retry::ModelTrouble,
    };
    use serde_json::{Value, json};

    use super::read;

    fn answer(message: Value, finish: Value) -> Result<Completion, ModelTrouble> {
        let body = json!({
            "model": "m-1",
            "choices": [{ "message": message, "finish_reason": finish }],
            "usage": {
                "prompt_tokens": 10,
                "completion_tokens": 2,
                "prompt_tokens_details": { "cached_tokens": 8 },
            },
        });
        read(body.to_string().as_bytes(), "asked")
    }

    #[test]
    fn reads_a_completion() {
        let done = answer(json!({ "content": "a\u{0}b" }), json!("stop")).expect("a completion");
        assert_eq!(done.reply.text, "a\u{FFFD}b");
        assert_eq!(done.reply.finish, FinishReason::Stop);
        assert_eq!(done.model, "m-1");
        assert_eq!(done.usage.map(|u| u.cached_tokens), Some(8));
    }

    #[test]
    fn names_why_it_stopped() {
        let cases = [
            (
                json!({ "content": "a" }),
                json!("length"),
                FinishReason::Length,
            ),
            (
                json!({ "content": null }),
                json!("content_filter"),
                FinishReason::Refused,
            ),
            (
                json!({ "content": null, "refusal": "no" }),
                json!("stop"),
                FinishReason::Refused,
            ),
            (json!({ "content": "a" }), json!(null), FinishReason::Stop),
        ];
        for (message, finish, expected) in cases {
            let done = answer(message, finish).expect("a completion");
            assert_eq!(done.reply.finish, expected);
        }
        let long = "é".repeat(MAX_RESPONSE_BYTES);
        let done = answer(json!({ "content": long }), json!("stop")).expect("a completion");
        assert_eq!(done.reply.finish, FinishReason::Oversize);
        assert!(done.reply.text.len() <= MAX_RESPONSE_BYTES);
    }

    #[test]
    fn a_strange_name_or_count_does_not_lose_the_reply() {
        for usage in [
            json!(null),
            json!({}),
            json!({ "prompt_tokens": -1 }),
            json!("none"),
        ] {
            let body = json!({
                "model": "m\u{0}".repeat(200),
                "choices": [{ "message": { "content": "a" }, "finish_reason": "e\u{0}s" }],
                "usage": usage,
            });
            let done = read(body.to_string().as_bytes(), "asked").expect("a completion");
            assert_eq!((done.reply.text.as_str(), done.usage), ("a", None));
            assert_eq!(
                done.reply.finish,
                FinishReason::Other("e\u{FFFD}s".to_owned())
            );
            assert_eq!(done.model.chars().count(), 128);
            assert!(!done.model.contains('\0'));
        }
    }

    #[test]
    fn everything_else_is_no_completion() {
        for body in [
            "",
            "<html>",
            "{\"choices\":[",
            "{\"choices\":[]}",
            "[]",
            "{}",
        ] {
            assert_eq!(
                read(body.as_bytes(), "m"),
                Err(ModelTrouble::NotACompletion),
                "{body}"
            );
        }
    }
}
