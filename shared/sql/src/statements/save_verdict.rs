//! Stores the verdict on an attempt, with its event.

use itemsmith_domain::{
    Diagnostic, Digest, Finding, IterationStatus, RequestStatus,
    check::{Timings, Versions},
    event::ITERATION_COMPLETED,
};
use uuid::Uuid;

use super::{
    params::{json, text},
    status::FindingHead,
};
use crate::{Answer, DecodeError, Query, Statement, ledger::event_id};

/// Findings that a status read shows.
const HEAD_FINDINGS: usize = 3;

/// Characters of a message that a status read shows. Three messages of this length, with their
/// fields, stay under 2 KB, above which Postgres moves columns out of the row.
const HEAD_MESSAGE_CHARS: usize = 300;

/// Stores the verdict on one attempt of a running request; the first one stays.
#[derive(Debug, Clone, Copy)]
pub struct SaveVerdict<'a> {
    /// The request.
    pub id: Uuid,
    /// 1-based.
    pub iteration: u32,
    /// The verdict.
    pub status: IterationStatus,
    /// What the event carries.
    pub diagnostics: &'a [Diagnostic],
    /// Everything that was found.
    pub findings: &'a [Finding],
    /// SHA-256 of the source that was checked; absent when the reply held none.
    pub source_digest: Option<&'a Digest>,
    /// Which versions judged it; absent when nothing was sent to the checker.
    pub versions: Option<&'a Versions>,
    /// Where the check's time went.
    pub timings: Option<&'a Timings>,
    /// Exact text of the data of `template/iteration.completed`.
    pub event_data: &'a str,
}

/// What came of [`SaveVerdict`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SavedVerdict {
    /// There is no such request, or its attempt has no response.
    Missing,
    /// The request ended before the verdict came; nothing was stored.
    Ended(RequestStatus),
    /// The verdict that is stored.
    Saved {
        /// Whether this statement stored it, rather than an earlier one.
        stored: bool,
        /// The stored verdict.
        status: IterationStatus,
        /// How many findings it has.
        finding_count: u32,
    },
}

impl SaveVerdict<'_> {
    fn head(&self) -> Vec<FindingHead> {
        let shorten = |finding: &Finding| FindingHead {
            phase: finding.phase,
            rule: finding.rule.clone(),
            ts_code: finding.ts_code,
            message: shortened(&finding.message),
            line: finding.line,
            column: finding.column,
            seed: finding.seed,
        };
        self.findings
            .iter()
            .take(HEAD_FINDINGS)
            .map(shorten)
            .collect()
    }
}

fn shortened(message: &str) -> String {
    match message.char_indices().nth(HEAD_MESSAGE_CHARS) {
        None => message.to_owned(),
        Some((end, _)) => format!("{}…", &message[..end]),
    }
}

impl Query for SaveVerdict<'_> {
    type Output = SavedVerdict;

    fn statement(&self) -> Statement {
        Statement {
            sql: include_str!("save_verdict.sql"),
            params: vec![
                text(self.id),
                text(self.iteration),
                text(self.status.as_str()),
                json(self.diagnostics),
                json(self.findings),
                text(self.findings.len()),
                json(&self.head()),
                self.source_digest.and_then(text),
                self.versions.and_then(json),
                self.timings.and_then(json),
                Some(event_id(ITERATION_COMPLETED, self.id, Some(self.iteration))),
                text(self.event_data),
                text(ITERATION_COMPLETED),
            ],
        }
    }

    fn decode(&self, answer: Answer) -> Result<SavedVerdict, DecodeError> {
        if answer.rows.is_empty() {
            return Ok(SavedVerdict::Missing);
        }
        let mut row = answer.one()?;
        let request: RequestStatus = row.name("request_status")?;
        match row.name_optional("status")? {
            Some(status) => Ok(SavedVerdict::Saved {
                stored: row.boolean("stored")?,
                status,
                finding_count: row.parse("finding_count")?,
            }),
            None if request.is_terminal() => Ok(SavedVerdict::Ended(request)),
            None => Ok(SavedVerdict::Missing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{HEAD_MESSAGE_CHARS, shortened};

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let long = "é".repeat(HEAD_MESSAGE_CHARS + 1);
        assert_eq!(
            shortened(&long),
            format!("{}…", "é".repeat(HEAD_MESSAGE_CHARS))
        );
        let exact = "é".repeat(HEAD_MESSAGE_CHARS);
        assert_eq!(shortened(&exact), exact);
    }
}
