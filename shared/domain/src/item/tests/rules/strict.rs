//! Objects are strict, and content is what it says and stands where it may.

use serde_json::{Value, json};

use super::{COMBO, FALLBACK, ItemIssue, case, changed, check, issues, rule, sample};

#[test]
fn objects_are_strict_at_every_level() {
    let places = [
        (COMBO, ""),
        (COMBO, "/responseDeclarations/0"),
        (COMBO, "/body/0"),
        (COMBO, "/body/0/content/0"),
        (COMBO, "/body/0/content/1"),
        (COMBO, "/body/1"),
        (COMBO, "/body/2"),
        (COMBO, "/body/3/content/1"),
        (COMBO, "/interactions/total"),
        (COMBO, "/interactions/total/choices/0"),
        (COMBO, "/interactions/whole"),
        (COMBO, "/feedbackPlan"),
        (COMBO, "/feedbackPlan/dimensions/0"),
        (COMBO, "/feedbackPlan/dimensions/1"),
        (COMBO, "/feedbackPlan/combinations/0"),
        (COMBO, "/feedbackPlan/combinations/0/path/0"),
        (COMBO, "/feedback"),
        (FALLBACK, "/responseDeclarations/2"),
        (FALLBACK, "/responseDeclarations/2/correct/0"),
        (FALLBACK, "/responseDeclarations/3/rounding"),
        (FALLBACK, "/body/0"),
        (FALLBACK, "/body/1"),
        (FALLBACK, "/body/5/content/0"),
        (FALLBACK, "/interactions/most"),
        (FALLBACK, "/interactions/order"),
        (FALLBACK, "/interactions/sentence"),
        (FALLBACK, "/interactions/sentence/gapTexts/0"),
        (FALLBACK, "/interactions/sentence/gaps/0"),
        (FALLBACK, "/feedback/FEEDBACK__OVERALL/CORRECT"),
        (FALLBACK, "/feedback/FEEDBACK__OVERALL/CORRECT/content"),
        (
            FALLBACK,
            "/feedback/FEEDBACK__OVERALL/CORRECT/content/preamble",
        ),
        (
            FALLBACK,
            "/feedback/FEEDBACK__OVERALL/CORRECT/content/steps/0",
        ),
    ];
    for (sample, place) in places {
        let pointer = format!("{place}/extra");
        let found = issues(&changed(sample, &pointer, Some(json!(1))));
        let hit = |issue: &ItemIssue| issue.rule == rule::UNKNOWN_KEY && issue.pointer == pointer;
        assert!(found.iter().any(hit), "{pointer}: {found:#?}");
        assert_eq!(found.len(), 1, "{pointer}: {found:#?}");
    }
}

#[test]
fn every_field_is_required() {
    fn each(sample: &'static str, at: &str, value: &Value) {
        match value {
            // The fields of a widget are its type's matter, and maps may hold what they like.
            Value::Object(_) if at == "/widgets/birds" => {}
            Value::Object(members) => {
                for (key, inner) in members {
                    let pointer = format!("{at}/{key}");
                    if !["/widgets", "/interactions"].contains(&at) {
                        let found = issues(&changed(sample, &pointer, None));
                        assert!(!found.is_empty(), "{pointer} may be missing");
                    }
                    each(sample, &pointer, inner);
                }
            }
            Value::Array(values) => {
                for (index, inner) in values.iter().enumerate() {
                    each(sample, &format!("{at}/{index}"), inner);
                }
            }
            _ => {}
        }
    }
    each(COMBO, "", &sample(COMBO));
    each(FALLBACK, "", &sample(FALLBACK));
}

#[test]
fn content_stands_in_its_place() {
    let gap = || json!({"type": "gap", "gapId": "GAP_1"});
    let inline_ref = || json!({"type": "inlineInteractionRef", "interactionId": "most"});
    let block_ref = || json!({"type": "interactionRef", "interactionId": "most"});
    let widget = || json!({"type": "widgetRef", "widgetId": "birds", "widgetType": "dotPlot"});
    let inline_widget =
        || json!({"type": "inlineWidgetRef", "widgetId": "birds", "widgetType": "dotPlot"});
    let list = || json!({"type": "unorderedList", "items": [[]]});
    let step = "/feedback/FEEDBACK__OVERALL/CORRECT/content/steps/0/content/0";
    let text = "/feedback/FEEDBACK__OVERALL/CORRECT/content/preamble/summary/0";
    let choice = "/interactions/order/choices/0/content/0";
    let prompt = "/interactions/order/prompt/0";
    let content = "/interactions/sentence/content/0";
    let fragment = "/interactions/sentence/content/0/content/1";
    let gap_text = "/interactions/sentence/gapTexts/0/content/0";
    let mut cases = vec![case(
        FALLBACK,
        "/body/5/content/0",
        gap(),
        rule::MISPLACED,
        "/body/5/content/0",
    )];
    for (at, value) in [
        (prompt, gap()),
        (prompt, inline_ref()),
        (choice, block_ref()),
        (content, widget()),
        (content, block_ref()),
        (fragment, inline_widget()),
        (fragment, inline_ref()),
        (gap_text, gap()),
        (step, list()),
        (step, block_ref()),
        (text, gap()),
        (text, inline_ref()),
    ] {
        cases.push(case(FALLBACK, at, value, rule::MISPLACED, at));
    }
    check(cases);
}

#[test]
fn content_has_its_shape() {
    let text = "/body/0/content/0/content";
    let math = "/body/0/content/1/mathml";
    check(vec![
        case(COMBO, text, json!("2^3"), rule::TEXT_CHARACTER, text),
        case(COMBO, text, json!("a|b"), rule::TEXT_CHARACTER, text),
        case(COMBO, text, json!(5), rule::WRONG_TYPE, text),
        case(COMBO, math, json!("2+3"), rule::MATHML, math),
        case(
            COMBO,
            math,
            json!("<math><mn>2</mn></math>"),
            rule::MATHML,
            math,
        ),
        case(COMBO, math, json!("<mn>2<mn>"), rule::MATHML, math),
        case(
            COMBO,
            "/body/0/type",
            json!("heading"),
            rule::UNKNOWN_WORD,
            "/body/0/type",
        ),
        case(
            COMBO,
            "/body/0/content/0/type",
            json!("bold"),
            rule::UNKNOWN_WORD,
            "/body/0/content/0/type",
        ),
        case(
            COMBO,
            "/body/0/content/0",
            json!("x"),
            rule::WRONG_TYPE,
            "/body/0/content/0",
        ),
        case(
            COMBO,
            "/body/1/items",
            json!([]),
            rule::TOO_FEW,
            "/body/1/items",
        ),
        case(COMBO, "/body", json!({}), rule::WRONG_TYPE, "/body"),
        case(
            FALLBACK,
            "/body/1/rows/0/0",
            json!("x"),
            rule::WRONG_TYPE,
            "/body/1/rows/0/0",
        ),
        case(
            FALLBACK,
            "/body/1/header",
            json!([1]),
            rule::WRONG_TYPE,
            "/body/1/header/0",
        ),
        case(COMBO, "/title", json!(" "), rule::TOO_FEW, "/title"),
        case(
            COMBO,
            "/identifier",
            json!(""),
            rule::TOO_FEW,
            "/identifier",
        ),
    ]);
    assert_eq!(
        issues(&changed(FALLBACK, "/body/1/header", Some(json!(null)))),
        []
    );
}
