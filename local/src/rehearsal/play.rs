//! Which reply a prompt has earned.

use serde_json::Value;

use super::{
    prompt::{Prompt, Retry},
    scripts::{Expected, Script, Scripts},
};

/// How a rehearsal ends, by the model's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Play {
    /// Right at this attempt (1-based); the attempts before are the script's first faulty ones.
    RightAt(usize),
    /// The whole script: every faulty reply, then the right one.
    Repair,
    /// The faulty replies round and round.
    Never,
}

/// The reply that comes next.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cue<'a> {
    /// The item being rehearsed.
    pub item: &'a str,
    /// 1-based place in the play.
    pub attempt: usize,
    /// How many attempts the play takes; nothing for one that never ends.
    pub of: Option<usize>,
    /// The template.
    pub source: &'a str,
}

/// Why a prompt gets no reply.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// The prompt is incomplete.
    #[error("the prompt lacks {}", .0.join("; "))]
    Missing(Vec<String>),
    /// There is no script for the item.
    #[error(
        "no script for the item {found}: only the sample items can be rehearsed ({known}); \
         set OPENAI_API_KEY to call a real model for any other item"
    )]
    UnknownItem {
        /// Its identifier, as JSON.
        found: String,
        /// The ones that there are scripts for.
        known: String,
    },
    /// The attempt in the prompt is none of the script's.
    #[error("the previous attempt in the prompt is not a reply of this rehearsal, byte for byte")]
    ForeignAttempt,
    /// The attempt in the prompt is the right one.
    #[error("the previous attempt in the prompt is the right one: nothing follows it")]
    AlreadyRight,
}

impl Play {
    /// The replies' places in the script, in order.
    fn sequence(self, script: &Script) -> Vec<usize> {
        let last = script.replies.len() - 1;
        match self {
            Self::Repair => (0..=last).collect(),
            Self::RightAt(attempt) => (0..last.min(attempt - 1)).chain([last]).collect(),
            Self::Never => (0..last).collect(),
        }
    }

    /// The reply that `text`, a user message, has earned.
    pub fn next<'s>(self, text: &str, scripts: &'s Scripts) -> Result<Cue<'s>, Refusal> {
        let prompt = Prompt::read(text);
        let mut missing = prompt.missing();
        let item = prompt.item();
        if item.is_none() {
            missing.push("the item as JSON in a fence of the section \"## Source item\"".into());
        }
        let retry = prompt.retry().unwrap_or_else(|what| {
            missing.push(what.to_owned());
            None
        });
        let Some(item) = item.filter(|_| missing.is_empty()) else {
            return Err(Refusal::Missing(missing));
        };
        let script = find(&item, scripts)?;
        missing.extend(missing_widgets(&item, &prompt));
        if !missing.is_empty() {
            return Err(Refusal::Missing(missing));
        }
        let sequence = self.sequence(script);
        let step = match retry {
            None => 0,
            Some(retry) => self.after(&retry, script, &sequence)?,
        };
        Ok(Cue {
            item: &script.item,
            attempt: step + 1,
            of: (self != Self::Never).then_some(sequence.len()),
            source: &script.replies[sequence[step]].source,
        })
    }

    fn after(
        self,
        retry: &Retry<'_>,
        script: &Script,
        sequence: &[usize],
    ) -> Result<usize, Refusal> {
        // An injected fault came before: an empty, truncated or refused reply.
        if retry
            .findings
            .iter()
            .any(|line| line.starts_with("- 9003 "))
        {
            return Ok(0);
        }
        let step = sequence
            .iter()
            .position(|reply| script.replies[*reply].source.trim_end() == retry.source)
            .ok_or(Refusal::ForeignAttempt)?;
        let missing = untold(&script.replies[sequence[step]].findings, retry);
        if !missing.is_empty() {
            return Err(Refusal::Missing(missing));
        }
        match self {
            Self::Never => Ok((step + 1) % sequence.len()),
            _ if step + 1 < sequence.len() => Ok(step + 1),
            _ => Err(Refusal::AlreadyRight),
        }
    }
}

fn find<'s>(item: &Value, scripts: &'s Scripts) -> Result<&'s Script, Refusal> {
    let found = &item["identifier"];
    found
        .as_str()
        .and_then(|name| scripts.get(name))
        .ok_or_else(|| Refusal::UnknownItem {
            found: found.to_string(),
            known: scripts.items().collect::<Vec<_>>().join(", "),
        })
}

/// The findings that no line tells of; one line tells of one finding.
fn untold(findings: &[Expected], retry: &Retry<'_>) -> Vec<String> {
    let mut lines = retry.findings.clone();
    let mut missing = Vec::new();
    for finding in findings {
        match lines
            .iter()
            .position(|line| finding.is_told_by(line, retry.seed))
        {
            Some(at) => {
                lines.remove(at);
            }
            None => missing.push(format!("the finding {finding} of the previous attempt")),
        }
    }
    missing
}

/// The item's parts that prompt and item themselves must agree on.
fn missing_widgets(item: &Value, prompt: &Prompt<'_>) -> Vec<String> {
    let mut missing = Vec::new();
    for key in [
        "body",
        "interactions",
        "responseDeclarations",
        "feedbackPlan",
        "feedback",
    ] {
        if item.get(key).is_none_or(Value::is_null) {
            missing.push(format!(
                "the item's {key} in the section \"## Source item\""
            ));
        }
    }
    let widgets = item["widgets"]
        .as_object()
        .into_iter()
        .flat_map(|map| map.values());
    for kind in widgets.filter_map(|widget| widget["type"].as_str()) {
        if !prompt.widget_types().contains(kind) {
            missing.push(format!("{kind} in the section \"## Widget types\""));
        }
    }
    missing
}
