//! One broken rule of an item.

/// One broken rule and where it is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemIssue {
    /// Stable id of the rule, e.g. `unknown-key`.
    pub rule: &'static str,
    /// JSON Pointer from the item's root; empty for the whole item.
    pub pointer: String,
    /// For a person (or a model) who has to mend it.
    pub message: String,
}

impl std::fmt::Display for ItemIssue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = if self.pointer.is_empty() {
            "the item"
        } else {
            &self.pointer
        };
        write!(f, "{place}: {} ({})", self.message, self.rule)
    }
}
