//! Reading a prompt: its sections, the item, and the attempt before.

use serde_json::Value;

/// The sections that every prompt holds, in this order.
pub(super) const SECTIONS: [&str; 14] = [
    "Philosophy",
    "Seed guidance",
    "Seed helper",
    "Feedback policy",
    "Bans",
    "Non-null policy",
    "Type-assertion policy",
    "Identifier policy",
    "Type definitions",
    "Worked examples",
    "Widget policy",
    "Widget types",
    "Template skeleton",
    "Source item",
];

/// The sections that a retry adds.
pub(super) const RETRY_SECTIONS: [&str; 2] = ["Previous attempt", "Findings"];

/// Words without which a section cannot do its work: filled from elsewhere, so easily empty.
const WORDS: [(&str, &str); 4] = [
    ("Seed helper", "createSeededRandom"),
    ("Type definitions", "AssessmentItemInput"),
    ("Type definitions", "FeedbackContent"),
    ("Template skeleton", "TemplateWidgets"),
];

/// A user message cut at its `## ` lines.
#[derive(Debug)]
pub(super) struct Prompt<'a> {
    sections: Vec<(&'a str, &'a str)>,
}

/// What a prompt says about the attempt before.
#[derive(Debug)]
pub(super) struct Retry<'a> {
    /// The source, without trailing white space.
    pub source: &'a str,
    /// The lines of the findings section.
    pub findings: Vec<&'a str>,
    /// The request's seed.
    pub seed: &'a str,
}

impl<'a> Prompt<'a> {
    /// Headings inside a fence are content.
    pub fn read(text: &'a str) -> Self {
        let mut sections: Vec<(&'a str, &'a str)> = Vec::new();
        let mut fenced = false;
        let (mut name, mut start, mut at) = (None, 0, 0);
        for line in text.split_inclusive('\n') {
            let heading = line.strip_prefix("## ").filter(|_| !fenced);
            if let Some(heading) = heading {
                if let Some(name) = name {
                    sections.push((name, &text[start..at]));
                }
                name = Some(heading.trim());
                start = at + line.len();
            } else if line.starts_with("```") {
                fenced = !fenced;
            }
            at += line.len();
        }
        if let Some(name) = name {
            sections.push((name, &text[start..]));
        }
        Self { sections }
    }

    fn section(&self, name: &str) -> Option<&'a str> {
        self.sections
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, text)| *text)
    }

    /// Everything that every prompt must hold and this one does not.
    pub fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        for name in SECTIONS {
            match self.section(name) {
                None => missing.push(format!("the section \"## {name}\"")),
                Some(text) if text.trim().is_empty() => {
                    missing.push(format!("the text of the section \"## {name}\""));
                }
                Some(_) => {}
            }
        }
        for (name, word) in WORDS {
            if self.section(name).is_some_and(|text| !text.contains(word)) {
                missing.push(format!("{word} in the section \"## {name}\""));
            }
        }
        if missing.is_empty() && !self.in_order() {
            missing.push("the right order: what never changes first, the source item last".into());
        }
        missing
    }

    fn in_order(&self) -> bool {
        let wanted: Vec<&str> = SECTIONS.into_iter().chain(RETRY_SECTIONS).collect();
        let found: Vec<&str> = self
            .sections
            .iter()
            .map(|(n, _)| *n)
            .filter(|n| wanted.contains(n))
            .collect();
        wanted.starts_with(&found)
    }

    /// The source item, when the prompt holds one.
    pub fn item(&self) -> Option<Value> {
        serde_json::from_str(fence(self.section("Source item")?)?).ok()
    }

    /// The request's seed: the number that stands before the item.
    fn seed(&self) -> Option<&'a str> {
        let (before, _) = self.section("Source item")?.split_once("```")?;
        let number = |word: &&str| word.bytes().all(|b| b.is_ascii_digit());
        before.split_whitespace().find(number)
    }

    /// The widget section, for the names that it must hold.
    pub fn widget_types(&self) -> &'a str {
        self.section("Widget types").unwrap_or_default()
    }

    /// The attempt before; an error names the half of it that is missing.
    pub fn retry(&self) -> Result<Option<Retry<'a>>, &'static str> {
        let [source, findings] = RETRY_SECTIONS.map(|name| self.section(name));
        match (source, findings) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err("the section \"## Previous attempt\""),
            (Some(_), None) => Err("the section \"## Findings\""),
            (Some(source), Some(findings)) => {
                let source = fence(source)
                    .ok_or("the source of the previous attempt")?
                    .trim_end();
                let seed = self
                    .seed()
                    .ok_or("the request's seed in \"## Source item\"")?;
                let findings = findings.lines().collect();
                Ok(Some(Retry {
                    source,
                    findings,
                    seed,
                }))
            }
        }
    }
}

/// The inside of the first fence.
fn fence(section: &str) -> Option<&str> {
    let open = section.find("```")?;
    let start = open + section[open..].find('\n')? + 1;
    let end = section[start..]
        .find("\n```")
        .map_or(section.len(), |n| start + n + 1);
    Some(&section[start..end])
}

#[cfg(test)]
mod tests {
    use super::{Prompt, RETRY_SECTIONS, SECTIONS};

    #[test]
    fn wants_the_very_sections_that_prompts_are_composed_of() {
        let dir =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/pipeline/prompts");
        let mut files: Vec<_> = std::fs::read_dir(dir)
            .expect("the prompts")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| {
                let name = path
                    .file_name()
                    .and_then(|n| n.to_str())
                    .unwrap_or_default();
                name.starts_with(|c: char| c.is_ascii_digit())
            })
            .collect();
        files.sort();
        let headings: Vec<String> = files
            .iter()
            .map(|path| {
                let text = std::fs::read_to_string(path).expect("a prompt file");
                let first = text.lines().next().unwrap_or_default();
                first
                    .strip_prefix("## ")
                    .expect("a heading first")
                    .to_owned()
            })
            .collect();
        let wanted: Vec<&str> = SECTIONS.into_iter().chain(RETRY_SECTIONS).collect();
        assert_eq!(headings, wanted);
    }

    #[test]
    fn a_heading_inside_a_fence_is_content() {
        let prompt =
            Prompt::read("## Bans\n```typescript\n## not one\n```\ntext\n## Findings\n- a\n");
        let names: Vec<&str> = prompt.sections.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["Bans", "Findings"]);
        assert_eq!(prompt.section("Findings"), Some("- a\n"));
    }

    #[test]
    fn reads_the_item_and_the_attempt_before() {
        let text = "## Source item\nSeed 15 and more\n```json\n{\"identifier\": \"x\"}\n```\n\n\
                    ## Previous attempt\nAttempt 1\n```typescript\nconst a = 1\n```\n\n\
                    ## Findings\n- TS1 at 2:3: m\n";
        let prompt = Prompt::read(text);
        assert_eq!(prompt.item().expect("an item")["identifier"], "x");
        let retry = prompt.retry().expect("both halves").expect("a retry");
        assert_eq!((retry.source, retry.seed), ("const a = 1", "15"));
        assert!(retry.findings.contains(&"- TS1 at 2:3: m"));
    }
}
