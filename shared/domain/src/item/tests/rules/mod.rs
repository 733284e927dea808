//! The table: a change, the rule that it breaks, and where that is reported.

mod answers;
mod feedback;
mod interactions;
mod strict;

use serde_json::Value;

use super::{COMBO, FALLBACK, ItemIssue, changed, issues, rule, sample};

struct Case {
    sample: &'static str,
    pointer: &'static str,
    value: Option<Value>,
    rule: &'static str,
    at: &'static str,
}

fn case(
    sample: &'static str,
    pointer: &'static str,
    value: impl Into<Option<Value>>,
    rule: &'static str,
    at: &'static str,
) -> Case {
    Case {
        sample,
        pointer,
        value: value.into(),
        rule,
        at,
    }
}

fn check(cases: Vec<Case>) {
    for case in cases {
        let item = changed(case.sample, case.pointer, case.value.clone());
        let found = issues(&item);
        let hit = found
            .iter()
            .any(|issue| issue.rule == case.rule && issue.pointer == case.at);
        let change = case
            .value
            .map_or("gone".to_owned(), |value| value.to_string());
        assert!(
            hit,
            "{} := {change}: no {} at {:?} in {found:#?}",
            case.pointer, case.rule, case.at
        );
    }
}
