//! `GET /api/templates/{id}/artifacts`: what there is to download.

use itemsmith_api::{
    Problem, etag,
    response::{Artifact, Manifest, artifact_path},
};
use itemsmith_sql::{ManifestEntry, ReadManifest};
use uuid::Uuid;

use super::{database, granted};
use crate::{app::Request, http::Outgoing, outside::Outside};

/// The handler.
pub async fn manifest<O: Outside>(request: &Request<'_, O>, id: Uuid) -> Result<Outgoing, Problem> {
    let read = ReadManifest {
        key_hash: request.key()?,
        id,
    };
    let stored = granted(request.world.query(&read).await.map_err(|e| database(&e))?)?;
    let line = |entry: ManifestEntry| Artifact {
        link: artifact_path(id, &entry.name),
        name: entry.name,
        media_type: entry.media_type,
        bytes: entry.bytes,
        sha256: entry.digest,
    };
    let artifacts = stored.artifacts.into_iter().map(line).collect();
    let manifest = Manifest {
        id: stored.id,
        status: stored.status,
        artifacts,
    };
    let answer = Outgoing::json(200, &manifest).with("cache-control", "private, no-cache");
    let tag = etag::of_body(answer.body.as_bytes());
    Ok(answer.tagged(&tag, request.header("if-none-match")))
}
