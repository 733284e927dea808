//! What an API key may see: the authentication outcome that comes back in the statement's own row.

use crate::{DecodeError, Row};

/// The outcome of a statement that looks up an API key and one resource of its tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access<T> {
    /// No such key, or it was revoked: 401.
    Unauthorized,
    /// The key lacks the scope: 403.
    Forbidden,
    /// No such resource, or another tenant's: 404, so that ids cannot be probed.
    NotFound,
    /// The resource.
    Granted(T),
}

/// What the `known` and `allowed` columns say before the resource is looked at.
pub(crate) enum Gate {
    Unauthorized,
    Forbidden,
    Open,
}

/// Reads the `known` and `allowed` columns that every authenticated statement starts with.
pub(crate) fn gate(row: &mut Row) -> Result<Gate, DecodeError> {
    let known = row.boolean("known")?;
    let allowed = row.boolean("allowed")?;
    Ok(match (known, allowed) {
        (false, _) => Gate::Unauthorized,
        (true, false) => Gate::Forbidden,
        (true, true) => Gate::Open,
    })
}

/// Decodes a row that starts with `known` and `allowed`; the resource exists when `id` is not null.
pub(crate) fn decode<T>(
    mut row: Row,
    resource: impl FnOnce(&mut Row) -> Result<T, DecodeError>,
) -> Result<Access<T>, DecodeError> {
    match gate(&mut row)? {
        Gate::Unauthorized => Ok(Access::Unauthorized),
        Gate::Forbidden => Ok(Access::Forbidden),
        Gate::Open if row.is_null("id")? => Ok(Access::NotFound),
        Gate::Open => resource(&mut row).map(Access::Granted),
    }
}
