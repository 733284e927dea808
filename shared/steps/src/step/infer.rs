//! A model's call, handed to the server.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Ask, Step};
use crate::failure::StepError;
use crate::http::Headers;
use crate::op::OpCode;

/// The form of a model's requests and responses, which the server reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelFormat {
    /// OpenAI's chat completions, which others speak as well.
    OpenAiChat,
    /// OpenAI's responses.
    OpenAiResponses,
    /// Azure's OpenAI.
    AzureOpenAi,
    /// Anthropic's messages.
    Anthropic,
    /// Gemini.
    Gemini,
}

impl ModelFormat {
    fn as_str(self) -> &'static str {
        match self {
            Self::OpenAiChat => "openai-chat",
            Self::OpenAiResponses => "openai-responses",
            Self::AzureOpenAi => "azure-openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
        }
    }
}

/// A call of a model that the server makes for us. Its debug form shows no header, key or body.
#[derive(Clone)]
pub struct Inference<B> {
    /// Where the model is.
    pub url: String,
    /// Header fields beside the one that holds the key.
    pub headers: Headers,
    /// The model's key. The server keeps it as part of the run until the call is made.
    pub auth_key: String,
    /// How the server is to read the request and the response, and where it puts the key.
    pub format: ModelFormat,
    /// The request's body.
    pub body: B,
}

impl<B> fmt::Debug for Inference<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inference")
            .field("url", &self.url)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

impl Step {
    /// Has the server call a model and gives the model's answer. Nothing of ours runs meanwhile,
    /// but the server gets the model's key: where that must not be, call the model in a
    /// [`Step::run`].
    ///
    /// # Errors
    /// The model could not be reached or refused the request, for good.
    pub fn infer<'a, T: DeserializeOwned>(
        &'a self,
        id: impl Into<Cow<'a, str>>,
        inference: Inference<impl Serialize>,
    ) -> impl Future<Output = Result<T, StepError>> {
        let id = id.into();
        let body = self.argument(&id, inference.body);
        let mut opts = json!({
            "type": "step.ai.infer",
            "url": inference.url,
            "auth_key": inference.auth_key,
            "format": inference.format.as_str(),
            "body": body,
        });
        let headers: serde_json::Map<String, Value> = inference
            .headers
            .iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        if !headers.is_empty() {
            opts["headers"] = headers.into();
        }
        let ticket = self.name(id, Ask::new(OpCode::AiGateway).with(opts));
        async move { self.recall(ticket).await }
    }
}
