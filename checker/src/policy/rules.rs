//! The rules as data.

/// One rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Stable kebab-case id; leads the message in events.
    pub id: &'static str,
    /// One line.
    pub title: &'static str,
    /// Why the rule exists.
    pub rationale: &'static str,
    /// A source that breaks it.
    pub bad: &'static str,
    /// The same thing done right.
    pub good: &'static str,
}

/// Every rule, in the order of its page.
pub const RULES: &[Rule] = &[];
