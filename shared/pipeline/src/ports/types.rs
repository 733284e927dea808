//! What goes through the ports.

use itemsmith_domain::{Digest, FailureReason, Finding, RequestStatus, Seed};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Answer of [`Ports::start`](super::Ports::start).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "outcome")]
pub enum Start {
    /// This run has the request.
    Running(Started),
    /// It is over: a repeated delivery, or it was cancelled or failed before.
    Over {
        /// Where it ended.
        status: RequestStatus,
    },
    /// Another run has it: the event was delivered twice.
    Held,
    /// There is no such request.
    Unknown,
}

/// The little that the loop needs to know of its request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Started {
    /// How many attempts it has, at least 1.
    pub max_attempts: u32,
}

/// What a prompt is made of.
#[derive(Debug, Clone)]
pub struct PromptInputs {
    /// The item as pretty JSON, byte for byte as it was submitted.
    pub source_text: String,
    /// The request's seed.
    pub seed: Seed,
    /// The widget types that the template must name.
    pub allowed_widgets: Vec<String>,
    /// The attempt before, from the second on.
    pub previous: Option<Previous>,
    /// Digest of this iteration's prompt when it is already stored.
    pub stored: Option<Digest>,
}

/// The attempt before, as a retry prompt tells of it.
#[derive(Debug, Clone)]
pub struct Previous {
    /// The model's whole reply.
    pub reply: String,
    /// Everything that was wrong with it.
    pub findings: Vec<Finding>,
}

/// What a model call needs.
#[derive(Debug, Clone)]
pub struct ModelInputs {
    /// The stored prompt.
    pub prompt: String,
    /// Which model to ask.
    pub model: String,
    /// The completion of an earlier try, if it was stored.
    pub completion: Option<Completion>,
}

/// One call of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatRequest {
    /// Which model to ask.
    pub model: String,
    /// The system message.
    pub system: String,
    /// The user message.
    pub user: String,
}

/// The model's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The reply; for a refusal, its words. At most
    /// [`REPLY_BYTES`](crate::limits::REPLY_BYTES).
    pub text: String,
    /// The model that answered, as it names itself.
    pub model: String,
    /// Why it stopped.
    pub finish: FinishReason,
    /// Tokens, when the provider counted them.
    pub usage: Usage,
}

/// Why a model stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FinishReason {
    /// It was done.
    Stop,
    /// It ran into its token limit.
    Length,
    /// It refused, or a content filter did.
    Refused,
    /// The reply was larger than what is kept, and was cut.
    Oversize,
    /// Anything else, in the provider's word; read like `stop`.
    Other(String),
}

impl FinishReason {
    /// The stored name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::Refused => "refused",
            Self::Oversize => "oversize",
            Self::Other(name) => name,
        }
    }

    /// From the stored name, or from a provider's.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "stop" => Self::Stop,
            "length" => Self::Length,
            "refused" | "content_filter" => Self::Refused,
            "oversize" => Self::Oversize,
            other => Self::Other(other.chars().take(40).collect()),
        }
    }
}

/// Tokens of one call; `None` when the provider does not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Tokens read.
    pub input_tokens: Option<u64>,
    /// Of those, read from the provider's prompt cache.
    pub cached_tokens: Option<u64>,
    /// Tokens written.
    pub output_tokens: Option<u64>,
}

/// What a check needs.
#[derive(Debug, Clone)]
pub struct CheckInputs {
    /// The model's reply and why it stopped.
    pub completion: Completion,
    /// The item that the template is made from.
    pub source_text: String,
    /// The widget types that the template must name.
    pub allowed_widgets: Vec<String>,
    /// The request's seed, always among the proved ones.
    pub seed: Seed,
}

/// The proven template with everything that is stored beside it.
#[derive(Debug, Clone)]
pub struct Output {
    /// The template's source.
    pub typescript: String,
    /// The widget types that it names.
    pub widget_tuple: Vec<String>,
    /// JSON text: which versions proved it, on which seeds.
    pub metadata: String,
    /// The files to download.
    pub artifacts: Vec<Artifact>,
}

/// One downloadable file.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// Name under the request, such as `items/7.json`.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// SHA-256 of `text`.
    pub digest: Digest,
    /// Its bytes, which are UTF-8.
    pub text: String,
}

impl Artifact {
    /// An artifact with the digest of its text.
    #[must_use]
    pub fn new(name: impl Into<String>, media_type: &'static str, text: String) -> Self {
        Self {
            name: name.into(),
            media_type,
            digest: Digest::of(text.as_bytes()),
            text,
        }
    }
}

/// The end of a request in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The request.
    pub request_id: Uuid,
    /// Where it stands.
    pub status: RequestStatus,
    /// Why it failed, when it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<FailureReason>,
    /// Attempts that have a verdict.
    pub iterations: u32,
    /// The widget types that were asked for.
    pub allowed_widgets: Vec<String>,
    /// The model that was asked.
    pub model: String,
    /// Milliseconds from acceptance to the end, when it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elapsed_ms: Option<u64>,
}

/// One event on its way to the event bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingEvent {
    /// The event bus drops an id that it has seen.
    pub id: String,
    /// Such as `template/completed`.
    pub name: String,
    /// JSON text of the data, exactly as in the ledger.
    pub data: String,
}

/// What a webhook is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// One line for a person.
    pub text: String,
    /// The event that it tells of.
    pub event: String,
    /// The facts.
    pub summary: Summary,
}

/// What became of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// The receiver took it.
    Sent,
    /// No webhook is configured.
    NotConfigured,
}
