//! Removing the types from a template, so that what is left is the JavaScript that runs.
//!
//! Every type is overwritten with white space, which keeps each line and column where it was: a
//! position in a stack trace is a position in the template. Syntax that types alone do not explain
//! (enums, namespaces, parameter properties, decorators) is refused; the policy refuses it first.

use std::collections::BTreeSet;

use oxc_allocator::Allocator;
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
use oxc_parser::Parser;
use oxc_semantic::{ScopeFlags, Scoping, SemanticBuilder, SymbolId};
use oxc_span::{GetSpan, SourceType, Span};

use crate::policy::export_name;

/// Why a source cannot be turned into JavaScript.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StripError {
    /// It does not parse.
    #[error("the source does not parse: {0}")]
    Syntax(String),
    /// It holds TypeScript syntax that has a meaning at run time.
    #[error("{0} cannot be removed as a type; the policy refuses it")]
    NotErasable(&'static str),
}

/// The JavaScript of a TypeScript module, position for position.
///
/// It recurses as deep as the source nests: call it where the stack is large.
///
/// # Errors
/// When the source does not parse or is not erasable.
pub fn strip(source: &str) -> Result<String, StripError> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, source, SourceType::ts().with_module(true)).parse();
    if parsed.panicked || !parsed.diagnostics.is_empty() {
        let why = parsed
            .diagnostics
            .iter()
            .next()
            .map(|d| d.message.to_string());
        return Err(StripError::Syntax(why.unwrap_or_default()));
    }
    let scoping = SemanticBuilder::new()
        .build(&parsed.program)
        .semantic
        .into_scoping();
    let mut eraser = Eraser {
        source,
        scoping: &scoping,
        erased: Vec::new(),
        written: Vec::new(),
        open_ends: BTreeSet::new(),
        refused: None,
    };
    eraser.visit_program(&parsed.program);
    if let Some(what) = eraser.refused {
        return Err(StripError::NotErasable(what));
    }
    Ok(eraser.apply())
}

struct Eraser<'s> {
    source: &'s str,
    scoping: &'s Scoping,
    erased: Vec<Span>,
    /// Single bytes that stand where a type stood.
    written: Vec<(u32, u8)>,
    /// Ends of statements that no semicolon closes: a line break closes them only as long as the
    /// next line cannot continue them, which erasing `as T` may change.
    open_ends: BTreeSet<u32>,
    refused: Option<&'static str>,
}

impl Eraser<'_> {
    fn erase(&mut self, span: Span) {
        self.erased.push(span);
    }

    fn erase_between(&mut self, start: u32, end: u32) {
        if start < end {
            self.erase(Span::new(start, end));
        }
    }

    /// A whole statement goes; a semicolon keeps its neighbours apart.
    fn erase_statement(&mut self, span: Span) {
        self.erase(span);
        self.written.push((span.start, b';'));
    }

    fn refuse(&mut self, what: &'static str) {
        self.refused.get_or_insert(what);
    }

    fn note_end(&mut self, span: Span) {
        if !self.source[..span.end as usize].ends_with(';') {
            self.open_ends.insert(span.end);
        }
    }

    /// Erases what follows an expression (`as T`, `satisfies T`, `!`).
    fn erase_tail(&mut self, whole: Span, expression: Span) {
        self.erase_between(expression.end, whole.end);
        if self.open_ends.contains(&whole.end) {
            self.written.push((expression.end, b';'));
        }
    }

    /// The offset of the first `byte` in the code from `start` on; comments are skipped.
    fn find(&self, byte: u8, start: u32, end: u32) -> Option<u32> {
        let text = self.source.as_bytes().get(start as usize..end as usize)?;
        let mut at = 0;
        while at < text.len() {
            match (text[at], text.get(at + 1)) {
                (b'/', Some(b'/')) => {
                    at += text[at..].iter().position(|b| *b == b'\n')?;
                }
                (b'/', Some(b'*')) => {
                    at += text[at + 2..].windows(2).position(|pair| pair == b"*/")? + 4;
                }
                (found, _) if found == byte => return u32::try_from(at).ok().map(|at| start + at),
                _ => at += 1,
            }
        }
        None
    }

    /// Erases the mark (`?` or `!`) between a name and its type.
    fn erase_mark(&mut self, mark: u8, start: u32, end: u32) {
        if let Some(at) = self.find(mark, start, end) {
            self.erase(Span::new(at, at + 1));
        }
    }

    fn has_line_break(&self, start: u32, end: u32) -> bool {
        self.source[start as usize..end as usize].contains(['\n', '\r', '\u{2028}', '\u{2029}'])
    }

    /// The list entry at `span`, with the comma after it if there is one.
    fn erase_entry(&mut self, span: Span, list_end: u32) {
        let comma = self.find(b',', span.end, list_end);
        let end = comma.filter(|at| {
            self.source[span.end as usize..*at as usize]
                .chars()
                .all(char::is_whitespace)
        });
        self.erase_between(span.start, end.map_or(span.end, |at| at + 1));
    }

    fn is_value(&self, symbol: Option<SymbolId>) -> bool {
        symbol.is_some_and(|id| {
            self.scoping
                .get_resolved_references(id)
                .any(|r| r.is_value())
        })
    }

    fn apply(self) -> String {
        let mut bytes = self.source.as_bytes().to_vec();
        for span in &self.erased {
            let text = &self.source[span.start as usize..span.end as usize];
            for (at, c) in text.char_indices() {
                if !matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}') {
                    let start = span.start as usize + at;
                    bytes[start..start + c.len_utf8()].fill(b' ');
                }
            }
        }
        for (at, byte) in self.written {
            bytes[at as usize] = byte;
        }
        String::from_utf8(bytes).unwrap_or_else(|error| {
            // Only whole characters are overwritten, each with ASCII.
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        })
    }
}

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
                self.written.push((types.span.start, b'('));
                self.written.push((params.start, b' '));
            }
        }
        if let Some(returns) = &it.return_type {
            self.erase(returns.span);
            // No line break may stand between `)` and `=>`: close after the type instead.
            if self.has_line_break(params.end, returns.span.end) {
                self.written.push((params.end - 1, b' '));
                self.written.push((returns.span.end - 1, b')'));
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
        if it.declare || it.r#abstract {
            self.refuse("a declared or abstract class");
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

impl Eraser<'_> {
    /// When `x as A as B` ends a statement, so does `x as A` once `as B` is gone; the outermost
    /// tail has already put its semicolon after the expression inside, so the inner one need not.
    fn note_inner_end(&mut self, whole: Span, expression: Span) {
        if self.open_ends.contains(&whole.end) {
            self.open_ends.insert(expression.end);
        }
    }

    /// Erases TypeScript's own modifiers of a class member.
    fn erase_modifiers(&mut self, start: u32, end: u32) {
        const MODIFIERS: [&str; 5] = ["public", "private", "protected", "readonly", "override"];
        let text = &self.source[start as usize..end as usize];
        let mut found = Vec::new();
        let mut at = 0;
        for word in text.split_inclusive(char::is_whitespace) {
            if MODIFIERS.contains(&word.trim_end()) {
                found.push((at, word.trim_end().len()));
            }
            at += word.len();
        }
        for (at, length) in found {
            let at = start + u32::try_from(at).unwrap_or_default();
            self.erase_between(at, at + u32::try_from(length).unwrap_or_default());
        }
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
