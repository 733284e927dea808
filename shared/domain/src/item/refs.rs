//! Cross references: everything that is named exists, and everything that exists is used.

use super::{
    facts::{Facts, Kind},
    plan::Plan,
    rule,
    walk::Walk,
};

/// Checks the references that the walk has collected.
pub(super) fn check(walk: &mut Walk<'_>, plan: Option<&Plan<'_>>) {
    let facts = std::mem::take(&mut walk.facts);
    widgets(walk, &facts);
    interactions(walk, &facts);
    responses(walk, &facts);
    if let Some(plan) = plan {
        dimensions(walk, &facts, plan);
    }
    walk.facts = facts;
}

fn widgets(walk: &mut Walk<'_>, facts: &Facts<'_>) {
    for used in &facts.widget_uses {
        let Some(widget) = facts.widgets.iter().find(|widget| widget.slot == used.slot) else {
            let pointer = format!("{}/widgetId", used.pointer);
            let message = format!("there is no widget {:?} in widgets", used.slot);
            walk.report_at(pointer, rule::UNRESOLVED, message);
            continue;
        };
        if let (Some(named), Some(actual)) = (used.kind, widget.kind)
            && named != actual
        {
            let pointer = format!("{}/widgetType", used.pointer);
            let message = format!("the widget {:?} is a {actual}, not a {named}", used.slot);
            walk.report_at(pointer, rule::WIDGET_TYPE, message);
        }
    }
    for widget in &facts.widgets {
        if !facts
            .widget_uses
            .iter()
            .any(|used| used.slot == widget.slot)
        {
            let message = "no widgetRef shows this widget";
            walk.report_at(widget.pointer.clone(), rule::UNUSED_WIDGET, message);
        }
    }
}

fn interactions(walk: &mut Walk<'_>, facts: &Facts<'_>) {
    for used in &facts.interaction_uses {
        let Some(found) = facts
            .interactions
            .iter()
            .find(|found| found.slot == used.slot)
        else {
            let pointer = format!("{}/interactionId", used.pointer);
            let message = format!("there is no interaction {:?} in interactions", used.slot);
            walk.report_at(pointer, rule::UNRESOLVED, message);
            continue;
        };
        if used.inline && matches!(found.kind, Kind::Choice | Kind::Order | Kind::GapMatch) {
            let message = "this interaction is a block: place it with interactionRef";
            walk.report_at(used.pointer.clone(), rule::PLACEMENT, message);
        }
    }
    for found in &facts.interactions {
        let places = facts
            .interaction_uses
            .iter()
            .filter(|used| used.slot == found.slot)
            .count();
        if places != 1 {
            let message = format!("the body places this interaction {places} times, once is due");
            walk.report_at(found.pointer.clone(), rule::PLACEMENT, message);
        }
    }
}

fn responses(walk: &mut Walk<'_>, facts: &Facts<'_>) {
    for (index, found) in facts.interactions.iter().enumerate() {
        let Some(response) = found.response else {
            continue;
        };
        let pointer = format!("{}/responseIdentifier", found.pointer);
        if facts.declaration(response).is_none() {
            let message = format!("there is no response declaration {response:?}");
            walk.report_at(pointer, rule::UNRESOLVED, message);
        } else if facts.interactions[..index]
            .iter()
            .any(|other| other.response == Some(response))
        {
            let message = format!("another interaction gives {response:?} already");
            walk.report_at(pointer, rule::DUPLICATE, message);
        }
    }
    for declared in &facts.declarations {
        if facts.interaction_of(declared.identifier).is_none() {
            let message = "no interaction gives this response";
            walk.report_at(declared.pointer.clone(), rule::UNUSED_RESPONSE, message);
        }
    }
}

fn dimensions(walk: &mut Walk<'_>, facts: &Facts<'_>, plan: &Plan<'_>) {
    for dimension in &plan.dimensions {
        if facts.declaration(dimension.response).is_none() {
            let pointer = format!("{}/responseIdentifier", dimension.pointer);
            let message = format!("there is no response declaration {:?}", dimension.response);
            walk.report_at(pointer, rule::UNRESOLVED, message);
        }
        let Some(found) = facts.interaction_of(dimension.response) else {
            continue;
        };
        if !dimension.enumerated {
            continue;
        }
        let pointer = format!("{}/keys", dimension.pointer);
        for key in &dimension.keys {
            if !found.choices.iter().any(|choice| choice.identifier == *key) {
                let message = format!("{key:?} is no choice of {:?}", found.slot);
                walk.report_at(pointer.clone(), rule::UNRESOLVED, message);
            }
        }
        for choice in &found.choices {
            if !dimension.keys.contains(&choice.identifier) {
                let message = format!("the choice {:?} has no key", choice.identifier);
                walk.report_at(pointer.clone(), rule::FEEDBACK_KEYS, message);
            }
        }
    }
}
