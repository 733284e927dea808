//! `GET /api/templates/{id}/artifacts/{name}`: the bytes, or nothing; never wrong ones.

use itemsmith_api::{Problem, etag, problem::Code, route::ArtifactName};
use itemsmith_domain::{Digest, RequestStatus};
use itemsmith_sql::ReadArtifact;
use uuid::Uuid;

use super::{database, granted};
use crate::{app::Request, http::Outgoing, outside::Outside};

/// The handler.
pub async fn artifact<O: Outside>(
    request: &Request<'_, O>,
    id: Uuid,
    name: &ArtifactName,
) -> Result<Outgoing, Problem> {
    // A template counts once its request has succeeded, not from when it is stored; what a person
    // debugs with is there from the start.
    let with_success = !matches!(name, ArtifactName::Prompt(_) | ArtifactName::Response(_));
    let name = name.to_string();
    let read = ReadArtifact {
        key_hash: request.key()?,
        id,
        name: &name,
    };
    let found = granted(request.world.query(&read).await.map_err(|e| database(&e))?)?;
    let due = found.status == RequestStatus::Succeeded || !with_success;
    let Some(artifact) = found.artifact.filter(|_| due) else {
        let code = if found.status.is_terminal() {
            Code::NoArtifact
        } else {
            Code::NotFinished
        };
        let detail = format!("the request is {}", found.status.as_str());
        return Err(Problem::new(code).detail(detail));
    };
    if Digest::of(artifact.content.as_bytes()) != artifact.digest {
        tracing::error!(request_id = %id, name, digest = %artifact.digest, "damaged artifact");
        return Err(Problem::new(Code::CorruptArtifact));
    }
    let file = name.replace('/', "-");
    let answer = Outgoing::text(200, &artifact.media_type, artifact.content)
        // Written once: the schema refuses to change an artifact.
        .with("cache-control", "private, max-age=31536000, immutable")
        .with(
            "content-disposition",
            &format!("attachment; filename=\"{file}\""),
        );
    Ok(answer.tagged(
        &etag::of_digest(&artifact.digest),
        request.header("if-none-match"),
    ))
}
