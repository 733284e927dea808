//! `instanceof` with a generic class: the compiler narrows to the class with `any` for each of
//! its type parameters. The generic classes of the library declare what they narrow to.

use std::collections::BTreeSet;

use oxc_ast::ast::{BinaryExpression, BinaryOperator, Class, Expression, Program};
use oxc_ast_visit::{Visit, walk};
use oxc_semantic::{Scoping, SymbolId};

use super::report::Sink;

pub(crate) fn check(program: &Program<'_>, scoping: &Scoping, sink: &mut Sink<'_>) {
    let mut generic = Generic::default();
    generic.visit_program(program);
    Walker {
        scoping,
        sink,
        generic: generic.0,
    }
    .visit_program(program);
}

/// The classes that have type parameters.
#[derive(Default)]
struct Generic(BTreeSet<SymbolId>);

impl<'a> Visit<'a> for Generic {
    fn visit_class(&mut self, it: &Class<'a>) {
        if it.type_parameters.is_some()
            && let Some(symbol) = it.id.as_ref().and_then(|id| id.symbol_id.get())
        {
            self.0.insert(symbol);
        }
        walk::walk_class(self, it);
    }
}

struct Walker<'r, 's> {
    scoping: &'r Scoping,
    sink: &'r mut Sink<'s>,
    generic: BTreeSet<SymbolId>,
}

impl Walker<'_, '_> {
    /// Whether `class` is a global, or a class of this file without type parameters.
    fn is_plain(&self, class: &Expression<'_>) -> bool {
        let Expression::Identifier(name) = class.get_inner_expression() else {
            return false;
        };
        let symbol = name
            .reference_id
            .get()
            .and_then(|id| self.scoping.get_reference(id).symbol_id());
        symbol.is_none_or(|symbol| {
            self.scoping.symbol_flags(symbol).is_class() && !self.generic.contains(&symbol)
        })
    }
}

impl<'a> Visit<'a> for Walker<'_, '_> {
    fn visit_binary_expression(&mut self, it: &BinaryExpression<'a>) {
        if it.operator == BinaryOperator::Instanceof && !self.is_plain(&it.right) {
            self.sink.add(
                "no-any",
                it.span,
                "instanceof a generic class leaves any in place of its type parameters",
                "keep the value's own type, tell unions apart by a literal field",
            );
        }
        walk::walk_binary_expression(self, it);
    }
}
