//! Collecting findings.

use itemsmith_domain::{Finding, Phase, finding::POLICY_CODE};
use oxc_span::Span;

use super::{position::LineIndex, rules};

/// Most findings of one source: ten times what the worst real template had. A source of nothing
/// but `!` has 65,000, which nobody reads and which would cost a second to place.
const MAX_FINDINGS: usize = 500;

/// Findings of one source.
pub(crate) struct Sink<'s> {
    source: &'s str,
    /// Where, and the finding without its place.
    findings: Vec<(Option<Span>, Finding)>,
}

impl<'s> Sink<'s> {
    pub(crate) const fn new(source: &'s str) -> Self {
        Self {
            source,
            findings: Vec::new(),
        }
    }

    /// Adds a violation of `rule` at `span`; `message` says what is wrong, `hint` what to do.
    pub(crate) fn add(&mut self, rule: &str, span: Span, message: impl Into<String>, hint: &str) {
        self.push(rule, Some(span), message.into(), hint);
    }

    /// Adds a violation of the file as a whole.
    pub(crate) fn add_to_file(&mut self, rule: &str, message: impl Into<String>, hint: &str) {
        self.push(rule, None, message.into(), hint);
    }

    fn push(&mut self, rule: &str, span: Option<Span>, message: String, hint: &str) {
        debug_assert!(rules::find(rule).is_some(), "{rule} is not in the table");
        let mut finding = Finding::unplaced(Phase::Policy, rule, POLICY_CODE, message);
        finding.hint = Some(hint.to_owned());
        self.findings.push((span, finding));
    }

    /// Everything in source order; what concerns the whole file comes first.
    pub(crate) fn finish(mut self) -> Vec<Finding> {
        let place = |span: Option<Span>| span.map(|span| (span.start, span.end));
        self.findings
            .sort_by(|(a, x), (b, y)| (place(*a), &x.rule).cmp(&(place(*b), &y.rule)));
        self.findings.dedup();
        let left_out = self.findings.len().saturating_sub(MAX_FINDINGS);
        self.findings.truncate(MAX_FINDINGS);
        if left_out > 0
            && let Some((_, last)) = self.findings.last_mut()
        {
            last.message
                .push_str(&format!(" (and {left_out} more violations)"));
        }
        let lines = LineIndex::new(self.source);
        let placed = self.findings.into_iter().map(|(span, mut finding)| {
            if let Some(span) = span {
                (finding.line, finding.column) = lines.position(span.start);
                (finding.end_line, finding.end_column) = lines.position(span.end);
            }
            finding
        });
        placed.collect()
    }
}
