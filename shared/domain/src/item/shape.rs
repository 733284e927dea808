//! The kind of activity that an item is: a template may change its numbers, never its shape.

use std::collections::BTreeMap;

use super::{ItemIssue, rule};
use crate::json::Json;

/// What kind of activity an item is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// How many interactions of each type, in the types' alphabetical order.
    pub interactions: BTreeMap<String, usize>,
    /// The widget types, sorted, each once.
    pub widgets: Vec<String>,
}

/// The shape of an item; what is not readable does not count.
#[must_use]
pub fn of(item: &Json) -> Shape {
    let types = |field: &str| {
        let members = item
            .get(field)
            .and_then(Json::as_object)
            .unwrap_or_default();
        members
            .iter()
            .filter_map(|(_, value)| value.get("type")?.as_str())
            .map(str::to_owned)
    };
    let mut shape = Shape::default();
    for kind in types("interactions") {
        *shape.interactions.entry(kind).or_default() += 1;
    }
    shape.widgets = types("widgets").collect();
    shape.widgets.sort_unstable();
    shape.widgets.dedup();
    shape
}

/// What differs in kind between a source item and one that its template made: interaction types
/// and how many of each, and the widget types.
#[must_use]
pub fn compare(source: &Json, generated: &Json) -> Vec<ItemIssue> {
    let (due, found) = (of(source), of(generated));
    let mut issues = Vec::new();
    let kinds: std::collections::BTreeSet<&String> = due
        .interactions
        .keys()
        .chain(found.interactions.keys())
        .collect();
    for kind in kinds {
        let count = |shape: &Shape| shape.interactions.get(kind).copied().unwrap_or(0);
        if count(&due) != count(&found) {
            issues.push(ItemIssue {
                rule: rule::SHAPE_INTERACTIONS,
                pointer: "/interactions".to_owned(),
                message: format!(
                    "the source item has {} {kind}, this one {}: keep the activity as it is",
                    count(&due),
                    count(&found)
                ),
            });
        }
    }
    if due.widgets != found.widgets {
        let list = |types: &[String]| match types {
            [] => "none".to_owned(),
            types => types.join(", "),
        };
        issues.push(ItemIssue {
            rule: rule::SHAPE_WIDGETS,
            pointer: "/widgets".to_owned(),
            message: format!(
                "the widget types of the source item are {}, here {}",
                list(&due.widgets),
                list(&found.widgets)
            ),
        });
    }
    issues
}
