//! Rules that a single node of the syntax tree decides.

use oxc_ast::ast::{
    ArrowFunctionExpression, AwaitExpression, Class, Decorator, ForOfStatement, FormalParameter,
    Function, ImportExpression, ImportMeta, PropertyDefinition, TSAnyKeyword, TSAsExpression,
    TSEnumDeclaration, TSExportAssignment, TSExternalModuleDeclaration, TSGlobalDeclaration,
    TSImportEqualsDeclaration, TSImportType, TSInterfaceDeclaration, TSNamespaceDeclaration,
    TSNamespaceExportDeclaration, TSNonNullExpression, TSType, TSTypeAliasDeclaration,
    TSTypeAssertion, TSTypeName, VariableDeclaration, VariableDeclarator,
};
use oxc_ast_visit::{Visit, walk};
use oxc_semantic::ScopeFlags;
use oxc_span::{GetSpan, Span};

use super::{PolicyOptions, imports, report::Sink};

/// Visits every node once.
pub(crate) struct Walker<'r, 's> {
    options: &'r PolicyOptions,
    sink: &'r mut Sink<'s>,
}

impl<'r, 's> Walker<'r, 's> {
    pub(crate) const fn new(options: &'r PolicyOptions, sink: &'r mut Sink<'s>) -> Self {
        Self { options, sink }
    }

    fn not_async(&mut self, span: Span, what: &str) {
        self.sink.add(
            "no-async",
            span,
            format!("{what} is not allowed"),
            "compute the value directly; a template returns its item at once",
        );
    }

    fn ambient(&mut self, span: Span, what: &str) {
        self.sink.add(
            "no-ambient-declaration",
            span,
            format!("{what} is not allowed"),
            "declare plain types and constants, and import the contract's types as they are",
        );
    }

    fn not_erasable(&mut self, span: Span, what: &str, hint: &str) {
        self.sink.add(
            "no-non-erasable-syntax",
            span,
            format!("{what} is not allowed"),
            hint,
        );
    }

    fn definite(&mut self, span: Span) {
        self.sink.add(
            "no-definite-assignment",
            span,
            "a definite assignment assertion (!) hides a variable without a value",
            "give the variable a value where it is declared",
        );
    }
}

impl<'a> Visit<'a> for Walker<'_, '_> {
    fn visit_ts_non_null_expression(&mut self, it: &TSNonNullExpression<'a>) {
        self.sink.add(
            "no-non-null-assertion",
            it.span,
            "a non-null assertion (!) is not allowed",
            "test for undefined and throw, or use a loop or destructuring that cannot miss",
        );
        walk::walk_ts_non_null_expression(self, it);
    }

    fn visit_ts_as_expression(&mut self, it: &TSAsExpression<'a>) {
        if !is_const(&it.type_annotation) {
            self.sink.add(
                "no-type-assertion",
                it.span,
                "a type assertion (as) other than `as const` is not allowed",
                "declare the type of the variable or use `satisfies`, and mend what does not fit",
            );
        }
        walk::walk_ts_as_expression(self, it);
    }

    fn visit_ts_type_assertion(&mut self, it: &TSTypeAssertion<'a>) {
        self.sink.add(
            "no-angle-assertion",
            it.span,
            "a type assertion in angle brackets is not allowed",
            "declare the type of the variable or use `satisfies`, and mend what does not fit",
        );
        walk::walk_ts_type_assertion(self, it);
    }

    fn visit_variable_declarator(&mut self, it: &VariableDeclarator<'a>) {
        if it.definite {
            self.definite(it.span);
        }
        walk::walk_variable_declarator(self, it);
    }

    fn visit_property_definition(&mut self, it: &PropertyDefinition<'a>) {
        if it.definite {
            self.definite(it.span);
        }
        if it.declare {
            self.ambient(it.span, "declare");
        }
        walk::walk_property_definition(self, it);
    }

    fn visit_ts_any_keyword(&mut self, it: &TSAnyKeyword) {
        self.sink.add(
            "no-any",
            it.span,
            "the type any is not allowed",
            "write the real type, or unknown and a test",
        );
    }

    fn visit_function(&mut self, it: &Function<'a>, flags: ScopeFlags) {
        let head = it.id.as_ref().map_or(it.params.span, |id| id.span);
        if it.r#async {
            self.not_async(head, "an async function");
        }
        if it.declare {
            self.ambient(head, "declare function");
        }
        walk::walk_function(self, it, flags);
    }

    fn visit_arrow_function_expression(&mut self, it: &ArrowFunctionExpression<'a>) {
        if it.r#async {
            self.not_async(it.params.span, "an async function");
        }
        walk::walk_arrow_function_expression(self, it);
    }

    fn visit_await_expression(&mut self, it: &AwaitExpression<'a>) {
        self.not_async(it.span, "await");
        walk::walk_await_expression(self, it);
    }

    fn visit_for_of_statement(&mut self, it: &ForOfStatement<'a>) {
        if it.r#await {
            let head = Span::new(it.span.start, it.right.span().start);
            self.not_async(head, "for await");
        }
        walk::walk_for_of_statement(self, it);
    }

    fn visit_variable_declaration(&mut self, it: &VariableDeclaration<'a>) {
        if it.declare {
            self.ambient(it.span, "declare");
        }
        walk::walk_variable_declaration(self, it);
    }

    fn visit_class(&mut self, it: &Class<'a>) {
        if it.declare {
            self.ambient(it.span, "declare class");
        }
        walk::walk_class(self, it);
    }

    fn visit_ts_type_alias_declaration(&mut self, it: &TSTypeAliasDeclaration<'a>) {
        if it.declare {
            self.ambient(it.span, "declare type");
        }
        walk::walk_ts_type_alias_declaration(self, it);
    }

    fn visit_ts_interface_declaration(&mut self, it: &TSInterfaceDeclaration<'a>) {
        if it.declare {
            self.ambient(it.span, "declare interface");
        }
        walk::walk_ts_interface_declaration(self, it);
    }

    fn visit_ts_external_module_declaration(&mut self, it: &TSExternalModuleDeclaration<'a>) {
        self.ambient(it.id.span, "a module declaration");
        walk::walk_ts_external_module_declaration(self, it);
    }

    fn visit_ts_namespace_declaration(&mut self, it: &TSNamespaceDeclaration<'a>) {
        self.ambient(it.id.span, "a namespace");
        walk::walk_ts_namespace_declaration(self, it);
    }

    fn visit_ts_global_declaration(&mut self, it: &TSGlobalDeclaration<'a>) {
        self.ambient(it.global_span, "declare global");
        walk::walk_ts_global_declaration(self, it);
    }

    fn visit_ts_namespace_export_declaration(&mut self, it: &TSNamespaceExportDeclaration<'a>) {
        self.ambient(it.span, "export as namespace");
    }

    fn visit_ts_enum_declaration(&mut self, it: &TSEnumDeclaration<'a>) {
        let hint = "use a readonly tuple of strings (`as const`) and a union of its members";
        self.not_erasable(it.id.span, "an enum", hint);
        walk::walk_ts_enum_declaration(self, it);
    }

    fn visit_decorator(&mut self, it: &Decorator<'a>) {
        self.not_erasable(it.span, "a decorator", "call a plain function instead");
        walk::walk_decorator(self, it);
    }

    fn visit_formal_parameter(&mut self, it: &FormalParameter<'a>) {
        if it.accessibility.is_some() || it.readonly || it.r#override {
            let hint = "declare the property and assign it in the constructor";
            self.not_erasable(it.span, "a parameter property", hint);
        }
        walk::walk_formal_parameter(self, it);
    }

    fn visit_ts_import_equals_declaration(&mut self, it: &TSImportEqualsDeclaration<'a>) {
        self.not_erasable(it.span, "`import =`", "write `import { name } from \"…\"`");
        walk::walk_ts_import_equals_declaration(self, it);
    }

    fn visit_ts_export_assignment(&mut self, it: &TSExportAssignment<'a>) {
        self.not_erasable(it.span, "`export =`", "write `export default function …`");
        walk::walk_ts_export_assignment(self, it);
    }

    fn visit_import_expression(&mut self, it: &ImportExpression<'a>) {
        self.sink.add(
            "no-dynamic-import",
            it.span,
            "a dynamic import is not allowed",
            "write an import statement at the top of the file",
        );
        walk::walk_import_expression(self, it);
    }

    fn visit_import_meta(&mut self, it: &ImportMeta) {
        let hint = "delete it; a template knows nothing of where it is";
        self.sink.add(
            "no-dynamic-import",
            it.span,
            "import.meta is not allowed",
            hint,
        );
    }

    fn visit_ts_import_type(&mut self, it: &TSImportType<'a>) {
        let specifier = it.source.value.as_str();
        if !self
            .options
            .modules
            .iter()
            .any(|module| module.specifier == specifier)
        {
            imports::outside(it.source.span, specifier, self.options, self.sink);
        }
        walk::walk_ts_import_type(self, it);
    }
}

/// Whether the type after `as` is `const`.
fn is_const(ty: &TSType<'_>) -> bool {
    let TSType::TSTypeReference(reference) = ty else {
        return false;
    };
    let TSTypeName::IdentifierReference(name) = &reference.type_name else {
        return false;
    };
    name.name == "const" && reference.type_arguments.is_none()
}
