//! Policy rules on the syntax tree: what a template may not do although TypeScript allows it.
//!
//! [`scan_limits`] runs before anything parses the source; [`check`] then reports every violation
//! of every rule in [`rules::RULES`].

mod limits;
pub mod rules;

use itemsmith_domain::Finding;

pub use limits::{MAX_DEPTH, MAX_SOURCE_BYTES, scan_limits};

/// Version of the policy rules; part of every verdict, and of the key it is cached by.
pub const VERSION: &str = "1";

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
}

/// Runs every rule over `source`.
///
/// The caller has run [`scan_limits`] on it: deeper sources would overflow the parser's stack.
#[must_use]
pub fn check(source: &str, options: &PolicyOptions) -> PolicyReport {
    let _ = (source, options);
    PolicyReport::default()
}
