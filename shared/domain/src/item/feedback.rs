//! The feedback tree: one text at the end of every path of the plan.

use super::{
    content::{Place, blocks, inlines},
    plan::{Dimension, OUTCOMES, Plan},
    rule,
    walk::Walk,
};
use crate::json::Json;

/// What a text must say about the answer, as far as its path tells.
pub(super) struct Leaf<'a> {
    /// JSON Pointer to the text's `correctness`.
    pub pointer: String,
    /// What it says: `correct` or `incorrect`.
    pub correctness: &'a str,
    /// Response and key of every step; `("", "CORRECT")` for a fallback.
    pub path: Vec<(&'a str, &'a str)>,
}

/// The value of `feedback`; answers the texts whose path follows the plan.
pub(super) fn feedback<'a>(
    walk: &mut Walk<'a>,
    value: &'a Json,
    plan: Option<&Plan<'a>>,
) -> Vec<Leaf<'a>> {
    let mut leaves = Vec::new();
    if !walk.object(value, &["FEEDBACK__OVERALL"]) {
        return leaves;
    }
    walk.field(value, "FEEDBACK__OVERALL", |walk, value| match plan {
        None => loose(walk, value),
        Some(plan) if plan.combo => {
            branch(walk, value, &plan.dimensions, &mut Vec::new(), &mut leaves);
        }
        Some(_) => {
            if keyed(walk, value, &OUTCOMES) {
                for outcome in OUTCOMES {
                    walk.field(value, outcome, |walk, value| {
                        leaf(walk, value, &[("", outcome)], &mut leaves);
                    });
                }
            }
        }
    });
    leaves
}

/// Without a plan there are no paths to follow; the texts are checked all the same.
fn loose<'a>(walk: &mut Walk<'a>, value: &'a Json) {
    if value.get("content").is_some() {
        leaf(walk, value, &[], &mut Vec::new());
    } else {
        walk.map(value, |walk, _, value| loose(walk, value));
    }
}

/// An object with exactly these keys.
fn keyed<'a>(walk: &mut Walk<'a>, value: &'a Json, keys: &[&str]) -> bool {
    let Some(members) = value.as_object() else {
        return walk.wrong("an object", value);
    };
    for (key, _) in members
        .iter()
        .filter(|(key, _)| !keys.contains(&key.as_str()))
    {
        let known = keys.join(", ");
        walk.key(key, |walk| {
            walk.report(
                rule::FEEDBACK,
                format!("not in the feedback plan; due are {known}"),
            );
        });
    }
    for key in keys.iter().filter(|key| value.get(key).is_none()) {
        walk.report(rule::FEEDBACK, format!("the feedback for {key} is missing"));
    }
    true
}

/// Response identifier, then key, then the next dimension or the text.
fn branch<'a>(
    walk: &mut Walk<'a>,
    value: &'a Json,
    dimensions: &[Dimension<'a>],
    path: &mut Vec<(&'a str, &'a str)>,
    leaves: &mut Vec<Leaf<'a>>,
) {
    let Some((dimension, rest)) = dimensions.split_first() else {
        leaf(walk, value, path, leaves);
        return;
    };
    if !keyed(walk, value, &[dimension.response]) {
        return;
    }
    let Some(by_key) = value.get(dimension.response) else {
        return;
    };
    walk.key(dimension.response, |walk| {
        if !keyed(walk, by_key, &dimension.keys) {
            return;
        }
        for key in &dimension.keys {
            let Some(next) = by_key.get(key) else {
                continue;
            };
            path.push((dimension.response, key));
            walk.key(key, |walk| branch(walk, next, rest, path, leaves));
            path.pop();
        }
    });
}

/// `{content: {preamble, steps}}`.
fn leaf<'a>(
    walk: &mut Walk<'a>,
    value: &'a Json,
    path: &[(&'a str, &'a str)],
    leaves: &mut Vec<Leaf<'a>>,
) {
    if !walk.object(value, &["content"]) {
        return;
    }
    walk.field(value, "content", |walk, value| {
        if !walk.object(value, &["preamble", "steps"]) {
            return;
        }
        walk.field(value, "preamble", |walk, value| {
            if !walk.object(value, &["correctness", "summary"]) {
                return;
            }
            walk.field(value, "correctness", |walk, value| {
                if let Some(correctness) = walk.word(value, &["correct", "incorrect"]) {
                    let (pointer, path) = (walk.pointer(), path.to_vec());
                    leaves.push(Leaf {
                        pointer,
                        correctness,
                        path,
                    });
                }
            });
            walk.field(value, "summary", |walk, value| {
                inlines(walk, value, Place::Feedback, 1)
            });
        });
        walk.field(value, "steps", |walk, value| {
            walk.array(value, 2, step);
        });
    });
}

fn step<'a>(walk: &mut Walk<'a>, value: &'a Json) {
    if !walk.object(value, &["type", "title", "content"]) {
        return;
    }
    walk.field(value, "type", |walk, value| walk.word(value, &["step"]));
    walk.field(value, "title", |walk, value| {
        inlines(walk, value, Place::Feedback, 1)
    });
    walk.field(value, "content", |walk, value| {
        blocks(walk, value, Place::Feedback, 0)
    });
}
