//! The body of `POST /api/templates`, and its headers.

mod body;
mod header;
#[cfg(test)]
mod tests;

pub use header::idempotency_key;

use itemsmith_domain::{Digest, Seed, Warning};

use crate::problem::Problem;

/// Bytes of a request body at most; a body of one byte more is refused. An item may take 508 KB
/// of it (see the event's limit), and white space may double that.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// What a body that leaves something out gets.
#[derive(Clone, Debug)]
pub struct Defaults<'a> {
    /// The model's name.
    pub model: &'a str,
    /// 1 to 10.
    pub max_attempts: u32,
}

/// A valid request for a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRequest {
    /// 0 when the body names none.
    pub seed: Seed,
    /// Distinct widget types in order of appearance; at most one today.
    pub allowed_widgets: Vec<String>,
    /// The item as pretty JSON, two spaces, key order and numbers as written.
    pub source_text: String,
    /// The item without white space, key order and numbers as written.
    pub structured_item: String,
    /// Digest of the item's canonical JSON.
    pub canonical_hash: Digest,
    /// The model's name.
    pub model: String,
    /// 1 to 10.
    pub max_attempts: u32,
    /// Whether prompts and replies become downloadable.
    pub debug: bool,
    /// Digest of the whole body, key order and white space ignored: what an idempotency key is
    /// bound to.
    pub body_hash: Digest,
    /// What the author should know.
    pub warnings: Vec<Warning>,
}

/// Reads the body of `POST /api/templates`.
///
/// # Errors
/// The problem that answers instead: too large, not JSON, or a field that breaks its rule, with a
/// pointer to it.
pub fn parse(body: &[u8], defaults: &Defaults<'_>) -> Result<NewRequest, Problem> {
    body::parse(body, defaults)
}
