//! The names of artifacts: a closed set, so that a path can never mean anything else.

use std::fmt;

use itemsmith_domain::{Seed, limits::MAX_ATTEMPTS};

/// The name of an artifact, which is also the end of its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArtifactName {
    /// `template.ts`: the proven template.
    Template,
    /// `manifest.json`: what made it.
    Manifest,
    /// `items/{seed}.json`: the item of the request's own seed.
    Item(Seed),
    /// `prompts/{n}.md`: the prompt of attempt n, with debug artifacts.
    Prompt(u32),
    /// `responses/{n}.md`: the model's reply to attempt n, with debug artifacts.
    Response(u32),
}

impl ArtifactName {
    /// The artifact of that name; none for everything else, also for a name written another way
    /// (`items/007.json`).
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let found = match name {
            "template.ts" => Self::Template,
            "manifest.json" => Self::Manifest,
            _ => {
                let (folder, file) = name.split_once('/')?;
                match folder {
                    "items" => Self::Item(file.strip_suffix(".json")?.parse().ok()?),
                    "prompts" => Self::Prompt(attempt(file)?),
                    "responses" => Self::Response(attempt(file)?),
                    _ => return None,
                }
            }
        };
        (found.to_string() == name).then_some(found)
    }

    /// What its bytes are.
    #[must_use]
    pub const fn media_type(&self) -> &'static str {
        match self {
            Self::Template => "text/x-typescript; charset=utf-8",
            Self::Manifest | Self::Item(_) => "application/json",
            Self::Prompt(_) | Self::Response(_) => "text/markdown; charset=utf-8",
        }
    }
}

fn attempt(file: &str) -> Option<u32> {
    let number = file.strip_suffix(".md")?.parse().ok()?;
    (1..=MAX_ATTEMPTS).contains(&number).then_some(number)
}

impl fmt::Display for ArtifactName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Template => f.write_str("template.ts"),
            Self::Manifest => f.write_str("manifest.json"),
            Self::Item(seed) => write!(f, "items/{seed}.json"),
            Self::Prompt(number) => write!(f, "prompts/{number}.md"),
            Self::Response(number) => write!(f, "responses/{number}.md"),
        }
    }
}
