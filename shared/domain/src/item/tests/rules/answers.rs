//! References, answers, and what a learner would see.

use serde_json::{Value, json};

use super::{COMBO, FALLBACK, case, changed, check, issues, rule};

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
            "/body/0/content/0/content",
            json!("There are undefined of them. "),
            rule::UNFILLED,
            "/body/0/content/0/content",
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
