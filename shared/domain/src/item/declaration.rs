//! Response declarations: what the right answer of each response is.

use super::{
    facts::{BaseType, Cardinality, Declaration},
    identifier::Grammar,
    rule,
    walk::Walk,
};
use crate::json::Json;

/// The value of `responseDeclarations`.
pub(super) fn declarations<'a>(walk: &mut Walk<'a>, value: &'a Json) {
    walk.array(value, 1, declaration);
}

fn declaration<'a>(walk: &mut Walk<'a>, value: &'a Json) {
    if value.as_object().is_none() {
        walk.wrong("an object", value);
        return;
    }
    let base_type = walk
        .field(value, "baseType", |walk, value| {
            let words = ["string", "integer", "float", "identifier", "directedPair"];
            walk.word(value, &words).map(|word| match word {
                "string" => BaseType::String,
                "integer" => BaseType::Integer,
                "float" => BaseType::Float,
                "directedPair" => BaseType::DirectedPair,
                _ => BaseType::Identifier,
            })
        })
        .flatten();
    let fields: &[&'static str] = match base_type {
        Some(BaseType::Float) => &[
            "identifier",
            "cardinality",
            "baseType",
            "correct",
            "rounding",
        ],
        Some(BaseType::DirectedPair) => &[
            "identifier",
            "cardinality",
            "baseType",
            "correct",
            "allowEmpty",
        ],
        _ => &["identifier", "cardinality", "baseType", "correct"],
    };
    if base_type.is_some() || value.get("baseType").is_none() {
        walk.object(value, fields);
    }
    let identifier = walk
        .field(value, "identifier", response_identifier)
        .flatten();
    let cardinality = walk.field(value, "cardinality", cardinality).flatten();
    let (Some(base_type), Some(cardinality)) = (base_type, cardinality) else {
        return;
    };
    let fits = match base_type {
        BaseType::String | BaseType::Integer | BaseType::Float => {
            cardinality == Cardinality::Single
        }
        BaseType::Identifier => true,
        BaseType::DirectedPair => cardinality != Cardinality::Single,
    };
    if !fits {
        let due = if base_type == BaseType::DirectedPair {
            "multiple or ordered"
        } else {
            "single"
        };
        walk.report(
            rule::DECLARATION,
            format!("the cardinality of this baseType is {due}"),
        );
        return;
    }
    let mut found = Declaration {
        pointer: walk.pointer(),
        identifier: identifier.unwrap_or_default(),
        cardinality,
        base_type,
        identifiers: Vec::new(),
        pairs: Vec::new(),
    };
    let allow_empty = walk.field(value, "allowEmpty", Walk::boolean).flatten();
    walk.field(value, "correct", |walk, value| {
        correct(walk, value, &mut found, allow_empty == Some(true));
    });
    if base_type == BaseType::Float {
        walk.field(value, "rounding", rounding);
    }
    if identifier.is_some() {
        walk.facts.declarations.push(found);
    }
}

fn response_identifier<'a>(walk: &mut Walk<'a>, value: &'a Json) -> Option<&'a str> {
    let identifier = walk.identifier(value, Grammar::Response)?;
    if walk.facts.declaration(identifier).is_some() {
        walk.report(rule::DUPLICATE, format!("{identifier:?} is declared twice"));
    }
    Some(identifier)
}

fn cardinality<'a>(walk: &mut Walk<'a>, value: &'a Json) -> Option<Cardinality> {
    walk.word(value, &["single", "multiple", "ordered"])
        .map(|word| match word {
            "multiple" => Cardinality::Multiple,
            "ordered" => Cardinality::Ordered,
            _ => Cardinality::Single,
        })
}

fn correct<'a>(
    walk: &mut Walk<'a>,
    value: &'a Json,
    found: &mut Declaration<'a>,
    allow_empty: bool,
) {
    match (found.base_type, found.cardinality) {
        (BaseType::String, _) => walk.filled(value),
        (BaseType::Integer, _) => {
            walk.integer(value, i64::MIN);
        }
        (BaseType::Float, _) => {
            if value.as_f64().is_none() {
                walk.wrong("a number", value);
            }
        }
        (BaseType::Identifier, Cardinality::Single) => {
            found
                .identifiers
                .extend(walk.identifier(value, Grammar::Choice));
        }
        (BaseType::Identifier, _) => {
            walk.array(value, 1, |walk, value| {
                if let Some(identifier) = walk.identifier(value, Grammar::Choice) {
                    if found.identifiers.contains(&identifier) {
                        walk.report(rule::CORRECT, format!("{identifier:?} is listed twice"));
                    }
                    found.identifiers.push(identifier);
                }
            });
        }
        (BaseType::DirectedPair, _) => {
            walk.array(value, usize::from(!allow_empty), |walk, value| {
                if !walk.object(value, &["source", "target"]) {
                    return;
                }
                let end = |walk: &mut Walk<'a>, value| walk.identifier(value, Grammar::Choice);
                let source = walk.field(value, "source", end).flatten();
                let target = walk.field(value, "target", end).flatten();
                let (Some(source), Some(target)) = (source, target) else {
                    return;
                };
                if found.pairs.contains(&(source, target)) {
                    walk.report(
                        rule::CORRECT,
                        format!("{source} → {target} is listed twice"),
                    );
                }
                found.pairs.push((source, target));
            });
        }
    }
}

fn rounding<'a>(walk: &mut Walk<'a>, value: &'a Json) {
    if !walk.object(value, &["strategy", "figures"]) {
        return;
    }
    let strategy = walk
        .field(value, "strategy", |walk, value| {
            walk.word(value, &["decimalPlaces", "significantFigures"])
        })
        .flatten();
    // No decimal places is a whole number; no significant figures is nothing at all.
    let least = i64::from(strategy == Some("significantFigures"));
    walk.field(value, "figures", |walk, value| walk.integer(value, least));
}
