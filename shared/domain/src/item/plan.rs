//! The feedback plan: which feedback texts there are.

use super::{identifier::Grammar, rule, walk::Walk};
use crate::json::Json;

/// The keys of a binary dimension, and of the feedback of a fallback plan.
pub(super) const OUTCOMES: [&str; 2] = ["CORRECT", "INCORRECT"];

/// A plan that could be read.
pub(super) struct Plan<'a> {
    pub combo: bool,
    pub dimensions: Vec<Dimension<'a>>,
}

pub(super) struct Dimension<'a> {
    pub pointer: String,
    pub response: &'a str,
    /// By its keys; else only by right and wrong.
    pub enumerated: bool,
    pub keys: Vec<&'a str>,
}

/// The value of `feedbackPlan`; answers the plan when its mode and dimensions are in order.
pub(super) fn plan<'a>(walk: &mut Walk<'a>, value: &'a Json) -> Option<Plan<'a>> {
    if !walk.object(value, &["mode", "dimensions", "combinations"]) {
        return None;
    }
    let mode = walk
        .field(value, "mode", |walk, value| {
            walk.word(value, &["combo", "fallback"])
        })
        .flatten();
    let dimensions = walk.field(value, "dimensions", dimensions).flatten();
    let plan = mode.zip(dimensions).map(|(mode, dimensions)| Plan {
        combo: mode == "combo",
        dimensions,
    });
    if let Some(plan) = &plan
        && plan.combo
        && plan.dimensions.is_empty()
    {
        walk.key("dimensions", |walk| {
            walk.report(rule::PLAN, "a combo plan needs at least one dimension");
        });
    }
    walk.field(value, "combinations", |walk, value| {
        combinations(walk, value, plan.as_ref())
    });
    plan.filter(|plan| !(plan.combo && plan.dimensions.is_empty()))
}

fn dimensions<'a>(walk: &mut Walk<'a>, value: &'a Json) -> Option<Vec<Dimension<'a>>> {
    let mut found: Vec<Dimension<'a>> = Vec::new();
    let mut all = true;
    let is_array = walk.array(value, 0, |walk, value| match dimension(walk, value) {
        Some(next) => {
            if found.iter().any(|other| other.response == next.response) {
                walk.report(
                    rule::DUPLICATE,
                    format!("{:?} has two dimensions", next.response),
                );
            }
            found.push(next);
        }
        None => all = false,
    });
    (is_array && all).then_some(found)
}

fn dimension<'a>(walk: &mut Walk<'a>, value: &'a Json) -> Option<Dimension<'a>> {
    if value.as_object().is_none() {
        walk.wrong("an object", value);
        return None;
    }
    let kind = walk
        .field(value, "kind", |walk, value| {
            walk.word(value, &["enumerated", "binary"])
        })
        .flatten();
    let enumerated = kind == Some("enumerated");
    let fields: &[&'static str] = if enumerated {
        &["responseIdentifier", "kind", "keys"]
    } else {
        &["responseIdentifier", "kind"]
    };
    if kind.is_some() || value.get("kind").is_none() {
        walk.object(value, fields);
    }
    let response = walk
        .field(value, "responseIdentifier", |walk, value| {
            walk.identifier(value, Grammar::Response)
        })
        .flatten();
    let mut keys = Vec::new();
    if enumerated {
        walk.field(value, "keys", |walk, value| {
            walk.array(value, 1, |walk, value| {
                if let Some(key) = walk.identifier(value, Grammar::Choice) {
                    if keys.contains(&key) {
                        walk.report(rule::DUPLICATE, format!("the key {key:?} is listed twice"));
                    }
                    keys.push(key);
                }
            })
        });
    } else {
        keys = OUTCOMES.to_vec();
    }
    kind?;
    Some(Dimension {
        pointer: walk.pointer(),
        response: response?,
        enumerated,
        keys,
    })
}

fn combinations<'a>(walk: &mut Walk<'a>, value: &'a Json, plan: Option<&Plan<'a>>) {
    let mut ids: Vec<&str> = Vec::new();
    let mut paths: Vec<Vec<&str>> = Vec::new();
    let is_array = walk.array(value, 1, |walk, value| {
        if !walk.object(value, &["id", "path"]) {
            return;
        }
        if let Some(id) = walk.field(value, "id", Walk::text).flatten() {
            if id.is_empty() || ids.contains(&id) {
                let what = if id.is_empty() {
                    "the id is empty"
                } else {
                    "the id is used twice"
                };
                walk.key("id", |walk| walk.report(rule::DUPLICATE, what));
            }
            ids.push(id);
        }
        let path = walk
            .field(value, "path", |walk, value| path(walk, value, plan))
            .flatten();
        if let Some(path) = path.filter(|_| plan.is_some_and(|plan| plan.combo)) {
            if paths.contains(&path) {
                walk.report(rule::PLAN, "another combination has the same path");
            }
            paths.push(path);
        }
    });
    let Some(plan) = plan.filter(|_| is_array) else {
        return;
    };
    if plan.combo {
        let due = plan
            .dimensions
            .iter()
            .fold(1_usize, |n, d| n.saturating_mul(d.keys.len()));
        if !plan.dimensions.is_empty() && ids.len() != due {
            let found = ids.len();
            walk.report(
                rule::PLAN,
                format!("one combination for every way through the keys: {due} due, {found} found"),
            );
        }
    } else if ids.len() != 2 || !OUTCOMES.iter().all(|outcome| ids.contains(outcome)) {
        walk.report(
            rule::PLAN,
            "a fallback plan has the combinations CORRECT and INCORRECT, both with an empty path",
        );
    }
}

/// The keys along a path; none when it does not follow the plan.
fn path<'a>(walk: &mut Walk<'a>, value: &'a Json, plan: Option<&Plan<'a>>) -> Option<Vec<&'a str>> {
    let mut steps: Vec<(&str, &str)> = Vec::new();
    let is_array = walk.array(value, 0, |walk, value| {
        if !walk.object(value, &["responseIdentifier", "key"]) {
            return;
        }
        let response = walk
            .field(value, "responseIdentifier", |walk, value| {
                walk.identifier(value, Grammar::Response)
            })
            .flatten();
        let key = walk
            .field(value, "key", |walk, value| {
                walk.identifier(value, Grammar::Choice)
            })
            .flatten();
        steps.extend(response.zip(key));
    });
    let plan = plan.filter(|_| is_array)?;
    if !plan.combo {
        if !steps.is_empty() {
            walk.report(rule::PLAN, "the paths of a fallback plan are empty");
        }
        return Some(Vec::new());
    }
    let follows = steps.len() == plan.dimensions.len()
        && steps
            .iter()
            .zip(&plan.dimensions)
            .all(|((response, key), dimension)| {
                *response == dimension.response && dimension.keys.contains(key)
            });
    if !follows {
        walk.report(
            rule::PLAN,
            "a path has one step for each dimension, in their order, with one of its keys",
        );
        return None;
    }
    Some(steps.into_iter().map(|(_, key)| key).collect())
}
