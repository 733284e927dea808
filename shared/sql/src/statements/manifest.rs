//! The artifacts of a request: names, types, sizes and digests.

use itemsmith_domain::{Digest, RequestStatus};
use serde::Deserialize;
use uuid::Uuid;

use super::params::text;
use crate::{Access, Answer, DecodeError, Query, Statement, access};

/// Lists the artifacts of one request of the key's tenant.
#[derive(Debug, Clone, Copy)]
pub struct ReadManifest<'a> {
    /// SHA-256 of the API key.
    pub key_hash: &'a Digest,
    /// The request.
    pub id: Uuid,
}

/// What a request has stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The request.
    pub id: Uuid,
    /// Where it stands; before `succeeded` the list is not final.
    pub status: RequestStatus,
    /// By name.
    pub artifacts: Vec<ManifestEntry>,
}

/// One artifact.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManifestEntry {
    /// Such as `template.ts` or `items/0.json`.
    pub name: String,
    /// Such as `text/x-typescript; charset=utf-8`.
    pub media_type: String,
    /// Size.
    pub bytes: u64,
    /// SHA-256 of the bytes.
    pub digest: Digest,
    /// RFC 3339.
    pub created_at: String,
}

impl Query for ReadManifest<'_> {
    type Output = Access<Manifest>;

    fn statement(&self) -> Statement {
        Statement {
            sql: include_str!("manifest.sql"),
            params: vec![text(self.key_hash), text(self.id)],
        }
    }

    fn decode(&self, answer: Answer) -> Result<Self::Output, DecodeError> {
        access::decode(answer.one()?, |row| {
            Ok(Manifest {
                id: row.uuid("id")?,
                status: row.name("status")?,
                artifacts: row.json("artifacts")?,
            })
        })
    }
}
