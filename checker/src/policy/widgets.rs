//! The `TemplateWidgets` alias.

use oxc_ast::ast::{
    Declaration, Program, Statement, TSLiteral, TSTupleElement, TSType, TSTypeAliasDeclaration,
    TSTypeOperatorOperator,
};

use super::{PolicyOptions, imports::export_name, report::Sink};

const NAME: &str = "TemplateWidgets";

/// Checks the alias and gives the widget types that it names, where they can be read.
pub(crate) fn check(
    program: &Program<'_>,
    options: &PolicyOptions,
    sink: &mut Sink<'_>,
) -> Vec<String> {
    let wanted = declaration_for(&options.allowed_widgets);
    let Some((alias, exported)) = find(program) else {
        sink.add_to_file(
            "widgets-alias-missing",
            "the type TemplateWidgets is not declared",
            &format!("add `{wanted}`"),
        );
        return Vec::new();
    };
    if !exported {
        sink.add(
            "widgets-alias-not-exported",
            alias.id.span,
            "the type TemplateWidgets is not exported",
            &format!("write `{wanted}`"),
        );
    }
    let Some(names) = tuple(alias) else {
        sink.add(
            "widgets-alias-not-tuple",
            alias.span,
            "TemplateWidgets is not a readonly tuple of distinct string literals",
            &format!("write `{wanted}`"),
        );
        return Vec::new();
    };
    for missing in options
        .allowed_widgets
        .iter()
        .filter(|w| !names.contains(w))
    {
        sink.add(
            "widgets-missing-required",
            alias.span,
            format!("TemplateWidgets does not name \"{missing}\", which the source item uses"),
            &format!("write `{wanted}`"),
        );
    }
    for name in names
        .iter()
        .filter(|name| !options.allowed_widgets.contains(name))
    {
        let unknown = !options.known_widgets.is_empty() && !options.known_widgets.contains(name);
        let why = if unknown {
            "which no widget is called"
        } else {
            "which the item does not use"
        };
        sink.add(
            "widgets-unsupported",
            alias.span,
            format!("TemplateWidgets names \"{name}\", {why}"),
            &format!("write `{wanted}`"),
        );
    }
    names
}

fn declaration_for(widgets: &[String]) -> String {
    let names: Vec<String> = widgets.iter().map(|name| format!("\"{name}\"")).collect();
    format!("export type {NAME} = readonly [{}];", names.join(", "))
}

/// The alias, and whether it is exported, in place or by a list.
fn find<'p, 'a>(program: &'p Program<'a>) -> Option<(&'p TSTypeAliasDeclaration<'a>, bool)> {
    let listed = program.body.iter().any(|statement| match statement {
        Statement::ExportNamedDeclaration(list) => list
            .specifiers
            .iter()
            .any(|s| export_name(&s.local) == NAME && export_name(&s.exported) == NAME),
        _ => false,
    });
    program.body.iter().find_map(|statement| match statement {
        Statement::TSTypeAliasDeclaration(alias) if alias.id.name == NAME => {
            Some((&**alias, listed))
        }
        Statement::ExportDeclaration(export) => match &export.declaration {
            Declaration::TSTypeAliasDeclaration(alias) if alias.id.name == NAME => {
                Some((&**alias, true))
            }
            _ => None,
        },
        _ => None,
    })
}

/// The names of `readonly ["a", "b"]`; `None` for any other type.
fn tuple(alias: &TSTypeAliasDeclaration<'_>) -> Option<Vec<String>> {
    let TSType::TSTypeOperatorType(operator) = &alias.type_annotation else {
        return None;
    };
    let TSType::TSTupleType(tuple) = &operator.type_annotation else {
        return None;
    };
    if operator.operator != TSTypeOperatorOperator::Readonly || alias.type_parameters.is_some() {
        return None;
    }
    let mut names: Vec<String> = Vec::new();
    for element in &tuple.element_types {
        let TSTupleElement::TSLiteralType(literal) = element else {
            return None;
        };
        let TSLiteral::StringLiteral(text) = &literal.literal else {
            return None;
        };
        let name = text.value.to_string();
        if names.contains(&name) {
            return None;
        }
        names.push(name);
    }
    Some(names)
}
