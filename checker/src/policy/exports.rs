//! The default export: its signature, and that it uses its seed.

use oxc_ast::ast::{
    BindingPattern, ExportDefaultDeclarationKind, Expression, Function, Program, Statement, TSType,
    TSTypeName,
};
use oxc_ast_visit::{Visit, walk};
use oxc_semantic::{Scoping, SymbolId};
use oxc_span::Span;

use super::{
    imports::{Imports, export_name},
    report::Sink,
};

const SIGNATURE: &str =
    "export default function generateTemplate(seed: bigint): AssessmentItemInput<TemplateWidgets>";

pub(crate) fn check(
    program: &Program<'_>,
    scoping: &Scoping,
    imports: &Imports,
    sink: &mut Sink<'_>,
) {
    let hint = format!("write `{SIGNATURE} {{ … }}`");
    let function = match default_export(program) {
        Found::Function(function) => function,
        Found::Nothing => {
            let message = "there is no default export";
            sink.add_to_file("default-export-missing", message, &hint);
            return;
        }
        Found::Other(span) => {
            let message = "the default export is not the function generateTemplate";
            sink.add("default-export-missing", span, message, &hint);
            return;
        }
    };
    if let Some((span, problem)) = wrong_signature(function, imports) {
        sink.add("default-export-signature", span, problem, &hint);
    }
    let Some(item) = function.params.items.first() else {
        return;
    };
    if let BindingPattern::BindingIdentifier(seed) = &item.pattern
        && let Some(symbol) = seed.symbol_id.get()
        && !is_used(function, scoping, symbol)
    {
        sink.add(
            "seed-unused",
            seed.span,
            "the seed is never used, so every item would be the same",
            "draw everything that varies from createSeededRandom(seed)",
        );
    }
}

enum Found<'p, 'a> {
    Function(&'p Function<'a>),
    Other(Span),
    Nothing,
}

/// The function behind `export default function`, `export default name` or
/// `export { name as default }`.
fn default_export<'p, 'a>(program: &'p Program<'a>) -> Found<'p, 'a> {
    for statement in &program.body {
        let (name, span) = match statement {
            Statement::ExportDefaultDeclaration(export) => match &export.declaration {
                ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                    return Found::Function(function);
                }
                ExportDefaultDeclarationKind::Identifier(name) => (name.name.as_str(), export.span),
                _ => return Found::Other(export.span),
            },
            Statement::ExportNamedDeclaration(list) => {
                let default = list
                    .specifiers
                    .iter()
                    .find(|s| export_name(&s.exported) == "default");
                let Some(default) = default else { continue };
                (export_name(&default.local), default.span)
            }
            _ => continue,
        };
        let declared = program.body.iter().find_map(|statement| match statement {
            Statement::FunctionDeclaration(f) if f.id.as_ref().is_some_and(|i| i.name == name) => {
                Some(&**f)
            }
            _ => None,
        });
        return declared.map_or(Found::Other(span), Found::Function);
    }
    Found::Nothing
}

/// What is wrong with the signature, and where.
fn wrong_signature(function: &Function<'_>, imports: &Imports) -> Option<(Span, String)> {
    let head = function
        .id
        .as_ref()
        .map_or(function.params.span, |id| id.span);
    if function
        .id
        .as_ref()
        .is_none_or(|id| id.name != "generateTemplate")
    {
        return Some((
            head,
            "the default export is not called generateTemplate".into(),
        ));
    }
    if function.r#async || function.generator || function.type_parameters.is_some() {
        let text = "generateTemplate is a plain function: not async, no generator, not generic";
        return Some((head, text.into()));
    }
    let params = &function.params;
    let [seed] = params.items.as_slice() else {
        return Some((
            params.span,
            "generateTemplate takes exactly one parameter".into(),
        ));
    };
    let plain = matches!(seed.pattern, BindingPattern::BindingIdentifier(_))
        && seed.initializer.is_none()
        && !seed.optional
        && params.rest.is_none()
        && function.this_param.is_none();
    let is_bigint = seed
        .type_annotation
        .as_ref()
        .is_some_and(|t| matches!(t.type_annotation, TSType::TSBigIntKeyword(_)));
    if !plain || !is_bigint {
        return Some((
            params.span,
            "generateTemplate's parameter is not `seed: bigint`".into(),
        ));
    }
    let Some(returns) = &function.return_type else {
        return Some((head, "generateTemplate declares no return type".into()));
    };
    if !is_item_type(&returns.type_annotation, imports) {
        let text = "generateTemplate's return type is not AssessmentItemInput<TemplateWidgets>, \
                    with AssessmentItemInput imported from the contract";
        return Some((returns.span, text.into()));
    }
    None
}

fn is_item_type(ty: &TSType<'_>, imports: &Imports) -> bool {
    let TSType::TSTypeReference(reference) = ty else {
        return false;
    };
    let Some(name) = reference_name(&reference.type_name) else {
        return false;
    };
    let imported = imports
        .get(name)
        .is_some_and(|(_, name)| name == "AssessmentItemInput");
    let arguments = reference
        .type_arguments
        .as_ref()
        .map(|a| a.params.as_slice());
    let Some([TSType::TSTypeReference(widgets)]) = arguments else {
        return false;
    };
    imported
        && widgets.type_arguments.is_none()
        && reference_name(&widgets.type_name) == Some("TemplateWidgets")
}

fn reference_name<'a>(name: &TSTypeName<'a>) -> Option<&'a str> {
    match name {
        TSTypeName::IdentifierReference(reference) => Some(reference.name.into()),
        _ => None,
    }
}

/// Whether the seed is read somewhere other than in `void seed` or a statement `seed;`.
fn is_used(function: &Function<'_>, scoping: &Scoping, seed: SymbolId) -> bool {
    let reads = scoping
        .get_resolved_references(seed)
        .filter(|r| r.is_value() && r.is_read());
    let mut idle = IdleReads {
        scoping,
        seed,
        count: 0,
    };
    idle.visit_function(function, oxc_semantic::ScopeFlags::Function);
    reads.count() > idle.count
}

/// Counts the reads of the seed that do nothing.
struct IdleReads<'p> {
    scoping: &'p Scoping,
    seed: SymbolId,
    count: usize,
}

impl IdleReads<'_> {
    fn count_if_seed(&mut self, expression: &Expression<'_>) {
        if let Expression::Identifier(name) = expression.get_inner_expression() {
            let symbol = name.reference_id.get();
            let symbol = symbol.and_then(|id| self.scoping.get_reference(id).symbol_id());
            self.count += usize::from(symbol == Some(self.seed));
        }
    }
}

impl<'a> Visit<'a> for IdleReads<'_> {
    fn visit_expression_statement(&mut self, it: &oxc_ast::ast::ExpressionStatement<'a>) {
        self.count_if_seed(&it.expression);
        walk::walk_expression_statement(self, it);
    }

    fn visit_unary_expression(&mut self, it: &oxc_ast::ast::UnaryExpression<'a>) {
        if it.operator == oxc_ast::ast::UnaryOperator::Void {
            self.count_if_seed(&it.argument);
        }
        walk::walk_unary_expression(self, it);
    }
}
