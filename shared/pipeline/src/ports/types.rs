//! What goes through the ports.

use itemsmith_domain::{
    Digest, Finding, IterationStatus, RequestStatus, Seed,
    check::Verdict,
    event::{Completed, Failed},
    finding::status_of,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
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
pub enum ModelInputs {
    /// An earlier try stored its completion: no call is due.
    Answered {
        /// Digest of the reply.
        digest: Digest,
    },
    /// A call is due.
    Due {
        /// The stored prompt.
        prompt: String,
        /// Which model to ask.
        model: String,
    },
}

/// Whose work a call is: what another service writes into its logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnBehalf<'a> {
    /// The request.
    pub request: Uuid,
    /// The run.
    pub run: &'a str,
    /// The attempt, from 1.
    pub iteration: u32,
}

/// One call of the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What it said.
    pub reply: Reply,
    /// The model that answered, as it names itself.
    pub model: String,
    /// Tokens, when the provider counted them.
    pub usage: Option<Usage>,
}

/// What a model said and why it stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Its words; for a refusal, those. At most
    /// [`MAX_RESPONSE_BYTES`](itemsmith_domain::limits::MAX_RESPONSE_BYTES).
    pub text: String,
    /// Why it stopped.
    pub finish: FinishReason,
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

/// Tokens of one call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: u64,
    /// Of those, read from the provider's prompt cache.
    pub cached_tokens: u64,
    /// Tokens of the reply.
    pub completion_tokens: u64,
}

/// What a check needs.
#[derive(Debug, Clone)]
pub struct CheckInputs {
    /// The model's reply and why it stopped.
    pub reply: Reply,
    /// The item that the template is made from.
    pub source_text: String,
    /// The widget types that the template must name.
    pub allowed_widgets: Vec<String>,
    /// The request's seed, always among the proved ones.
    pub seed: Seed,
}

/// What was ruled on an attempt, whole.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ruling {
    /// By the checker, on the source in the reply.
    Checked(Box<Verdict>),
    /// By the reply itself: it holds no source, the checker was not asked.
    Unusable([Finding; 1]),
}

impl Ruling {
    /// Everything that is wrong.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Checked(verdict) => &verdict.findings,
            Self::Unusable(finding) => finding,
        }
    }

    /// The checker's verdict, when it was asked.
    #[must_use]
    pub const fn verdict(&self) -> Option<&Verdict> {
        match self {
            Self::Checked(verdict) => Some(verdict),
            Self::Unusable(_) => None,
        }
    }

    /// The attempt's status.
    #[must_use]
    pub fn status(&self) -> IterationStatus {
        match self {
            Self::Checked(verdict) => verdict.status,
            Self::Unusable(finding) => status_of(finding),
        }
    }
}

/// The proven template with everything that is stored beside it.
#[derive(Debug, Clone)]
pub struct Output {
    /// The template's source.
    pub typescript: String,
    /// The widget types that it names.
    pub widget_tuple: Vec<String>,
    /// A JSON object: the attempt, which versions proved it, on which seeds.
    pub metadata: Value,
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

/// One event on its way to the event bus.
#[derive(Debug, Clone)]
pub struct PendingEvent {
    /// The event bus drops an id that it has seen.
    pub id: String,
    /// Such as `template/completed`.
    pub name: String,
    /// The data, exactly as in the ledger.
    pub data: Box<RawValue>,
    /// When it happened, in Unix milliseconds.
    pub happened_ms: u64,
}

/// What a webhook is told of.
#[derive(Debug, Clone)]
pub enum Notice {
    /// A template is ready.
    Completed(Completed),
    /// A request ended without one.
    Failed(Failed),
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
