//! Removing the types from a template, so that what is left is the JavaScript that runs.
//!
//! Every type is overwritten with white space, which keeps each line and column where it was: a
//! position in a stack trace is a position in the template. Syntax that types alone do not explain
//! (enums, namespaces, parameter properties, decorators) is refused; the policy refuses it first.

mod eraser;
mod visit;

use oxc_allocator::Allocator;
use oxc_ast_visit::Visit;
use oxc_parser::Parser;
use oxc_semantic::SemanticBuilder;
use oxc_span::SourceType;

use self::eraser::Eraser;

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
    let mut eraser = Eraser::new(source, &scoping);
    eraser.visit_program(&parsed.program);
    eraser.apply().map_err(StripError::NotErasable)
}
