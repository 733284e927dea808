//! The bytes of one artifact.

use itemsmith_domain::{Digest, RequestStatus};
use uuid::Uuid;

use super::params::text;
use crate::{Access, Answer, DecodeError, Query, Statement, access};

/// Reads one artifact of one request of the key's tenant.
#[derive(Debug, Clone, Copy)]
pub struct ReadArtifact<'a> {
    /// SHA-256 of the API key.
    pub key_hash: &'a Digest,
    /// The request.
    pub id: Uuid,
    /// Such as `template.ts`.
    pub name: &'a str,
}

/// The request's status, which says what a missing artifact means, and the artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactRead {
    /// Where the request stands.
    pub status: RequestStatus,
    /// The artifact, if it is stored.
    pub artifact: Option<Artifact>,
}

/// An artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// SHA-256 of `content`; the reader should verify it before it serves the bytes.
    pub digest: Digest,
    /// Such as `text/x-typescript; charset=utf-8`.
    pub media_type: String,
    /// RFC 3339.
    pub created_at: String,
    /// The bytes, always UTF-8.
    pub content: String,
}

impl Query for ReadArtifact<'_> {
    type Output = Access<ArtifactRead>;

    fn statement(&self) -> Statement {
        Statement {
            sql: include_str!("artifact.sql"),
            params: vec![text(self.key_hash), text(self.id), text(self.name)],
        }
    }

    fn decode(&self, answer: Answer) -> Result<Self::Output, DecodeError> {
        access::decode(answer.one()?, |row| {
            let status = row.name("status")?;
            let artifact = match row.digest_optional("digest")? {
                None => None,
                Some(digest) => Some(Artifact {
                    digest,
                    media_type: row.text("media_type")?,
                    created_at: row.text("created_at")?,
                    content: row.text("content")?,
                }),
            };
            Ok(ArtifactRead { status, artifact })
        })
    }
}
