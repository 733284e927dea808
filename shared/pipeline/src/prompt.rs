//! Prompts, composed from the files in `prompts/`.
//!
//! What never changes comes first, then what changes with the contract, the widgets, the item,
//! and last what changes with every attempt, so that a provider's prompt cache serves all that
//! went before.

mod fill;
mod findings;
mod sections;

use itemsmith_domain::{
    check::ContractText,
    limits::{MAX_PROMPT_BYTES, MAX_SOURCE_BYTES},
};

use crate::{
    ports::{Previous, PromptInputs},
    reply::code_in,
};

pub use findings::finding_lines;

/// A prompt: its two messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// The system message.
    pub system: String,
    /// The user message; starts with a `## ` line.
    pub user: String,
}

/// A prompt that may not be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PromptError {
    /// Larger than the limit.
    #[error("the prompt has {bytes} bytes, {limit} are allowed; submit a smaller item")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A stored prompt without a section.
    #[error("the stored prompt holds no section")]
    Unreadable,
}

impl Prompt {
    /// One text, as it is stored and digested.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n\n{}", self.system, self.user)
    }

    /// The messages of a stored text: the system message holds no section.
    ///
    /// # Errors
    /// When the text holds no section, so that it is no prompt of ours.
    pub fn from_text(text: &str) -> Result<Self, PromptError> {
        let (system, user) = text.split_once("\n\n## ").ok_or(PromptError::Unreadable)?;
        Ok(Self {
            system: system.to_owned(),
            user: format!("## {user}"),
        })
    }
}

/// The prompt of iteration `iteration` (1-based).
///
/// # Errors
/// When it is larger than [`MAX_PROMPT_BYTES`].
pub fn compose(
    inputs: &PromptInputs,
    contract: &ContractText,
    iteration: u32,
) -> Result<Prompt, PromptError> {
    let mut values = vec![
        ("seed_helper", contract.seed_helper.trim_end().to_owned()),
        ("type_definitions", declarations(contract, false)),
        ("allowed_widgets", names(&inputs.allowed_widgets)),
        ("widget_types", widget_types(contract)),
        ("widget_tuple", tuple(&inputs.allowed_widgets)),
        ("seed", inputs.seed.to_string()),
        ("source_item", inputs.source_text.trim_end().to_owned()),
    ];
    let mut sections: Vec<&str> = sections::FIRST.to_vec();
    if let Some(previous) = &inputs.previous {
        sections.extend(sections::RETRY);
        values.push(("attempt", iteration.saturating_sub(1).to_string()));
        values.push(("previous_source", previous_source(previous)));
        values.push(("findings", finding_lines(&previous.findings)));
    }
    let filled: Vec<String> = sections
        .iter()
        .map(|section| fill::fill(section.trim_end(), &values))
        .collect();
    let prompt = Prompt {
        system: sections::SYSTEM.trim().to_owned(),
        user: filled.join("\n\n") + "\n",
    };
    let bytes = prompt.text().len();
    if bytes > MAX_PROMPT_BYTES {
        return Err(PromptError::TooLarge {
            bytes,
            limit: MAX_PROMPT_BYTES,
        });
    }
    Ok(prompt)
}

/// Modules that describe widgets rather than every template.
fn is_widget(specifier: &str) -> bool {
    specifier == "@/widgets" || specifier.starts_with("@/widgets/")
}

fn declarations(contract: &ContractText, widgets: bool) -> String {
    let modules = contract
        .modules
        .iter()
        .filter(|m| is_widget(&m.specifier) == widgets);
    let texts: Vec<String> = modules
        .map(|m| format!("// {}\n{}", m.specifier, m.text.trim_end()))
        .collect();
    texts.join("\n\n")
}

fn widget_types(contract: &ContractText) -> String {
    let described = declarations(contract, true);
    let mut text = if described.is_empty() {
        String::new()
    } else {
        format!("```typescript\n{described}\n```")
    };
    if !contract.undescribed.is_empty() {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(&format!(
            "The contract does not describe {}: keep exactly the fields that the source item has, \
             each with the same type.",
            names(&contract.undescribed)
        ));
    }
    if text.is_empty() {
        "This item has no widget.".to_owned()
    } else {
        text
    }
}

fn names(widgets: &[String]) -> String {
    if widgets.is_empty() {
        return "none".to_owned();
    }
    widgets
        .iter()
        .map(|w| format!("`{w}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn tuple(widgets: &[String]) -> String {
    let quoted: Vec<String> = widgets.iter().map(|w| format!("\"{w}\"")).collect();
    format!("readonly [{}]", quoted.join(", "))
}

fn previous_source(previous: &Previous) -> String {
    let code = code_in(&previous.reply).trim_end();
    if code.is_empty() {
        return "// The reply held no code.".to_owned();
    }
    let shown = &code[..code.floor_char_boundary(MAX_SOURCE_BYTES)];
    if shown.len() == code.len() {
        return code.to_owned();
    }
    format!(
        "{shown}\n// {} more bytes are left out here.",
        code.len() - shown.len()
    )
}

#[cfg(test)]
mod tests;
