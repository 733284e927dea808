//! Which parts of the tree are types.

use oxc_ast::ast::{
    ArrowFunctionExpression, Class, ClassElement, Declaration, Decorator, ExportDefaultDeclaration,
    ExportDefaultDeclarationKind, ExportNamedDeclaration, ExpressionStatement, ForStatementInit,
    ForStatementLeft, FormalParameter, Function, ImportDeclaration, ImportDeclarationSpecifier,
    MethodDefinition, MethodDefinitionType, PropertyDefinition, PropertyDefinitionType,
    ReturnStatement, Statement, TSAsExpression, TSInstantiationExpression, TSNonNullExpression,
    TSSatisfiesExpression, TSTypeAnnotation, TSTypeAssertion, TSTypeParameterDeclaration,
    TSTypeParameterInstantiation, ThrowStatement, VariableDeclaration, VariableDeclarator,
};
use oxc_ast_visit::{Visit, walk};
use oxc_semantic::{ScopeFlags, SymbolId};
use oxc_span::GetSpan;

use super::eraser::Eraser;
use crate::policy::export_name;

impl<'a> Visit<'a> for Eraser<'_> {
    fn visit_statement(&mut self, it: &Statement<'a>) {
        let span = it.span();
        match it {
            Statement::TSTypeAliasDeclaration(_) | Statement::TSInterfaceDeclaration(_) => {
                self.erase_statement(span);
            }
            Statement::ExportDeclaration(export) => match &export.declaration {
                Declaration::TSTypeAliasDeclaration(_) | Declaration::TSInterfaceDeclaration(_) => {
                    self.erase_statement(span)
                }
                Declaration::FunctionDeclaration(f) if f.body.is_none() => {
                    self.erase_statement(span);
                }
                _ => walk::walk_statement(self, it),
            },
            Statement::ExportDefaultDeclaration(export) => match &export.declaration {
                ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => {
                    self.erase_statement(span);
                }
                ExportDefaultDeclarationKind::FunctionDeclaration(f) if f.body.is_none() => {
                    self.erase_statement(span);
                }
                _ => walk::walk_statement(self, it),
            },
            Statement::FunctionDeclaration(f) if f.body.is_none() => self.erase_statement(span),
            Statement::TSEnumDeclaration(_) => self.refuse("an enum"),
            Statement::TSNamespaceDeclaration(_)
            | Statement::TSExternalModuleDeclaration(_)
            | Statement::TSGlobalDeclaration(_)
            | Statement::TSNamespaceExportDeclaration(_) => self.refuse("a namespace"),
            Statement::TSImportEqualsDeclaration(_) => self.refuse("`import =`"),
            Statement::TSExportAssignment(_) => self.refuse("`export =`"),
            _ => walk::walk_statement(self, it),
        }
    }

    fn visit_import_declaration(&mut self, it: &ImportDeclaration<'a>) {
        let Some(specifiers) = &it.specifiers else {
            return;
        };
        let used = |local: Option<SymbolId>| !it.import_kind.is_type() && self.is_value(local);
        let keep: Vec<bool> = specifiers
            .iter()
            .map(|entry| match entry {
                ImportDeclarationSpecifier::ImportSpecifier(s) => {
                    !s.import_kind.is_type() && used(s.local.symbol_id.get())
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(s) => {
                    used(s.local.symbol_id.get())
                }
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(s) => {
                    used(s.local.symbol_id.get())
                }
            })
            .collect();
        if !keep.contains(&true) {
            self.erase_statement(it.span);
            return;
        }
        for (entry, keep) in specifiers.iter().zip(keep) {
            if !keep {
                self.erase_entry(entry.span(), it.source.span.start);
            }
        }
    }

    fn visit_export_named_declaration(&mut self, it: &ExportNamedDeclaration<'a>) {
        if it.export_kind.is_type() {
            self.erase_statement(it.span);
            return;
        }
        for entry in &it.specifiers {
            let root = self
                .scoping
                .get_root_binding(export_name(&entry.local).into());
            let is_value = root.is_some_and(|id| self.scoping.symbol_flags(id).is_value());
            if entry.export_kind.is_type() || !is_value {
                self.erase_entry(entry.span, it.span.end);
            }
        }
    }

    fn visit_variable_declaration(&mut self, it: &VariableDeclaration<'a>) {
        if it.declare {
            self.erase_statement(it.span);
            return;
        }
        self.note_end(it.span);
        walk::walk_variable_declaration(self, it);
    }

    fn visit_variable_declarator(&mut self, it: &VariableDeclarator<'a>) {
        if it.definite {
            let end = it
                .type_annotation
                .as_ref()
                .map_or(it.span.end, |t| t.span.start);
            self.erase_mark(b'!', it.id.span().end, end);
        }
        walk::walk_variable_declarator(self, it);
    }

    // In the head of a loop a declaration is closed by the head, never by a line break.
    fn visit_for_statement_init(&mut self, it: &ForStatementInit<'a>) {
        match it {
            ForStatementInit::VariableDeclaration(it) => {
                walk::walk_variable_declaration(self, it);
            }
            _ => walk::walk_for_statement_init(self, it),
        }
    }

    fn visit_for_statement_left(&mut self, it: &ForStatementLeft<'a>) {
        match it {
            ForStatementLeft::VariableDeclaration(it) => {
                walk::walk_variable_declaration(self, it);
            }
            _ => walk::walk_for_statement_left(self, it),
        }
    }

    fn visit_expression_statement(&mut self, it: &ExpressionStatement<'a>) {
        self.note_end(it.span);
        walk::walk_expression_statement(self, it);
    }

    fn visit_return_statement(&mut self, it: &ReturnStatement<'a>) {
        self.note_end(it.span);
        walk::walk_return_statement(self, it);
    }

    fn visit_throw_statement(&mut self, it: &ThrowStatement<'a>) {
        self.note_end(it.span);
        walk::walk_throw_statement(self, it);
    }

    fn visit_export_default_declaration(&mut self, it: &ExportDefaultDeclaration<'a>) {
        self.note_end(it.span);
        walk::walk_export_default_declaration(self, it);
    }

    fn visit_ts_type_annotation(&mut self, it: &TSTypeAnnotation<'a>) {
        self.erase(it.span);
    }

    fn visit_ts_type_parameter_declaration(&mut self, it: &TSTypeParameterDeclaration<'a>) {
        self.erase(it.span);
    }

    fn visit_ts_type_parameter_instantiation(&mut self, it: &TSTypeParameterInstantiation<'a>) {
        self.erase(it.span);
    }

    fn visit_function(&mut self, it: &Function<'a>, _: ScopeFlags) {
        if let Some(this) = &it.this_param {
            self.erase_entry(this.span, it.params.span.end);
        }
        if let Some(types) = &it.type_parameters {
            self.erase(types.span);
        }
        self.visit_formal_parameters(&it.params);
        if let Some(returns) = &it.return_type {
            self.erase(returns.span);
        }
        if let Some(body) = &it.body {
            self.visit_function_body(body);
        }
    }

    fn visit_arrow_function_expression(&mut self, it: &ArrowFunctionExpression<'a>) {
        let params = it.params.span;
        if let Some(types) = &it.type_parameters {
            self.erase(types.span);
            // `return <T>\n(x) => x`: the opening bracket must stay on the line of `return`.
            if self.has_line_break(types.span.start, params.start) {
                self.write(types.span.start, b'(');
                self.write(params.start, b' ');
            }
        }
        if let Some(returns) = &it.return_type {
            self.erase(returns.span);
            // No line break may stand between `)` and `=>`: close after the type instead.
            if self.has_line_break(params.end, returns.span.end) {
                self.write(params.end - 1, b' ');
                self.write(returns.span.end - 1, b')');
            }
        }
        self.visit_formal_parameters(&it.params);
        self.visit_arrow_function_body(&it.body);
    }

    fn visit_formal_parameter(&mut self, it: &FormalParameter<'a>) {
        if it.accessibility.is_some() || it.readonly || it.r#override {
            self.refuse("a parameter property");
        }
        if it.optional {
            let end = it
                .type_annotation
                .as_ref()
                .map_or(it.span.end, |t| t.span.start);
            self.erase_mark(b'?', it.pattern.span().end, end);
        }
        walk::walk_formal_parameter(self, it);
    }

    fn visit_ts_as_expression(&mut self, it: &TSAsExpression<'a>) {
        self.erase_tail(it.span, it.expression.span());
        self.note_inner_end(it.span, it.expression.span());
        self.visit_expression(&it.expression);
    }

    fn visit_ts_satisfies_expression(&mut self, it: &TSSatisfiesExpression<'a>) {
        self.erase_tail(it.span, it.expression.span());
        self.note_inner_end(it.span, it.expression.span());
        self.visit_expression(&it.expression);
    }

    fn visit_ts_non_null_expression(&mut self, it: &TSNonNullExpression<'a>) {
        self.erase_tail(it.span, it.expression.span());
        self.note_inner_end(it.span, it.expression.span());
        self.visit_expression(&it.expression);
    }

    fn visit_ts_type_assertion(&mut self, it: &TSTypeAssertion<'a>) {
        self.refuse("a type assertion in angle brackets");
        self.visit_expression(&it.expression);
    }

    fn visit_ts_instantiation_expression(&mut self, it: &TSInstantiationExpression<'a>) {
        self.erase_tail(it.span, it.expression.span());
        self.visit_expression(&it.expression);
    }

    fn visit_decorator(&mut self, _: &Decorator<'a>) {
        self.refuse("a decorator");
    }

    fn visit_class(&mut self, it: &Class<'a>) {
        if it.declare {
            self.refuse("a declared class");
        }
        if it.r#abstract {
            self.erase_abstract(it.span.start);
        }
        if !it.decorators.is_empty() {
            self.refuse("a decorator");
        }
        if let Some(first) = it.implements.first() {
            let from = heritage_end(it);
            let keyword = self.source[from as usize..first.span.start as usize].rfind("implements");
            let start = keyword.map_or(first.span.start, |at| {
                from + u32::try_from(at).unwrap_or_default()
            });
            self.erase_between(start, it.body.span.start);
        }
        if let Some(types) = &it.type_parameters {
            self.erase(types.span);
        }
        if let Some(heritage) = &it.heritage {
            self.visit_expression(&heritage.expression);
            if let Some(types) = &heritage.type_arguments {
                self.erase(types.span);
            }
        }
        self.visit_class_body(&it.body);
    }

    fn visit_class_element(&mut self, it: &ClassElement<'a>) {
        match it {
            ClassElement::TSIndexSignature(signature) => self.erase_statement(signature.span),
            ClassElement::MethodDefinition(method)
                if method.value.body.is_none()
                    || method.r#type == MethodDefinitionType::TSAbstractMethodDefinition =>
            {
                self.erase_statement(method.span);
            }
            ClassElement::PropertyDefinition(property)
                if property.declare
                    || property.r#type == PropertyDefinitionType::TSAbstractPropertyDefinition =>
            {
                self.erase_statement(property.span);
            }
            _ => walk::walk_class_element(self, it),
        }
    }

    fn visit_method_definition(&mut self, it: &MethodDefinition<'a>) {
        self.erase_modifiers(it.span.start, it.key.span().start);
        if it.optional {
            self.erase_mark(b'?', it.key.span().end, it.value.params.span.start);
        }
        walk::walk_method_definition(self, it);
    }

    fn visit_property_definition(&mut self, it: &PropertyDefinition<'a>) {
        self.note_end(it.span);
        self.erase_modifiers(it.span.start, it.key.span().start);
        let type_start = it.type_annotation.as_ref().map(|t| t.span.start);
        let end = type_start.unwrap_or(it.span.end);
        if it.optional {
            self.erase_mark(b'?', it.key.span().end, end);
        }
        if it.definite {
            self.erase_mark(b'!', it.key.span().end, end);
        }
        walk::walk_property_definition(self, it);
    }
}

/// Where the part of a class's head before `implements` ends.
fn heritage_end(class: &Class<'_>) -> u32 {
    let heritage = class.heritage.as_ref().map(|heritage| {
        let types = heritage.type_arguments.as_ref().map(|types| types.span.end);
        types.unwrap_or_else(|| heritage.expression.span().end)
    });
    let types = class.type_parameters.as_ref().map(|types| types.span.end);
    let name = class.id.as_ref().map(|id| id.span.end);
    heritage.or(types).or(name).unwrap_or(class.span.start)
}
