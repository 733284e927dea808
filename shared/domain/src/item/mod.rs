//! The structured item and every rule that makes it a valid one.
//!
//! [`validate`] reports every broken rule with its place, never only the first; [`judge`] does so
//! for an item that a template made, against the item that the template was made from.

mod content;
mod correct;
mod declaration;
mod facts;
mod feedback;
mod identifier;
mod interaction;
mod issue;
mod mathml;
mod plan;
mod reading;
mod refs;
pub mod rule;
pub mod shape;
mod unfilled;
mod walk;

#[cfg(test)]
mod tests;

pub use issue::ItemIssue;

use self::{content::Place, facts::Widget, identifier::Grammar, walk::Walk};
use crate::{json::Json, widget};

const FIELDS: [&str; 8] = [
    "identifier",
    "title",
    "responseDeclarations",
    "body",
    "widgets",
    "interactions",
    "feedbackPlan",
    "feedback",
];

/// Checks an item against every rule; an empty list means that it is valid.
#[must_use]
pub fn validate(item: &Json) -> Vec<ItemIssue> {
    let mut walk = Walk::new();
    if !walk.object(item, &FIELDS) {
        return walk.finish();
    }
    walk.field(item, "identifier", |walk, value| walk.filled(value));
    walk.field(item, "title", |walk, value| walk.filled(value));
    walk.field(item, "responseDeclarations", declaration::declarations);
    walk.field(item, "body", |walk, value| {
        if *value != Json::Null {
            content::blocks(walk, value, Place::Body, 0);
        }
    });
    walk.field(item, "widgets", widgets);
    walk.field(item, "interactions", interaction::interactions);
    let plan = walk.field(item, "feedbackPlan", plan::plan).flatten();
    let leaves = walk
        .field(item, "feedback", |walk, value| {
            feedback::feedback(walk, value, plan.as_ref())
        })
        .unwrap_or_default();
    refs::check(&mut walk, plan.as_ref());
    correct::check(&mut walk, item.get("widgets"), &leaves);
    unfilled::check(&mut walk, item);
    walk.finish()
}

/// Checks an item that a template made: every rule of [`validate`], except those of quality that
/// the source item breaks itself, and that it is the same kind of activity ([`shape`]).
#[must_use]
pub fn judge(source: Option<&Json>, generated: &Json) -> Vec<ItemIssue> {
    let mut issues = validate(generated);
    let Some(source) = source else { return issues };
    if issues
        .iter()
        .any(|issue| rule::QUALITY.contains(&issue.rule))
    {
        let tolerated: Vec<&str> = validate(source)
            .into_iter()
            .map(|issue| issue.rule)
            .filter(|rule| rule::QUALITY.contains(rule))
            .collect();
        issues.retain(|issue| !tolerated.contains(&issue.rule));
    }
    issues.extend(shape::compare(source, generated));
    issues
}

/// The value of `widgets`: null or a map by slot. A widget's own fields are its type's matter.
fn widgets<'a>(walk: &mut Walk<'a>, value: &'a Json) {
    if *value == Json::Null {
        return;
    }
    walk.map(value, |walk, slot, value| {
        walk.name(slot, Grammar::Slot);
        if value.as_object().is_none() {
            walk.wrong("an object", value);
            return;
        }
        if value.get("type").is_none() {
            walk.report(rule::MISSING_KEY, "the field \"type\" is missing");
        }
        let kind = walk
            .field(value, "type", |walk, value| {
                let kind = walk.text(value)?;
                if !widget::is_known(kind) {
                    walk.report(
                        rule::UNKNOWN_WIDGET,
                        format!("{kind:?} is not a known widget type"),
                    );
                }
                Some(kind)
            })
            .flatten();
        let pointer = walk.pointer();
        walk.facts.widgets.push(Widget {
            pointer,
            slot,
            kind,
        });
    });
}
