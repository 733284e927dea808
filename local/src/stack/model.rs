//! Which model the worker calls: a real one when a key is configured, else the rehearsal.

use super::settings::Settings;

/// The model behind the stack.
#[derive(Clone)]
pub enum Model {
    /// Scripted answers from our own server; costs nothing, proves nothing about a real model.
    Rehearsal,
    /// A service that speaks OpenAI's chat completions.
    Real {
        /// `OPENAI_API_KEY`; never shown.
        key: String,
        /// `OPENAI_BASE_URL`.
        base: Option<String>,
        /// `OPENAI_MODEL`.
        model: Option<String>,
    },
}

impl Model {
    /// The model that the settings choose.
    #[must_use]
    pub fn chosen(settings: &Settings) -> Self {
        match settings.get("OPENAI_API_KEY") {
            Some(key) => Self::Real {
                key: key.to_owned(),
                base: settings.get("OPENAI_BASE_URL").map(str::to_owned),
                model: settings.get("OPENAI_MODEL").map(str::to_owned),
            },
            None => Self::Rehearsal,
        }
    }

    /// What a person reads about it.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Rehearsal => "a rehearsal: scripted answers, no model is called; set \
                                OPENAI_API_KEY to use a real one"
                .to_owned(),
            Self::Real { model, base, .. } => {
                let model = model.as_deref().unwrap_or("the default model");
                let base = base.as_deref().unwrap_or("api.openai.com");
                format!("{model} at {base}: its calls cost money")
            }
        }
    }
}
