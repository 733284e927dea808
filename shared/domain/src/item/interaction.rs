//! The interactions: what each kind holds.

use super::{
    content::{Place, blocks, inlines},
    facts::{Choice, Interaction, Kind},
    identifier::Grammar,
    rule,
    walk::Walk,
};
use crate::json::Json;

const KINDS: [(&str, Kind, &[&str]); 6] = [
    (
        "choiceInteraction",
        Kind::Choice,
        &[
            "type",
            "responseIdentifier",
            "prompt",
            "choices",
            "shuffle",
            "minChoices",
            "maxChoices",
        ],
    ),
    (
        "inlineChoiceInteraction",
        Kind::InlineChoice,
        &["type", "responseIdentifier", "choices", "shuffle"],
    ),
    (
        "textEntryInteraction",
        Kind::TextEntry,
        &["type", "responseIdentifier", "expectedLength"],
    ),
    (
        "orderInteraction",
        Kind::Order,
        &[
            "type",
            "responseIdentifier",
            "prompt",
            "choices",
            "shuffle",
            "orientation",
        ],
    ),
    (
        "gapMatchInteraction",
        Kind::GapMatch,
        &[
            "type",
            "responseIdentifier",
            "content",
            "gapTexts",
            "gaps",
            "shuffle",
        ],
    ),
    (
        "unsupportedInteraction",
        Kind::Unsupported,
        &["type", "responseIdentifier", "perseusType"],
    ),
];

/// The value of `interactions`: null or a map by slot.
pub(super) fn interactions<'a>(walk: &mut Walk<'a>, value: &'a Json) {
    if *value == Json::Null {
        return;
    }
    walk.map(value, |walk, slot, value| {
        walk.name(slot, Grammar::Slot);
        interaction(walk, slot, value);
    });
}

fn interaction<'a>(walk: &mut Walk<'a>, slot: &'a str, value: &'a Json) {
    if value.as_object().is_none() {
        walk.wrong("an object", value);
        return;
    }
    if value.get("type").is_none() {
        walk.report(rule::MISSING_KEY, "the field \"type\" is missing");
    }
    let words = KINDS.map(|(name, _, _)| name);
    let name = walk
        .field(value, "type", |walk, value| walk.word(value, &words))
        .flatten();
    let Some((_, kind, fields)) = KINDS.iter().find(|(word, _, _)| Some(*word) == name) else {
        return;
    };
    walk.object(value, fields);
    let response = walk
        .field(value, "responseIdentifier", |walk, value| {
            walk.identifier(value, Grammar::Response)
        })
        .flatten();
    let mut found = Interaction {
        pointer: walk.pointer(),
        slot,
        kind: *kind,
        response,
        choices: Vec::new(),
        max_choices: None,
        gaps: Vec::new(),
        placed_gaps: Vec::new(),
    };
    match kind {
        Kind::Choice => choice(walk, value, &mut found),
        Kind::InlineChoice => {
            found.choices = choices(walk, value, "choices", 1, true);
            walk.field(value, "shuffle", Walk::always_true);
        }
        Kind::TextEntry => {
            walk.field(value, "expectedLength", |walk, value| {
                if *value != Json::Null {
                    walk.integer(value, 1);
                }
            });
        }
        Kind::Order => {
            prompt(walk, value);
            found.choices = choices(walk, value, "choices", 2, false);
            walk.field(value, "shuffle", Walk::always_true);
            walk.field(value, "orientation", |walk, value| {
                walk.word(value, &["vertical"]);
            });
        }
        Kind::GapMatch => gap_match(walk, value, &mut found),
        Kind::Unsupported => {
            walk.field(value, "perseusType", |walk, value| walk.filled(value));
        }
    }
    walk.facts.interactions.push(found);
}

fn prompt<'a>(walk: &mut Walk<'a>, value: &'a Json) {
    walk.field(value, "prompt", |walk, value| {
        inlines(walk, value, Place::Prompt, 0)
    });
}

fn choice<'a>(walk: &mut Walk<'a>, value: &'a Json, found: &mut Interaction<'a>) {
    prompt(walk, value);
    found.choices = choices(walk, value, "choices", 2, false);
    walk.field(value, "shuffle", Walk::always_true);
    let least = walk
        .field(value, "minChoices", |walk, value| walk.integer(value, 0))
        .flatten();
    let most = walk
        .field(value, "maxChoices", |walk, value| walk.integer(value, 1))
        .flatten();
    if let (Some(least), Some(most)) = (least, most)
        && least > most
    {
        walk.report(
            rule::OUT_OF_RANGE,
            format!("minChoices is {least}, more than maxChoices, {most}"),
        );
    }
    let count = i64::try_from(found.choices.len()).unwrap_or(i64::MAX);
    if let Some(least) = least.filter(|least| *least > count) {
        walk.report(
            rule::OUT_OF_RANGE,
            format!("minChoices is {least}, but there are {count} choices"),
        );
    }
    found.max_choices = most;
}

/// A list of choices or gap texts; reports identifiers that occur twice.
fn choices<'a>(
    walk: &mut Walk<'a>,
    value: &'a Json,
    field: &'static str,
    least: usize,
    inline: bool,
) -> Vec<Choice<'a>> {
    let gap_text = field == "gapTexts";
    let fields: &[&str] = if gap_text {
        &["identifier", "matchMax", "content"]
    } else {
        &["identifier", "content"]
    };
    let mut found: Vec<Choice<'a>> = Vec::new();
    walk.field(value, field, |walk, value| {
        walk.array(value, least, |walk, value| {
            if !walk.object(value, fields) {
                return;
            }
            let identifier = walk.field(value, "identifier", |walk, value| {
                let identifier = walk.identifier(value, Grammar::Choice)?;
                unique(walk, found.iter().map(|other| other.identifier), identifier);
                Some(identifier)
            });
            walk.field(value, "content", |walk, value| match inline {
                true => inlines(walk, value, Place::Choice, 0),
                false => blocks(walk, value, Place::Choice, 0),
            });
            let match_max = walk
                .field(value, "matchMax", |walk, value| walk.integer(value, 0))
                .flatten();
            if let Some(identifier) = identifier.flatten() {
                let pointer = walk.pointer();
                let content = value.get("content");
                found.push(Choice {
                    pointer,
                    identifier,
                    content,
                    match_max,
                });
            }
        });
    });
    found
}

/// Reports an identifier that is among the earlier ones.
fn unique<'b>(walk: &mut Walk<'_>, mut earlier: impl Iterator<Item = &'b str>, identifier: &str) {
    if earlier.any(|other| other == identifier) {
        walk.report(rule::DUPLICATE, format!("{identifier:?} is used twice"));
    }
}

fn gap_match<'a>(walk: &mut Walk<'a>, value: &'a Json, found: &mut Interaction<'a>) {
    walk.field(value, "content", |walk, value| {
        blocks(walk, value, Place::GapMatch, 1)
    });
    if let Some(content) = value.get("content") {
        placed_gaps(content, &mut found.placed_gaps);
    }
    found.choices = choices(walk, value, "gapTexts", 1, true);
    walk.field(value, "shuffle", Walk::boolean);
    walk.field(value, "gaps", |walk, value| {
        walk.array(value, 1, |walk, value| {
            if !walk.object(value, &["identifier", "required"]) {
                return;
            }
            walk.field(value, "required", |walk, value| {
                if *value != Json::Null {
                    walk.boolean(value);
                }
            });
            let gap = walk.field(value, "identifier", |walk, value| {
                let identifier = walk.identifier(value, Grammar::Choice)?;
                unique(walk, found.gaps.iter().copied(), identifier);
                Some(identifier)
            });
            found.gaps.extend(gap.flatten());
        });
    });
}

/// Every gap in the content, in order.
fn placed_gaps<'a>(content: &'a Json, found: &mut Vec<&'a str>) {
    match content {
        Json::Array(values) => values.iter().for_each(|value| placed_gaps(value, found)),
        Json::Object(members) => {
            if content.get("type").and_then(Json::as_str) == Some("gap") {
                found.extend(content.get("gapId").and_then(Json::as_str));
            }
            members
                .iter()
                .for_each(|(_, value)| placed_gaps(value, found));
        }
        _ => {}
    }
}
