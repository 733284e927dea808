//! Answers: what is declared right can be given, choices can be told apart, feedback agrees.

use super::{
    facts::{BaseType, Cardinality, Declaration, Facts, Interaction, Kind},
    feedback::Leaf,
    reading, rule,
    walk::Walk,
};
use crate::json::Json;

/// Checks the answers of every interaction.
pub(super) fn check(walk: &mut Walk<'_>, widgets: Option<&Json>, leaves: &[Leaf<'_>]) {
    let facts = std::mem::take(&mut walk.facts);
    for interaction in &facts.interactions {
        choices(walk, interaction, widgets);
        gaps(walk, interaction);
        let declared = interaction
            .response
            .and_then(|response| facts.declaration(response));
        if let Some(declared) = declared {
            fits(walk, interaction, declared);
        }
    }
    for leaf in leaves {
        correctness(walk, &facts, leaf);
    }
    walk.facts = facts;
}

/// Two choices that read the same cannot be told apart, whatever their identifiers say.
fn choices(walk: &mut Walk<'_>, interaction: &Interaction<'_>, widgets: Option<&Json>) {
    let mut seen: Vec<(String, &str)> = Vec::new();
    for choice in &interaction.choices {
        let Some(content) = choice.content else {
            continue;
        };
        let text = reading::of(content, widgets);
        if text.is_empty() {
            let message = "this choice shows nothing";
            walk.report_at(choice.pointer.clone(), rule::EMPTY_CHOICE, message);
        } else if let Some((_, other)) = seen.iter().find(|(earlier, _)| *earlier == text) {
            let message = format!(
                "a learner cannot tell {} from {other}: compare every distractor with the others",
                choice.identifier
            );
            walk.report_at(choice.pointer.clone(), rule::SAME_READING, message);
        } else {
            seen.push((text, choice.identifier));
        }
    }
}

fn gaps(walk: &mut Walk<'_>, interaction: &Interaction<'_>) {
    if interaction.kind != Kind::GapMatch {
        return;
    }
    let pointer = format!("{}/content", interaction.pointer);
    for gap in &interaction.gaps {
        let places = interaction
            .placed_gaps
            .iter()
            .filter(|placed| *placed == gap)
            .count();
        if places != 1 {
            let message = format!("the gap {gap:?} is placed {places} times, once is due");
            walk.report_at(pointer.clone(), rule::GAP, message);
        }
    }
    let mut placed = interaction.placed_gaps.clone();
    placed.sort_unstable();
    placed.dedup();
    for gap in placed.iter().filter(|gap| !interaction.gaps.contains(gap)) {
        let message = format!("the gap {gap:?} is not declared in gaps");
        walk.report_at(pointer.clone(), rule::UNRESOLVED, message);
    }
}

/// Whether a declaration is of the kind that its interaction gives, and its values can be given.
fn fits(walk: &mut Walk<'_>, interaction: &Interaction<'_>, declared: &Declaration<'_>) {
    use BaseType::{DirectedPair, Float, Identifier, Integer, String};
    use Cardinality::{Multiple, Ordered, Single};
    let (base, cardinality) = (declared.base_type, declared.cardinality);
    let (good, due) = match interaction.kind {
        Kind::Choice => (
            base == Identifier && matches!(cardinality, Single | Multiple),
            "single or multiple identifier",
        ),
        Kind::InlineChoice => (
            base == Identifier && cardinality == Single,
            "single identifier",
        ),
        Kind::Order => (
            base == Identifier && cardinality == Ordered,
            "ordered identifier",
        ),
        Kind::TextEntry => (
            matches!(base, String | Integer | Float),
            "single string, integer or float",
        ),
        Kind::GapMatch => (base == DirectedPair, "multiple directedPair"),
        Kind::Unsupported => return,
    };
    if !good {
        let message = format!("the interaction {:?} needs {due}", interaction.slot);
        walk.report_at(declared.pointer.clone(), rule::DECLARATION, message);
        return;
    }
    let pointer = format!("{}/correct", declared.pointer);
    if let Some(most) = interaction.max_choices {
        let count = i64::try_from(declared.identifiers.len()).unwrap_or(i64::MAX);
        if count > most {
            let message = format!("{count} are right, but maxChoices is {most}");
            walk.report_at(pointer.clone(), rule::CORRECT, message);
        }
        if cardinality == Single && most > 1 {
            let message = format!("a single response, but maxChoices is {most}");
            walk.report_at(interaction.pointer.clone(), rule::DECLARATION, message);
        }
    }
    for identifier in &declared.identifiers {
        if !interaction
            .choices
            .iter()
            .any(|choice| choice.identifier == *identifier)
        {
            let message = format!("{identifier:?} is no choice of {:?}", interaction.slot);
            walk.report_at(pointer.clone(), rule::CORRECT, message);
        }
    }
    pairs(walk, interaction, declared, &pointer);
}

fn pairs(
    walk: &mut Walk<'_>,
    interaction: &Interaction<'_>,
    declared: &Declaration<'_>,
    pointer: &str,
) {
    for (source, target) in &declared.pairs {
        if !interaction
            .choices
            .iter()
            .any(|text| text.identifier == *source)
        {
            let message = format!("the source {source:?} is no gap text");
            walk.report_at(pointer.to_owned(), rule::CORRECT, message);
        }
        if !interaction.gaps.contains(target) {
            let message = format!("the target {target:?} is no gap");
            walk.report_at(pointer.to_owned(), rule::CORRECT, message);
        }
    }
    for text in &interaction.choices {
        let Some(most) = text.match_max.filter(|most| *most > 0) else {
            continue;
        };
        let uses = declared
            .pairs
            .iter()
            .filter(|(source, _)| *source == text.identifier)
            .count();
        if i64::try_from(uses).unwrap_or(i64::MAX) > most {
            let message = format!(
                "{:?} is used {uses} times, matchMax is {most}",
                text.identifier
            );
            walk.report_at(pointer.to_owned(), rule::CORRECT, message);
        }
    }
}

/// A path that holds a wrong key is wrong; one of right keys alone is right when it asks for
/// every response.
fn correctness(walk: &mut Walk<'_>, facts: &Facts<'_>, leaf: &Leaf<'_>) {
    let right: Option<Vec<bool>> = leaf
        .path
        .iter()
        .map(|(response, key)| match *key {
            "CORRECT" if !is_choice(facts, response, key) => Some(true),
            "INCORRECT" if !is_choice(facts, response, key) => Some(false),
            key => {
                let declared = facts.declaration(response)?;
                let single = declared.cardinality == Cardinality::Single;
                single.then(|| declared.identifiers.contains(&key))
            }
        })
        .collect();
    let Some(right) = right.filter(|right| !right.is_empty()) else {
        return;
    };
    let fallback = leaf.path.iter().any(|(response, _)| response.is_empty());
    let due = if right.contains(&false) {
        "incorrect"
    } else if fallback || leaf.path.len() == facts.declarations.len() {
        "correct"
    } else {
        return;
    };
    if leaf.correctness != due {
        let message = format!("this path's answer is {due}");
        walk.report_at(leaf.pointer.clone(), rule::CORRECTNESS, message);
    }
}

/// Whether a key is a choice of its own name rather than an outcome.
fn is_choice(facts: &Facts<'_>, response: &str, key: &str) -> bool {
    let found = facts.interaction_of(response);
    found.is_some_and(|found| found.choices.iter().any(|choice| choice.identifier == key))
}
