//! Policy rules on the syntax tree: what a template may not do although TypeScript allows it.
//!
//! [`scan_limits`] runs before anything parses the source; [`check`] then reports every violation
//! of every rule in [`rules::RULES`].

mod comments;
mod exports;
mod globals;
mod imports;
mod instance;
mod limits;
pub(crate) mod position;
mod report;
pub mod rules;
mod state;
mod syntax;
#[cfg(test)]
mod tests;
mod widgets;

use std::{io, thread};

use itemsmith_domain::{Finding, Phase, finding::POLICY_CODE};
use oxc_allocator::Allocator;
use oxc_ast_visit::Visit;
use oxc_parser::Parser;
use oxc_semantic::SemanticBuilder;
use oxc_span::SourceType;

pub(crate) use imports::export_name;
pub use limits::{MAX_DEPTH, MAX_SOURCE_BYTES, scan_limits};

/// Version of the policy rules; part of every verdict, and of the key it is cached by.
pub const VERSION: &str = "1";

/// Stack of the thread that parses, in bytes. A chain without brackets (`!!!…`, `a => a => …`)
/// nests once per byte or two and costs up to about 4 KiB a level in an unoptimised build, so the
/// longest source allowed needs this much. It is address space: only what is used is ever backed.
pub(crate) const PARSE_STACK: usize = 512 * 1024 * 1024;

/// The globals that a template may name; the sandbox has these and no others.
pub(crate) const PLAIN_GLOBALS: [&[&str]; 2] = [globals::ALLOWED, globals::NAMESPACES];

/// What a template may import from one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedModule {
    /// The specifier as a template writes it, such as `@/core/item`.
    pub specifier: String,
    /// The names it exports, types and values alike.
    pub exports: Vec<String>,
}

/// What the rules need to know besides the source.
#[derive(Clone, Debug, Default)]
pub struct PolicyOptions {
    /// The widget types that `TemplateWidgets` must name; empty for none.
    pub allowed_widgets: Vec<String>,
    /// Everything that the contract pack offers for import.
    pub modules: Vec<AllowedModule>,
    /// Every widget type name that exists, for better messages; may be empty.
    pub known_widgets: Vec<String>,
}

/// What the rules found.
#[derive(Clone, Debug, Default)]
pub struct PolicyReport {
    /// Every violation in source order; empty when the source does not parse.
    pub findings: Vec<Finding>,
    /// The names in `TemplateWidgets`, where it could be read.
    pub widget_tuple: Vec<String>,
    /// Whether the source parsed. When false TypeScript reports why, and no rule ran.
    pub syntax_ok: bool,
    /// Set when the source did not parse: what to report if TypeScript should find nothing wrong
    /// with it, so that a source whose policy is unknown never passes.
    pub unparsed: Option<Finding>,
}

/// Why the rules could not run; it says nothing about the source.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The operating system gave no thread.
    #[error("no thread to parse on: {0}")]
    Thread(#[source] io::Error),
    /// The parser or a rule panicked: a defect.
    #[error("the policy rules stopped on an internal error")]
    Panicked,
}

/// Runs every rule over `source`, blocking for about as long as the parse takes.
///
/// The caller has run [`scan_limits`] on it.
///
/// # Errors
/// When the rules could not run.
pub fn check(source: &str, options: &PolicyOptions) -> Result<PolicyReport, PolicyError> {
    on_large_stack(|| check_here(source, options))
}

/// Runs `work` on a thread whose stack holds the deepest tree that a source can have.
pub(crate) fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, PolicyError> {
    thread::scope(|scope| {
        let builder = thread::Builder::new()
            .name("parse".into())
            .stack_size(PARSE_STACK);
        let running = builder
            .spawn_scoped(scope, work)
            .map_err(PolicyError::Thread)?;
        running.join().map_err(|_| PolicyError::Panicked)
    })
}

fn check_here(source: &str, options: &PolicyOptions) -> PolicyReport {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, source, SourceType::ts().with_module(true)).parse();
    if parsed.panicked || !parsed.diagnostics.is_empty() {
        let why = parsed
            .diagnostics
            .iter()
            .next()
            .map(|d| d.message.to_string());
        let why = why.unwrap_or_else(|| "unknown".to_owned());
        let message = format!("the source does not parse as a TypeScript module: {why}");
        let unparsed = Finding::unplaced(Phase::Policy, "unparsed", POLICY_CODE, message);
        return PolicyReport {
            unparsed: Some(unparsed),
            ..PolicyReport::default()
        };
    }
    let program = parsed.program;
    let scoping = SemanticBuilder::new()
        .build(&program)
        .semantic
        .into_scoping();

    let mut sink = report::Sink::new(source);
    comments::check(&program, &mut sink);
    let imports = imports::check(&program, options, &mut sink);
    let widget_tuple = widgets::check(&program, options, &mut sink);
    exports::check(&program, &scoping, &imports, &mut sink);
    syntax::Walker::new(options, &mut sink).visit_program(&program);
    globals::Walker::new(&scoping, &mut sink).visit_program(&program);
    instance::check(&program, &scoping, &mut sink);
    state::check(&program, &scoping, &mut sink);
    PolicyReport {
        findings: sink.finish(),
        widget_tuple,
        syntax_ok: true,
        unparsed: None,
    }
}
