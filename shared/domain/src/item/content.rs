//! Inline and block content, and which of it may stand where.

use super::{
    facts::{InteractionUse, WidgetUse},
    identifier::Grammar,
    mathml, reading, rule,
    walk::Walk,
};
use crate::json::Json;

/// Where content stands; decides what it may hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The item's body.
    Body,
    /// The prompt of an interaction.
    Prompt,
    /// A choice, an inline choice or a gap text.
    Choice,
    /// The content of a gap match.
    GapMatch,
    /// Preamble, step title and step of a feedback.
    Feedback,
}

const INLINE: [&str; 5] = [
    "text",
    "math",
    "inlineWidgetRef",
    "inlineInteractionRef",
    "gap",
];
const BLOCK: [&str; 7] = [
    "paragraph",
    "unorderedList",
    "orderedList",
    "tableRich",
    "blockquote",
    "widgetRef",
    "interactionRef",
];

impl Place {
    const fn name(self) -> &'static str {
        match self {
            Self::Body => "the body",
            Self::Prompt => "a prompt",
            Self::Choice => "a choice",
            Self::GapMatch => "the content of a gap match",
            Self::Feedback => "feedback",
        }
    }

    fn holds(self, kind: &str) -> bool {
        match kind {
            "inlineWidgetRef" | "widgetRef" => self != Self::GapMatch,
            "inlineInteractionRef" | "interactionRef" => self == Self::Body,
            "gap" => self == Self::GapMatch,
            "unorderedList" | "orderedList" => self != Self::Feedback,
            _ => true,
        }
    }
}

/// Blocks; at least `least` of them.
pub(super) fn blocks<'a>(walk: &mut Walk<'a>, value: &'a Json, place: Place, least: usize) {
    walk.array(value, least, |walk, value| block(walk, value, place));
}

/// A line of inline content; at least `least` fragments.
pub(super) fn inlines<'a>(walk: &mut Walk<'a>, value: &'a Json, place: Place, least: usize) {
    walk.array(value, least, |walk, value| inline(walk, value, place));
    for (index, pair) in value.as_array().unwrap_or_default().windows(2).enumerate() {
        if reading::runs_together(&pair[0], &pair[1]) {
            walk.index(index + 1, |walk| {
                walk.report(
                    rule::MISSING_SPACE,
                    "fragments are joined as they are: the sentence before ends without a space, \
                     and this one starts without one",
                );
            });
        }
    }
}

/// The type of a piece of content, if it is one of `kinds` and may stand here.
fn kind<'a>(
    walk: &mut Walk<'a>,
    value: &'a Json,
    kinds: &[&'static str],
    place: Place,
) -> Option<&'a str> {
    if value.as_object().is_none() {
        walk.wrong("an object", value);
        return None;
    }
    if value.get("type").is_none() {
        walk.report(rule::MISSING_KEY, "the field \"type\" is missing");
    }
    let kind = walk
        .field(value, "type", |walk, value| walk.word(value, kinds))
        .flatten()?;
    if !place.holds(kind) {
        walk.report(rule::MISPLACED, format!("{} holds no {kind}", place.name()));
    }
    Some(kind)
}

fn inline<'a>(walk: &mut Walk<'a>, value: &'a Json, place: Place) {
    match kind(walk, value, &INLINE, place) {
        Some("text") => {
            walk.object(value, &["type", "content"]);
            walk.field(value, "content", |walk, value| {
                if walk
                    .text(value)
                    .is_some_and(|text| text.contains(['^', '|']))
                {
                    walk.report(
                        rule::TEXT_CHARACTER,
                        "text holds no ^ and no |; write powers and bars as math",
                    );
                }
            });
        }
        Some("math") => {
            walk.object(value, &["type", "mathml"]);
            walk.field(value, "mathml", |walk, value| {
                if let Some(fault) = walk.text(value).and_then(mathml::fault) {
                    walk.report(rule::MATHML, fault);
                }
            });
        }
        Some("gap") => {
            walk.object(value, &["type", "gapId"]);
            walk.field(value, "gapId", |walk, value| {
                walk.identifier(value, Grammar::Choice)
            });
        }
        Some("inlineWidgetRef") => widget_ref(walk, value),
        Some("inlineInteractionRef") => interaction_ref(walk, value, true),
        _ => {}
    }
}

fn block<'a>(walk: &mut Walk<'a>, value: &'a Json, place: Place) {
    match kind(walk, value, &BLOCK, place) {
        Some("paragraph" | "blockquote") => {
            walk.object(value, &["type", "content"]);
            walk.field(value, "content", |walk, value| {
                inlines(walk, value, place, 0)
            });
        }
        Some("unorderedList" | "orderedList") => {
            walk.object(value, &["type", "items"]);
            walk.field(value, "items", |walk, value| {
                walk.array(value, 1, |walk, value| inlines(walk, value, place, 0))
            });
        }
        Some("tableRich") => {
            walk.object(value, &["type", "header", "rows"]);
            walk.field(value, "header", |walk, value| {
                if *value != Json::Null {
                    rows(walk, value, place);
                }
            });
            walk.field(value, "rows", |walk, value| rows(walk, value, place));
        }
        Some("widgetRef") => widget_ref(walk, value),
        Some("interactionRef") => interaction_ref(walk, value, false),
        _ => {}
    }
}

fn rows<'a>(walk: &mut Walk<'a>, value: &'a Json, place: Place) {
    walk.array(value, 0, |walk, row| {
        walk.array(row, 0, |walk, cell| {
            if *cell != Json::Null {
                inlines(walk, cell, place, 0);
            }
        });
    });
}

fn widget_ref<'a>(walk: &mut Walk<'a>, value: &'a Json) {
    walk.object(value, &["type", "widgetId", "widgetType"]);
    let slot = walk.field(value, "widgetId", Walk::text).flatten();
    let kind = walk.field(value, "widgetType", Walk::text).flatten();
    if let Some(slot) = slot {
        let pointer = walk.pointer();
        walk.facts.widget_uses.push(WidgetUse {
            pointer,
            slot,
            kind,
        });
    }
}

fn interaction_ref<'a>(walk: &mut Walk<'a>, value: &'a Json, inline: bool) {
    walk.object(value, &["type", "interactionId"]);
    if let Some(slot) = walk.field(value, "interactionId", Walk::text).flatten() {
        let pointer = walk.pointer();
        walk.facts.interaction_uses.push(InteractionUse {
            pointer,
            slot,
            inline,
        });
    }
}
