//! Imports: only what the contract offers, and nothing passed on.

use std::collections::BTreeMap;

use oxc_ast::ast::{
    ImportDeclaration, ImportDeclarationSpecifier, ModuleExportName, Program, Statement,
};
use oxc_span::GetSpan;

use super::{AllowedModule, PolicyOptions, report::Sink};

/// Local name to the specifier and the name it was imported by.
pub(crate) type Imports = BTreeMap<String, (String, String)>;

pub(crate) fn check(
    program: &Program<'_>,
    options: &PolicyOptions,
    sink: &mut Sink<'_>,
) -> Imports {
    let mut imports = Imports::new();
    for statement in &program.body {
        match statement {
            Statement::ImportDeclaration(import) => {
                import_declaration(import, options, &mut imports, sink);
            }
            Statement::ExportAllDeclaration(export) => re_export(export.span, sink),
            Statement::ExportFromDeclaration(export) => re_export(export.span, sink),
            _ => {}
        }
    }
    imports
}

fn re_export(span: oxc_span::Span, sink: &mut Sink<'_>) {
    sink.add(
        "no-re-export",
        span,
        "a template does not export from another module",
        "delete this export; import what you need and export only generateTemplate and TemplateWidgets",
    );
}

fn import_declaration(
    import: &ImportDeclaration<'_>,
    options: &PolicyOptions,
    imports: &mut Imports,
    sink: &mut Sink<'_>,
) {
    let specifier = import.source.value.as_str();
    let Some(module) = options.modules.iter().find(|m| m.specifier == specifier) else {
        outside(import.source.span, specifier, options, sink);
        return;
    };
    let specifiers = import.specifiers.as_ref();
    if specifiers.is_none_or(|list| list.is_empty()) || import.with_clause.is_some() {
        sink.add(
            "import-outside-contract",
            import.span,
            format!("this import of \"{specifier}\" names nothing, or carries attributes"),
            "import the names that you use, without attributes, or delete the import",
        );
    }
    for entry in specifiers.into_iter().flatten() {
        let (local, name) = match entry {
            ImportDeclarationSpecifier::ImportSpecifier(entry) => {
                (entry.local.name.as_str(), export_name(&entry.imported))
            }
            ImportDeclarationSpecifier::ImportDefaultSpecifier(entry) => {
                (entry.local.name.as_str(), "default")
            }
            // `import * as errors`: the members are the compiler's business.
            ImportDeclarationSpecifier::ImportNamespaceSpecifier(_) => continue,
        };
        if !module.exports.iter().any(|export| export == name) {
            not_exported(entry.span(), name, module, sink);
        }
        imports.insert(local.to_owned(), (specifier.to_owned(), name.to_owned()));
    }
}

/// The name in `import { name as local }`.
pub(crate) fn export_name<'a>(name: &ModuleExportName<'a>) -> &'a str {
    match name {
        ModuleExportName::IdentifierName(name) => name.name.into(),
        ModuleExportName::IdentifierReference(name) => name.name.into(),
        ModuleExportName::StringLiteral(name) => name.value.as_str(),
    }
}

/// Reports a specifier that is no module of the contract.
pub(crate) fn outside(
    span: oxc_span::Span,
    specifier: &str,
    options: &PolicyOptions,
    sink: &mut Sink<'_>,
) {
    let known: Vec<&str> = options
        .modules
        .iter()
        .map(|m| m.specifier.as_str())
        .collect();
    sink.add(
        "import-outside-contract",
        span,
        format!("\"{specifier}\" is not part of the contract"),
        &format!(
            "delete it; a template may import only from {}",
            known.join(", ")
        ),
    );
}

fn not_exported(span: oxc_span::Span, name: &str, module: &AllowedModule, sink: &mut Sink<'_>) {
    sink.add(
        "import-outside-contract",
        span,
        format!("\"{}\" does not offer {name}", module.specifier),
        &format!("it offers {}", module.exports.join(", ")),
    );
}
