//! Every rule, shown by one change to an item that is valid.

mod rules;

use serde_json::{Value, json};

use super::{ItemIssue, judge, rule, shape, validate};
use crate::json::Json;

/// A choice and a text entry, with feedback for every combination.
const COMBO: &str = include_str!("combo.json");
/// The other interactions, a widget, and a fallback plan.
const FALLBACK: &str = include_str!("fallback.json");

/// Reads a sample; a text `LEAF correct` or `LEAF incorrect` stands for a whole feedback text.
fn sample(text: &str) -> Value {
    let mut item = serde_json::from_str(text).expect("the sample is JSON");
    expand(&mut item);
    item
}

fn expand(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(correctness) = text.strip_prefix("LEAF ") {
                *value = leaf(correctness);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(expand),
        Value::Object(members) => members.values_mut().for_each(expand),
        _ => {}
    }
}

fn leaf(correctness: &str) -> Value {
    let text = |content: &str| json!([{"type": "text", "content": content}]);
    let step = |title: &str| {
        let paragraph = json!({"type": "paragraph", "content": text("Count once more.")});
        json!({"type": "step", "title": text(title), "content": [paragraph]})
    };
    json!({
        "preamble": {"correctness": correctness, "summary": text("You counted.")},
        "steps": [step("Look"), step("Count")],
    })
}

fn issues(item: &Value) -> Vec<ItemIssue> {
    validate(&Json::from(item))
}

/// The sample with the value at `pointer` replaced (or, in an object, added or taken away).
fn changed(text: &str, pointer: &str, value: Option<Value>) -> Value {
    let mut item = sample(text);
    let (parent, last) = pointer.rsplit_once('/').expect("a pointer");
    match item.pointer_mut(parent).expect("the place exists") {
        Value::Array(values) => {
            let index: usize = last.parse().expect("an index");
            match value {
                Some(value) if index == values.len() => values.push(value),
                Some(value) => values[index] = value,
                None => drop(values.remove(index)),
            }
        }
        Value::Object(members) => match value {
            Some(value) => drop(members.insert(last.to_owned(), value)),
            None => drop(members.shift_remove(last)),
        },
        _ => panic!("{parent} holds nothing"),
    }
    item
}

#[test]
fn the_samples_are_valid() {
    for text in [COMBO, FALLBACK] {
        assert_eq!(issues(&sample(text)), []);
    }
}

#[test]
fn anything_that_is_no_object_is_one_issue() {
    for value in [json!(null), json!([]), json!("x"), json!(1)] {
        let found = issues(&value);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].rule, found[0].pointer.as_str()),
            (rule::WRONG_TYPE, "")
        );
    }
}

#[test]
fn every_fault_is_reported_at_once() {
    let found = issues(&json!({"title": 1, "body": [{"type": "gap"}], "extra": null}));
    let missing = found
        .iter()
        .filter(|issue| issue.rule == rule::MISSING_KEY)
        .count();
    assert_eq!(missing, 6);
    assert!(found.iter().any(|issue| issue.pointer == "/title"));
    assert!(found.iter().any(|issue| issue.pointer == "/extra"));
    assert!(found.iter().any(|issue| issue.pointer == "/body/0/type"));
}

#[test]
fn the_number_of_issues_is_bounded() {
    let many: Vec<Value> = (0..10_000).map(|_| json!(null)).collect();
    let found = issues(&changed(COMBO, "/body", Some(Value::Array(many))));
    assert!(found.len() <= 500);
}

#[test]
fn a_fault_of_quality_that_the_source_has_is_not_the_templates() {
    let pointer = "/interactions/most/choices/1/content/0/content";
    let same = Json::from(&changed(FALLBACK, pointer, Some(json!("2"))));
    let good = Json::from(&sample(FALLBACK));
    assert_eq!(judge(Some(&same), &same), []);
    assert_eq!(judge(None, &same)[0].rule, rule::SAME_READING);
    assert_eq!(judge(Some(&good), &same)[0].rule, rule::SAME_READING);
    let broken = Json::from(&changed(FALLBACK, "/title", None));
    assert_eq!(judge(Some(&broken), &broken)[0].rule, rule::MISSING_KEY);
}

#[test]
fn another_activity_or_widget_is_another_shape() {
    let source = Json::from(&sample(FALLBACK));
    assert_eq!(shape::compare(&source, &source), []);
    let other = Json::from(&changed(
        FALLBACK,
        "/interactions/most/type",
        Some(json!("orderInteraction")),
    ));
    let found: Vec<&str> = shape::compare(&source, &other)
        .iter()
        .map(|issue| issue.rule)
        .collect();
    assert_eq!(found, [rule::SHAPE_INTERACTIONS, rule::SHAPE_INTERACTIONS]);
    let other = Json::from(&changed(
        FALLBACK,
        "/widgets/birds/type",
        Some(json!("barChart")),
    ));
    let found = shape::compare(&source, &other);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].rule, rule::SHAPE_WIDGETS);
    assert!(found[0].message.contains("dotPlot") && found[0].message.contains("barChart"));
    let twice = json!({"a": {"type": "dotPlot"}, "b": {"type": "dotPlot"}});
    let other = Json::from(&changed(FALLBACK, "/widgets", Some(twice)));
    assert_eq!(
        shape::compare(&source, &other),
        [],
        "several widgets of one type are one type"
    );
}
