//! The answers, as the service writes and the command line reads them.

mod status;
#[cfg(test)]
mod tests;

pub use status::{FindingSummary, Iteration, IterationPhase, Links, TemplateStatus, Usage};

use itemsmith_domain::{Digest, RequestStatus, Seed, Warning};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Answer of `POST /api/templates`: 202, or the same again for a repeated idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    /// The request.
    pub id: Uuid,
    /// `queued`, or further on when the answer is a repeated one.
    pub status: RequestStatus,
    /// Decimal string.
    pub seed: Seed,
    /// Widget types that the template will name.
    pub allowed_widgets: Vec<String>,
    /// What the author should know.
    pub warnings: Vec<Warning>,
    /// Where to look next.
    pub links: Links,
}

/// Answer of `GET /api/templates/{id}/artifacts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The request.
    pub id: Uuid,
    /// The request's status; the list is complete once it is terminal.
    pub status: RequestStatus,
    /// In the order of their names.
    pub artifacts: Vec<Artifact>,
}

/// One line of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Artifact {
    /// E.g. `template.ts`.
    pub name: String,
    /// E.g. `application/json`.
    pub media_type: String,
    /// Length of the content.
    pub bytes: u64,
    /// SHA-256 of the content.
    pub sha256: Digest,
    /// Path of the content.
    pub link: String,
}

/// Answer of `GET /health` and `GET /ready`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// Whether the service can do its work.
    pub status: HealthStatus,
    /// The service's version.
    pub version: String,
    /// The dependencies that were asked; none for `/health`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<HealthCheck>,
}

/// The state of the service or of one dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthStatus {
    /// It works.
    Ok,
    /// It does not.
    Unavailable,
}

/// The state of one dependency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthCheck {
    /// `database`, `checker`, …
    pub name: String,
    /// Whether it works.
    pub status: HealthStatus,
    /// For people, without addresses and secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Health {
    /// The service's state from its dependencies' states.
    #[must_use]
    pub fn of(version: &str, checks: Vec<HealthCheck>) -> Self {
        let well = checks.iter().all(|check| check.status == HealthStatus::Ok);
        let status = if well {
            HealthStatus::Ok
        } else {
            HealthStatus::Unavailable
        };
        Self {
            status,
            version: version.to_owned(),
            checks,
        }
    }

    /// 200 or 503.
    #[must_use]
    pub const fn http_status(&self) -> u16 {
        match self.status {
            HealthStatus::Ok => 200,
            HealthStatus::Unavailable => 503,
        }
    }
}

/// Path of a request's status.
#[must_use]
pub fn status_path(id: Uuid) -> String {
    format!("/api/templates/{id}")
}

/// Path of an artifact's content.
#[must_use]
pub fn artifact_path(id: Uuid, name: &str) -> String {
    format!("/api/templates/{id}/artifacts/{name}")
}
