//! The table: a change, the rule that it breaks, and where that is reported.

use serde_json::{Value, json};

use super::{COMBO, FALLBACK, changed, issues, rule};

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
        let hit =
            |issue: &super::ItemIssue| issue.rule == rule::UNKNOWN_KEY && issue.pointer == pointer;
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
    each(COMBO, "", &super::sample(COMBO));
    each(FALLBACK, "", &super::sample(FALLBACK));
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

#[test]
fn interactions_have_their_shape() {
    let total = "/interactions/total";
    check(vec![
        case(
            COMBO,
            "/interactions/total/choices/1",
            None,
            rule::TOO_FEW,
            "/interactions/total/choices",
        ),
        case(
            COMBO,
            "/interactions/total/shuffle",
            json!(false),
            rule::OUT_OF_RANGE,
            "/interactions/total/shuffle",
        ),
        case(
            COMBO,
            "/interactions/total/minChoices",
            json!(-1),
            rule::OUT_OF_RANGE,
            "/interactions/total/minChoices",
        ),
        case(
            COMBO,
            "/interactions/total/minChoices",
            json!(1.5),
            rule::WRONG_TYPE,
            "/interactions/total/minChoices",
        ),
        case(
            COMBO,
            "/interactions/total/maxChoices",
            json!(0),
            rule::OUT_OF_RANGE,
            "/interactions/total/maxChoices",
        ),
        case(
            COMBO,
            "/interactions/total/minChoices",
            json!(2),
            rule::OUT_OF_RANGE,
            total,
        ),
        case(
            COMBO,
            "/interactions/total/maxChoices",
            json!(2),
            rule::DECLARATION,
            total,
        ),
        case(
            COMBO,
            "/interactions/total/type",
            json!("hotspotInteraction"),
            rule::UNKNOWN_WORD,
            "/interactions/total/type",
        ),
        case(
            COMBO,
            "/interactions/Total",
            json!(null),
            rule::IDENTIFIER,
            "/interactions/Total",
        ),
        case(
            COMBO,
            "/interactions/whole/expectedLength",
            json!(0),
            rule::OUT_OF_RANGE,
            "/interactions/whole/expectedLength",
        ),
        case(
            COMBO,
            "/interactions/total/choices/1/identifier",
            json!("SUM"),
            rule::DUPLICATE,
            "/interactions/total/choices/1/identifier",
        ),
        case(
            COMBO,
            "/interactions/total/choices/1/identifier",
            json!("sum"),
            rule::IDENTIFIER,
            "/interactions/total/choices/1/identifier",
        ),
        case(
            COMBO,
            "/interactions/total/responseIdentifier",
            json!("ANSWER"),
            rule::IDENTIFIER,
            "/interactions/total/responseIdentifier",
        ),
        case(
            FALLBACK,
            "/interactions/most/choices",
            json!([]),
            rule::TOO_FEW,
            "/interactions/most/choices",
        ),
        case(
            FALLBACK,
            "/interactions/order/orientation",
            json!("horizontal"),
            rule::UNKNOWN_WORD,
            "/interactions/order/orientation",
        ),
        case(
            FALLBACK,
            "/interactions/order/choices/1",
            None,
            rule::TOO_FEW,
            "/interactions/order/choices",
        ),
        case(
            FALLBACK,
            "/interactions/sentence/shuffle",
            json!(1),
            rule::WRONG_TYPE,
            "/interactions/sentence/shuffle",
        ),
        case(
            FALLBACK,
            "/interactions/sentence/content",
            json!([]),
            rule::TOO_FEW,
            "/interactions/sentence/content",
        ),
        case(
            FALLBACK,
            "/interactions/sentence/gaps/1/identifier",
            json!("GAP_1"),
            rule::DUPLICATE,
            "/interactions/sentence/gaps/1/identifier",
        ),
        case(
            FALLBACK,
            "/interactions/sentence/gaps/0/required",
            json!("yes"),
            rule::WRONG_TYPE,
            "/interactions/sentence/gaps/0/required",
        ),
        case(
            FALLBACK,
            "/interactions/sentence/gapTexts/0/matchMax",
            json!(-1),
            rule::OUT_OF_RANGE,
            "/interactions/sentence/gapTexts/0/matchMax",
        ),
    ]);
    let unsupported = json!({
        "type": "unsupportedInteraction", "responseIdentifier": "RESPONSE_MEAN", "perseusType": "plotter"
    });
    assert_eq!(
        issues(&changed(FALLBACK, "/interactions/mean", Some(unsupported))),
        []
    );
}

#[test]
fn declarations_have_their_shape() {
    let rounding = "/responseDeclarations/3/rounding";
    check(vec![
        case(
            COMBO,
            "/responseDeclarations",
            json!([]),
            rule::TOO_FEW,
            "/responseDeclarations",
        ),
        case(
            COMBO,
            "/responseDeclarations/0/cardinality",
            json!("many"),
            rule::UNKNOWN_WORD,
            "/responseDeclarations/0/cardinality",
        ),
        case(
            COMBO,
            "/responseDeclarations/0/baseType",
            json!("point"),
            rule::UNKNOWN_WORD,
            "/responseDeclarations/0/baseType",
        ),
        case(
            COMBO,
            "/responseDeclarations/1/cardinality",
            json!("multiple"),
            rule::DECLARATION,
            "/responseDeclarations/1",
        ),
        case(
            COMBO,
            "/responseDeclarations/1/correct",
            json!("5"),
            rule::WRONG_TYPE,
            "/responseDeclarations/1/correct",
        ),
        case(
            COMBO,
            "/responseDeclarations/1/correct",
            json!(5.5),
            rule::WRONG_TYPE,
            "/responseDeclarations/1/correct",
        ),
        case(
            COMBO,
            "/responseDeclarations/1/correct",
            json!(9_007_199_254_740_993_i64),
            rule::WRONG_TYPE,
            "/responseDeclarations/1/correct",
        ),
        case(
            COMBO,
            "/responseDeclarations/0/correct",
            json!(["SUM"]),
            rule::WRONG_TYPE,
            "/responseDeclarations/0/correct",
        ),
        case(
            COMBO,
            "/responseDeclarations/1/identifier",
            json!("RESPONSE"),
            rule::DUPLICATE,
            "/responseDeclarations/1/identifier",
        ),
        case(
            COMBO,
            "/responseDeclarations/1/identifier",
            json!("RESPONSE-2"),
            rule::IDENTIFIER,
            "/responseDeclarations/1/identifier",
        ),
        case(
            FALLBACK,
            "/responseDeclarations/2/cardinality",
            json!("single"),
            rule::DECLARATION,
            "/responseDeclarations/2",
        ),
        case(
            FALLBACK,
            "/responseDeclarations/2/correct",
            json!([]),
            rule::TOO_FEW,
            "/responseDeclarations/2/correct",
        ),
        case(
            FALLBACK,
            "/responseDeclarations/2/correct/1",
            json!({"source": "MORE", "target": "GAP_1"}),
            rule::CORRECT,
            "/responseDeclarations/2/correct/1",
        ),
        case(
            FALLBACK,
            rounding,
            json!({"strategy": "up", "figures": 1}),
            rule::UNKNOWN_WORD,
            "/responseDeclarations/3/rounding/strategy",
        ),
        case(
            FALLBACK,
            rounding,
            json!({"strategy": "significantFigures", "figures": 0}),
            rule::OUT_OF_RANGE,
            "/responseDeclarations/3/rounding/figures",
        ),
        case(
            FALLBACK,
            "/responseDeclarations/4/correct",
            json!([]),
            rule::TOO_FEW,
            "/responseDeclarations/4/correct",
        ),
        case(
            FALLBACK,
            "/responseDeclarations/4/correct/1",
            json!("ONE"),
            rule::CORRECT,
            "/responseDeclarations/4/correct/1",
        ),
        case(
            FALLBACK,
            "/responseDeclarations/5/correct",
            json!(""),
            rule::TOO_FEW,
            "/responseDeclarations/5/correct",
        ),
    ]);
    let places = json!({"strategy": "decimalPlaces", "figures": 0});
    assert_eq!(issues(&changed(FALLBACK, rounding, Some(places))), []);
}

#[test]
fn references_resolve_and_answers_can_be_given() {
    check(vec![
        case(
            FALLBACK,
            "/body/0/widgetId",
            json!("birdz"),
            rule::UNRESOLVED,
            "/body/0/widgetId",
        ),
        case(
            FALLBACK,
            "/body/0/widgetType",
            json!("barChart"),
            rule::WIDGET_TYPE,
            "/body/0/widgetType",
        ),
        case(
            FALLBACK,
            "/widgets/birds/type",
            json!("rocket"),
            rule::UNKNOWN_WIDGET,
            "/widgets/birds/type",
        ),
        case(
            FALLBACK,
            "/widgets/birds",
            json!(null),
            rule::WRONG_TYPE,
            "/widgets/birds",
        ),
        case(
            FALLBACK,
            "/widgets/Birds",
            json!({"type": "dotPlot"}),
            rule::IDENTIFIER,
            "/widgets/Birds",
        ),
        case(
            FALLBACK,
            "/widgets/spare",
            json!({"type": "dotPlot"}),
            rule::UNUSED_WIDGET,
            "/widgets/spare",
        ),
        case(
            COMBO,
            "/body/2/interactionId",
            json!("totals"),
            rule::UNRESOLVED,
            "/body/2/interactionId",
        ),
        case(
            COMBO,
            "/body/2",
            None,
            rule::PLACEMENT,
            "/interactions/total",
        ),
        case(
            COMBO,
            "/body/4",
            json!({"type": "interactionRef", "interactionId": "total"}),
            rule::PLACEMENT,
            "/interactions/total",
        ),
        case(
            COMBO,
            "/body/3/content/1/interactionId",
            json!("total"),
            rule::PLACEMENT,
            "/body/3/content/1",
        ),
        case(
            COMBO,
            "/interactions/whole/responseIdentifier",
            json!("RESPONSE_X"),
            rule::UNRESOLVED,
            "/interactions/whole/responseIdentifier",
        ),
        case(
            COMBO,
            "/interactions/whole/responseIdentifier",
            json!("RESPONSE_X"),
            rule::UNUSED_RESPONSE,
            "/responseDeclarations/1",
        ),
        case(
            COMBO,
            "/interactions/whole/responseIdentifier",
            json!("RESPONSE"),
            rule::DUPLICATE,
            "/interactions/whole/responseIdentifier",
        ),
        case(
            COMBO,
            "/responseDeclarations/0/correct",
            json!("PRODUCT"),
            rule::CORRECT,
            "/responseDeclarations/0/correct",
        ),
        case(
            COMBO,
            "/responseDeclarations/0/baseType",
            json!("string"),
            rule::DECLARATION,
            "/responseDeclarations/0",
        ),
        case(
            FALLBACK,
            "/responseDeclarations/1/cardinality",
            json!("multiple"),
            rule::DECLARATION,
            "/responseDeclarations/1",
        ),
        case(
            FALLBACK,
            "/interactions/odd/maxChoices",
            json!(1),
            rule::CORRECT,
            "/responseDeclarations/4/correct",
        ),
        case(
            FALLBACK,
            "/responseDeclarations/2/correct/0/source",
            json!("LESS"),
            rule::CORRECT,
            "/responseDeclarations/2/correct",
        ),
        case(
            FALLBACK,
            "/responseDeclarations/2/correct/0/target",
            json!("GAP_3"),
            rule::CORRECT,
            "/responseDeclarations/2/correct",
        ),
        case(
            FALLBACK,
            "/responseDeclarations/2/correct/2",
            json!({"source": "MORE", "target": "GAP_2"}),
            rule::CORRECT,
            "/responseDeclarations/2/correct",
        ),
        case(
            FALLBACK,
            "/interactions/sentence/content/0/content/2",
            None,
            rule::GAP,
            "/interactions/sentence/content",
        ),
        case(
            FALLBACK,
            "/interactions/sentence/content/0/content/2/gapId",
            json!("GAP_1"),
            rule::GAP,
            "/interactions/sentence/content",
        ),
        case(
            FALLBACK,
            "/interactions/sentence/content/0/content/3",
            json!({"type": "gap", "gapId": "GAP_9"}),
            rule::UNRESOLVED,
            "/interactions/sentence/content",
        ),
    ]);
    let again = json!({"source": "BIRD", "target": "GAP_1"});
    let found = issues(&changed(
        FALLBACK,
        "/responseDeclarations/2/correct/2",
        Some(again),
    ));
    assert_eq!(found, [], "matchMax 0 is no limit");
}

#[test]
fn the_plan_follows_from_its_dimensions() {
    let one = || json!([{"responseIdentifier": "RESPONSE", "key": "SUM"}]);
    check(vec![
        case(
            COMBO,
            "/feedbackPlan/mode",
            json!("both"),
            rule::UNKNOWN_WORD,
            "/feedbackPlan/mode",
        ),
        case(
            COMBO,
            "/feedbackPlan/dimensions",
            json!([]),
            rule::PLAN,
            "/feedbackPlan/dimensions",
        ),
        case(
            COMBO,
            "/feedbackPlan/dimensions/0/keys",
            json!([]),
            rule::TOO_FEW,
            "/feedbackPlan/dimensions/0/keys",
        ),
        case(
            COMBO,
            "/feedbackPlan/dimensions/0/keys/1",
            json!("SUM"),
            rule::DUPLICATE,
            "/feedbackPlan/dimensions/0/keys/1",
        ),
        case(
            COMBO,
            "/feedbackPlan/dimensions/0/keys/1",
            json!("OTHER"),
            rule::UNRESOLVED,
            "/feedbackPlan/dimensions/0/keys",
        ),
        case(
            COMBO,
            "/feedbackPlan/dimensions/0/keys/1",
            None,
            rule::FEEDBACK_KEYS,
            "/feedbackPlan/dimensions/0/keys",
        ),
        case(
            COMBO,
            "/feedbackPlan/dimensions/1/responseIdentifier",
            json!("RESPONSE_X"),
            rule::UNRESOLVED,
            "/feedbackPlan/dimensions/1/responseIdentifier",
        ),
        case(
            COMBO,
            "/feedbackPlan/dimensions/1/responseIdentifier",
            json!("RESPONSE"),
            rule::DUPLICATE,
            "/feedbackPlan/dimensions/1",
        ),
        case(
            COMBO,
            "/feedbackPlan/combinations/3",
            None,
            rule::PLAN,
            "/feedbackPlan/combinations",
        ),
        case(
            COMBO,
            "/feedbackPlan/combinations/1/id",
            json!("FB__SUM_CORRECT"),
            rule::DUPLICATE,
            "/feedbackPlan/combinations/1/id",
        ),
        case(
            COMBO,
            "/feedbackPlan/combinations/1/path",
            one(),
            rule::PLAN,
            "/feedbackPlan/combinations/1/path",
        ),
        case(
            COMBO,
            "/feedbackPlan/combinations/1/path/1/key",
            json!("CORRECT"),
            rule::PLAN,
            "/feedbackPlan/combinations/1",
        ),
        case(
            COMBO,
            "/feedbackPlan/combinations/1/path/1/key",
            json!("MAYBE"),
            rule::PLAN,
            "/feedbackPlan/combinations/1/path",
        ),
        case(
            FALLBACK,
            "/feedbackPlan/combinations/1",
            None,
            rule::PLAN,
            "/feedbackPlan/combinations",
        ),
        case(
            FALLBACK,
            "/feedbackPlan/combinations/1/id",
            json!("WRONG"),
            rule::PLAN,
            "/feedbackPlan/combinations",
        ),
        case(
            FALLBACK,
            "/feedbackPlan/combinations/0/path/0",
            json!({"responseIdentifier": "RESPONSE_MOST", "key": "N_2"}),
            rule::PLAN,
            "/feedbackPlan/combinations/0/path",
        ),
    ]);
}

#[test]
fn the_feedback_follows_the_plan() {
    let root = "/feedback/FEEDBACK__OVERALL";
    let leaf = "/feedback/FEEDBACK__OVERALL/CORRECT/content";
    check(vec![
        case(
            COMBO,
            "/feedback/FEEDBACK__OVERALL/RESPONSE/SUM/RESPONSE_WHOLE/INCORRECT",
            None,
            rule::FEEDBACK,
            "/feedback/FEEDBACK__OVERALL/RESPONSE/SUM/RESPONSE_WHOLE",
        ),
        case(
            COMBO,
            "/feedback/FEEDBACK__OVERALL/RESPONSE/PRODUCT",
            json!({}),
            rule::FEEDBACK,
            "/feedback/FEEDBACK__OVERALL/RESPONSE/PRODUCT",
        ),
        case(
            COMBO,
            "/feedback/FEEDBACK__OVERALL/CORRECT",
            json!({}),
            rule::FEEDBACK,
            "/feedback/FEEDBACK__OVERALL/CORRECT",
        ),
        case(
            FALLBACK,
            "/feedback/FEEDBACK__OVERALL/INCORRECT",
            None,
            rule::FEEDBACK,
            root,
        ),
        case(
            FALLBACK,
            "/feedback/FEEDBACK__OVERALL/CORRECT/content/steps/1",
            None,
            rule::TOO_FEW,
            "/feedback/FEEDBACK__OVERALL/CORRECT/content/steps",
        ),
        case(
            FALLBACK,
            "/feedback/FEEDBACK__OVERALL/CORRECT/content/steps/1/type",
            json!("hint"),
            rule::UNKNOWN_WORD,
            "/feedback/FEEDBACK__OVERALL/CORRECT/content/steps/1/type",
        ),
        case(
            FALLBACK,
            "/feedback/FEEDBACK__OVERALL/CORRECT/content/steps/1/title",
            json!([]),
            rule::TOO_FEW,
            "/feedback/FEEDBACK__OVERALL/CORRECT/content/steps/1/title",
        ),
        case(
            FALLBACK,
            "/feedback/FEEDBACK__OVERALL/CORRECT/content/preamble/summary",
            json!([]),
            rule::TOO_FEW,
            "/feedback/FEEDBACK__OVERALL/CORRECT/content/preamble/summary",
        ),
        case(
            FALLBACK,
            "/feedback/FEEDBACK__OVERALL/CORRECT/content/preamble/correctness",
            json!("right"),
            rule::UNKNOWN_WORD,
            "/feedback/FEEDBACK__OVERALL/CORRECT/content/preamble/correctness",
        ),
        case(
            FALLBACK,
            "/feedback/FEEDBACK__OVERALL/CORRECT/content/preamble/correctness",
            json!("incorrect"),
            rule::CORRECTNESS,
            "/feedback/FEEDBACK__OVERALL/CORRECT/content/preamble/correctness",
        ),
        case(
            COMBO,
            "/feedback/FEEDBACK__OVERALL/RESPONSE/DIFFERENCE/RESPONSE_WHOLE/CORRECT/content/preamble/correctness",
            json!("correct"),
            rule::CORRECTNESS,
            "/feedback/FEEDBACK__OVERALL/RESPONSE/DIFFERENCE/RESPONSE_WHOLE/CORRECT/content/preamble/correctness",
        ),
        case(
            COMBO,
            "/feedback/FEEDBACK__OVERALL/RESPONSE/SUM/RESPONSE_WHOLE/CORRECT/content/preamble/correctness",
            json!("incorrect"),
            rule::CORRECTNESS,
            "/feedback/FEEDBACK__OVERALL/RESPONSE/SUM/RESPONSE_WHOLE/CORRECT/content/preamble/correctness",
        ),
        case(FALLBACK, leaf, json!(null), rule::WRONG_TYPE, leaf),
    ]);
    // A plan that cannot be read does not hide what is wrong in the texts.
    let mut item = changed(FALLBACK, "/feedbackPlan/mode", Some(json!("both")));
    item["feedback"]["FEEDBACK__OVERALL"]["CORRECT"]["content"]["steps"] = json!([]);
    let at = "/feedback/FEEDBACK__OVERALL/CORRECT/content/steps";
    assert!(
        issues(&item)
            .iter()
            .any(|issue| issue.pointer == at && issue.rule == rule::TOO_FEW)
    );
}

#[test]
fn faults_that_a_learner_would_see_are_found() {
    let second = "/interactions/total/choices/1";
    let words = "/interactions/total/choices/1/content/0/content";
    let fragments = |parts: [&str; 2]| {
        Value::from(
            parts
                .map(|part| json!({"type": "text", "content": part}))
                .to_vec(),
        )
    };
    check(vec![
        case(
            COMBO,
            words,
            fragments(["5 ", "metres "]),
            rule::SAME_READING,
            second,
        ),
        case(COMBO, words, json!([]), rule::EMPTY_CHOICE, second),
        case(
            FALLBACK,
            "/interactions/odd/choices/2/content/0/content/0/content",
            json!("2"),
            rule::SAME_READING,
            "/interactions/odd/choices/2",
        ),
        case(
            FALLBACK,
            "/interactions/sentence/gapTexts/1/content/0/content",
            json!("more"),
            rule::SAME_READING,
            "/interactions/sentence/gapTexts/1",
        ),
        case(
            COMBO,
            "/body/0/content",
            fragments(["It is long.", "It is red."]),
            rule::MISSING_SPACE,
            "/body/0/content/1",
        ),
        case(
            COMBO,
            "/body/0/content/0/content",
            json!("Add them."),
            rule::MISSING_SPACE,
            "/body/0/content/1",
        ),
    ]);
}
