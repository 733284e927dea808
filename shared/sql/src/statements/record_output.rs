//! Stores a proven template and its artifacts, once.

use itemsmith_domain::{Digest, RequestStatus};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::params::{json, text};
use crate::{Answer, DecodeError, Query, Statement};

/// Stores what a running request has made; the first output stays, whole.
#[derive(Debug, Clone, Copy)]
pub struct RecordOutput<'a> {
    /// The request.
    pub id: Uuid,
    /// The template's source.
    pub typescript: &'a str,
    /// What its `TemplateWidgets` names.
    pub widget_tuple: &'a [String],
    /// A JSON object: the attempt, the versions, the seeds, …
    pub metadata: &'a Value,
    /// Everything that can be downloaded, `template.ts` among them.
    pub artifacts: &'a [NewArtifact],
}

/// An artifact to be stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewArtifact {
    /// Such as `template.ts`.
    pub name: String,
    /// Such as `text/x-typescript; charset=utf-8`.
    pub media_type: String,
    /// SHA-256 of `content`; the schema refuses another.
    pub digest: Digest,
    /// The bytes, UTF-8.
    pub content: String,
}

/// What came of [`RecordOutput`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// There is no such request.
    Missing,
    /// The request ended without an output.
    Ended(RequestStatus),
    /// An output is stored.
    Saved {
        /// Whether this statement stored it, rather than an earlier one.
        stored: bool,
    },
}

impl Query for RecordOutput<'_> {
    type Output = Recorded;

    fn statement(&self) -> Statement {
        Statement {
            sql: include_str!("record_output.sql"),
            params: vec![
                text(self.id),
                text(self.typescript),
                json(self.widget_tuple),
                json(self.metadata),
                json(self.artifacts),
            ],
        }
    }

    fn decode(&self, answer: Answer) -> Result<Recorded, DecodeError> {
        if answer.rows.is_empty() {
            return Ok(Recorded::Missing);
        }
        let mut row = answer.one()?;
        let status: RequestStatus = row.name("status")?;
        let may_have = matches!(status, RequestStatus::Running | RequestStatus::Succeeded);
        if !row.boolean("present")? && !may_have {
            return Ok(Recorded::Ended(status));
        }
        Ok(Recorded::Saved {
            stored: row.boolean("stored")?,
        })
    }
}
