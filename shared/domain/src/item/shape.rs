//! The kind of activity that an item is: a template may change its numbers, never its shape.

use super::ItemIssue;
use crate::json::Json;

/// What differs in kind between a source item and one that its template made: interaction types
/// and how many of each, and the widget types.
#[must_use]
pub fn compare(_source: &Json, _generated: &Json) -> Vec<ItemIssue> {
    Vec::new()
}
