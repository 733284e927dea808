//! Judging what a template made: validity, shape, variety.

use std::collections::{BTreeMap, BTreeSet};

use itemsmith_domain::{
    Digest, Finding, Json, Phase, Seed,
    check::ProvedItem,
    finding::EXECUTION_CODE,
    item::{self, ItemIssue, rule},
    json,
};

use super::{
    ExecuteJob, ExecuteReport,
    strip::StripError,
    wire::{Answer, Fault, SeedRun},
};

/// Most findings of one proof; what is left out is counted in the last one.
const MAX_FINDINGS: usize = 40;
/// Distinct items that are enough, however many seeds are proved.
const ENOUGH_DISTINCT: usize = 8;

/// The report on a source from which no JavaScript can be made.
pub(crate) fn refused(error: &StripError, seeds: Vec<Seed>) -> ExecuteReport {
    let message = error.to_string();
    let finding = Finding::unplaced(Phase::Execution, "not-executable", EXECUTION_CODE, message);
    ExecuteReport {
        findings: vec![finding],
        seeds,
        ..ExecuteReport::default()
    }
}

/// Judges the child's answer.
pub(crate) fn judge(job: &ExecuteJob, seeds: Vec<Seed>, answer: Answer) -> ExecuteReport {
    let mut findings = Findings::default();
    let source = job
        .source_item
        .as_ref()
        .and_then(|text| json::parse(text.as_bytes()).ok());
    let mut seen: BTreeMap<&str, Vec<Seed>> = BTreeMap::new();
    for run in &answer.runs {
        if let Some(fault) = &run.fault {
            findings.fault(fault, Some(run.seed));
        }
        if let Some(text) = &run.text {
            let same = seen.entry(text).or_default();
            // The same item has the same faults, which name its first seed.
            if same.is_empty() {
                judge_item(run.seed, text, source.as_ref(), &mut findings);
            }
            same.push(run.seed);
        }
    }
    let already = answer
        .runs
        .iter()
        .any(|run| run.fault.as_ref() == answer.fault.as_ref());
    if let Some(fault) = answer.fault.as_ref().filter(|_| !already) {
        findings.fault(fault, None);
    }
    if findings.is_empty() {
        judge_variety(&answer.runs, &mut findings);
    }
    let distinct_items = u32::try_from(seen.len()).unwrap_or(u32::MAX);
    let findings = findings.finish();
    let item = job
        .return_item
        .filter(|_| findings.is_empty())
        .and_then(|seed| {
            let text = answer
                .runs
                .iter()
                .find(|run| run.seed == seed)?
                .text
                .clone()?;
            Some(ProvedItem {
                seed,
                digest: Digest::of(text.as_bytes()),
                text,
            })
        });
    ExecuteReport {
        findings,
        seeds,
        distinct_items,
        item,
    }
}

fn judge_item(seed: Seed, text: &str, source: Option<&Json>, findings: &mut Findings) {
    let item = match json::parse(text.as_bytes()) {
        Ok(item) => item,
        Err(error) => {
            findings.add(
                "not-serialisable",
                seed,
                "",
                format!("the item is no JSON: {error}"),
            );
            return;
        }
    };
    for issue in item::judge(source, &item) {
        let is_shape = matches!(issue.rule, rule::SHAPE_INTERACTIONS | rule::SHAPE_WIDGETS);
        let id = if is_shape {
            "shape-changed"
        } else {
            "invalid-item"
        };
        findings.issue(id, seed, &issue);
    }
}

/// The generator sees the low 32 bits of a seed only, so seeds that share them count once.
fn judge_variety(runs: &[SeedRun], findings: &mut Findings) {
    let mut by_low: BTreeMap<u128, &SeedRun> = BTreeMap::new();
    for run in runs {
        by_low.entry(run.seed.value() & 0xFFFF_FFFF).or_insert(run);
    }
    let distinct: BTreeSet<&str> = by_low
        .values()
        .filter_map(|run| run.text.as_deref())
        .collect();
    let wanted = ENOUGH_DISTINCT.min(by_low.len() / 4);
    if distinct.len() < wanted {
        let (found, seeds) = (distinct.len(), by_low.len());
        let message = format!(
            "{seeds} seeds gave only {found} different items; at least {wanted} are expected. \
             Draw the numbers, names and choices from createSeededRandom(seed)"
        );
        findings.push("no-variety", None, String::new(), message, (0, 0));
    }
}

/// Findings by rule and place: what many seeds show is said once.
#[derive(Default)]
struct Findings {
    list: Vec<Entry>,
}

struct Entry {
    rule: &'static str,
    /// The first seed that shows it.
    seed: Option<Seed>,
    /// What makes it the same as another of its rule.
    key: String,
    message: String,
    /// How many further seeds show it.
    more: usize,
    /// Line and column; 0 when unknown.
    place: (u32, u32),
}

impl Findings {
    const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    fn fault(&mut self, fault: &Fault, seed: Option<Seed>) {
        let key = format!("{}:{}:{}", fault.line, fault.column, fault.message);
        let place = (fault.line, fault.column);
        self.push(fault.rule.id(), seed, key, fault.message.clone(), place);
    }

    fn issue(&mut self, rule: &'static str, seed: Seed, issue: &ItemIssue) {
        let key = format!("{}:{}", issue.rule, issue.pointer);
        self.push(rule, Some(seed), key, issue.to_string(), (0, 0));
    }

    fn add(&mut self, rule: &'static str, seed: Seed, key: &str, message: String) {
        self.push(rule, Some(seed), key.to_owned(), message, (0, 0));
    }

    fn push(
        &mut self,
        rule: &'static str,
        seed: Option<Seed>,
        key: String,
        message: String,
        place: (u32, u32),
    ) {
        let same = self
            .list
            .iter_mut()
            .find(|entry| entry.rule == rule && entry.key == key);
        match same {
            Some(entry) => entry.more += 1,
            None => self.list.push(Entry {
                rule,
                seed,
                key,
                message,
                more: 0,
                place,
            }),
        }
    }

    fn finish(self) -> Vec<Finding> {
        let left_out = self.list.len().saturating_sub(MAX_FINDINGS);
        let entries = self.list.into_iter().take(MAX_FINDINGS);
        let mut findings: Vec<Finding> = entries.map(finding).collect();
        if left_out > 0
            && let Some(last) = findings.last_mut()
        {
            last.message
                .push_str(&format!(" (and {left_out} more findings)"));
        }
        findings
    }
}

fn finding(entry: Entry) -> Finding {
    let mut message = entry.message;
    match entry.more {
        0 => {}
        1 => message.push_str(" (and 1 more seed)"),
        n => message.push_str(&format!(" (and {n} more seeds)")),
    }
    let mut finding = Finding::unplaced(Phase::Execution, entry.rule, EXECUTION_CODE, message);
    finding.seed = entry.seed;
    (finding.line, finding.column) = entry.place;
    (finding.end_line, finding.end_column) = entry.place;
    finding
}
