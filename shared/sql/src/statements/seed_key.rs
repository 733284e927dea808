//! Puts an API key in place.

use itemsmith_domain::Digest;

use super::params::{json, text};
use crate::{Answer, DecodeError, Query, Statement};

/// Inserts an API key by its hash, or sets it back to what is given here.
#[derive(Debug, Clone, Copy)]
pub struct SeedKey<'a> {
    /// SHA-256 of the key.
    pub key_hash: &'a Digest,
    /// Whose it is.
    pub tenant: &'a str,
    /// Its first characters (4 to 20), for people to recognise it by.
    pub prefix: &'a str,
    /// What it may do: `templates:read`, `templates:write`, `check`, `admin`.
    pub scopes: &'a [&'a str],
}

impl Query for SeedKey<'_> {
    type Output = ();

    fn statement(&self) -> Statement {
        Statement {
            sql: include_str!("seed_key.sql"),
            params: vec![
                text(self.key_hash),
                text(self.tenant),
                text(self.prefix),
                json(self.scopes),
            ],
        }
    }

    fn decode(&self, answer: Answer) -> Result<(), DecodeError> {
        answer.one().map(drop)
    }
}
