//! State that outlives a call: variables and containers at the top level, and the globals.

use std::collections::BTreeMap;

use oxc_ast::ast::{
    ArrowFunctionExpression, CallExpression, Declaration, Expression, Function,
    IdentifierReference, Program, SimpleAssignmentTarget, Statement, UnaryExpression,
    UnaryOperator, VariableDeclaration,
};
use oxc_ast_visit::{Visit, walk};
use oxc_semantic::{ScopeFlags, Scoping, SymbolId};
use oxc_span::{GetSpan, Span};

use super::report::Sink;

/// Methods that change an array in place.
const ARRAY_CHANGES: &[&str] = &[
    "push",
    "pop",
    "shift",
    "unshift",
    "splice",
    "sort",
    "reverse",
    "fill",
    "copyWithin",
];
/// Methods that change a map or a set; other objects may well have harmless ones of these names.
const KEYED_CHANGES: &[&str] = &["set", "add", "delete", "clear"];

/// What a variable at the top level is made as, as far as its initialiser shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Made {
    /// A literal object: what it holds may be an array, what it does is its own affair.
    Object,
    /// A `Map`, `Set`, `WeakMap` or `WeakSet`.
    Keyed,
    /// An array, or the result of a call.
    Other,
}

pub(crate) fn check(program: &Program<'_>, scoping: &Scoping, sink: &mut Sink<'_>) {
    for (name, symbol) in scoping.get_bindings(scoping.root_scope_id()) {
        let flags = scoping.symbol_flags(*symbol);
        if flags.is_value() && scoping.symbol_is_mutated(*symbol) {
            sink.add(
                "no-mutable-module-state",
                scoping.symbol_span(*symbol),
                format!("{name} stands at the top level and is assigned again"),
                "make it a const, or move it into the function that changes it",
            );
        }
    }
    let mut walker = Walker {
        scoping,
        sink,
        made: made(program),
        functions: 0,
    };
    walker.visit_program(program);
}

/// How each variable at the top level is made.
fn made(program: &Program<'_>) -> BTreeMap<SymbolId, Made> {
    let mut made = BTreeMap::new();
    let mut note = |declaration: &VariableDeclaration<'_>| {
        for declarator in &declaration.declarations {
            let kind = declarator.init.as_ref().map_or(Made::Other, made_by);
            for name in declarator.id.get_binding_identifiers() {
                if let Some(symbol) = name.symbol_id.get() {
                    made.insert(symbol, kind);
                }
            }
        }
    };
    for statement in &program.body {
        match statement {
            Statement::VariableDeclaration(declaration) => note(declaration),
            Statement::ExportDeclaration(export) => {
                if let Declaration::VariableDeclaration(declaration) = &export.declaration {
                    note(declaration);
                }
            }
            _ => {}
        }
    }
    made
}

fn made_by(value: &Expression<'_>) -> Made {
    match value.get_inner_expression() {
        Expression::ObjectExpression(_) => Made::Object,
        Expression::NewExpression(new) => match new.callee.get_inner_expression() {
            Expression::Identifier(name)
                if matches!(name.name.as_str(), "Map" | "Set" | "WeakMap" | "WeakSet") =>
            {
                Made::Keyed
            }
            _ => Made::Other,
        },
        _ => Made::Other,
    }
}

/// What a change reaches.
enum Reached {
    Global,
    TopLevel(SymbolId),
}

struct Walker<'r, 's> {
    scoping: &'r Scoping,
    sink: &'r mut Sink<'s>,
    made: BTreeMap<SymbolId, Made>,
    /// How many functions the walk is in; at the top level itself everything happens once.
    functions: usize,
}

impl Walker<'_, '_> {
    fn reached(&self, name: &IdentifierReference<'_>) -> Option<Reached> {
        let reference = name.reference_id.get()?;
        match self.scoping.get_reference(reference).symbol_id() {
            None => Some(Reached::Global),
            Some(symbol) => (self.scoping.symbol_scope_id(symbol) == self.scoping.root_scope_id())
                .then_some(Reached::TopLevel(symbol)),
        }
    }

    /// A change of a member of what `object` is, or of something inside.
    fn changed(&mut self, object: &Expression<'_>, span: Span) {
        let Some((name, _)) = root(object) else {
            return;
        };
        match self.reached(name) {
            Some(Reached::Global) => self.sink.add(
                "no-meta-programming",
                span,
                format!("this changes {}, which everything shares", name.name),
                "declare a function or a constant of your own",
            ),
            Some(Reached::TopLevel(_)) if self.functions > 0 => self.keeps(&name.name, span),
            _ => {}
        }
    }

    fn keeps(&mut self, name: &str, span: Span) {
        self.sink.add(
            "no-mutable-module-state",
            span,
            format!("{name} stands at the top level, and a function changes what it holds"),
            "create it inside the function, or change a copy of it (`[...list]`, toSorted)",
        );
    }

    /// Whether the method `name`, called on what hangs `depth` members below `symbol`, changes it.
    fn changes(&self, name: &str, symbol: SymbolId, depth: usize) -> bool {
        match self.made.get(&symbol) {
            None => false,
            Some(Made::Object) => depth > 0 && ARRAY_CHANGES.contains(&name),
            Some(Made::Keyed) => depth == 0 && KEYED_CHANGES.contains(&name),
            Some(Made::Other) => ARRAY_CHANGES.contains(&name),
        }
    }
}

/// The name that a chain of members starts with, and how many members follow it.
fn root<'e, 'a>(
    mut expression: &'e Expression<'a>,
) -> Option<(&'e IdentifierReference<'a>, usize)> {
    let mut depth = 0;
    loop {
        expression = expression.get_inner_expression();
        match expression {
            Expression::Identifier(name) => return Some((name, depth)),
            _ => expression = expression.as_member_expression()?.object(),
        }
        depth += 1;
    }
}

impl<'a> Visit<'a> for Walker<'_, '_> {
    fn visit_function(&mut self, it: &Function<'a>, flags: ScopeFlags) {
        self.functions += 1;
        walk::walk_function(self, it, flags);
        self.functions -= 1;
    }

    fn visit_arrow_function_expression(&mut self, it: &ArrowFunctionExpression<'a>) {
        self.functions += 1;
        walk::walk_arrow_function_expression(self, it);
        self.functions -= 1;
    }

    fn visit_simple_assignment_target(&mut self, it: &SimpleAssignmentTarget<'a>) {
        if let Some(member) = it.as_member_expression() {
            self.changed(member.object(), it.span());
        }
        walk::walk_simple_assignment_target(self, it);
    }

    fn visit_unary_expression(&mut self, it: &UnaryExpression<'a>) {
        if it.operator == UnaryOperator::Delete
            && let Some(member) = it.argument.get_inner_expression().as_member_expression()
        {
            self.changed(member.object(), it.span);
        }
        walk::walk_unary_expression(self, it);
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        let callee = it.callee.get_inner_expression().as_member_expression();
        if let Some((callee, method)) = callee.and_then(|m| Some((m, m.static_property_name()?))) {
            let target = it.arguments.first().and_then(|first| first.as_expression());
            match root(callee.object()) {
                Some((name, 0)) if name.name == "Object" && method == "assign" => {
                    if let Some(target) = target {
                        self.changed(target, it.span);
                    }
                }
                Some((name, depth)) if self.functions > 0 => {
                    if let Some(Reached::TopLevel(symbol)) = self.reached(name)
                        && self.changes(method, symbol, depth)
                    {
                        self.keeps(&name.name, it.span);
                    }
                }
                _ => {}
            }
        }
        walk::walk_call_expression(self, it);
    }
}
