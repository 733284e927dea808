//! From a compiler's raw diagnostics to findings, the same way for both engines.

use itemsmith_domain::{Finding, Phase};
use serde::Deserialize;

use super::{hints, lines::LineMap};
use crate::contract::TEMPLATE_PATH;

/// A message longer than this (in bytes) is cut: `noErrorTruncation` lets a type be printed at
/// any length, and a repair prompt has room for about a hundred findings of a few lines.
const MAX_MESSAGE: usize = 8 << 10;
/// More findings than this say nothing new; a template has at most a few hundred lines.
const MAX_FINDINGS: usize = 1000;
/// Related places that are folded into a message.
const MAX_RELATED: usize = 3;
/// TypeScript's category for errors; warnings and suggestions are not findings.
const ERROR: u8 = 1;

/// A diagnostic as both compilers hand it out; positions are UTF-16 offsets into the file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Raw {
    /// The file, when it belongs to one.
    pub file_name: Option<String>,
    /// Start.
    pub pos: u32,
    /// End.
    pub end: u32,
    /// TypeScript's code.
    pub code: u32,
    /// 0 warning, 1 error, 2 suggestion, 3 message.
    pub category: u8,
    /// The head of the message.
    pub text: String,
    /// Elaborations, nested.
    pub message_chain: Vec<Raw>,
    /// Other places that matter.
    pub related_information: Vec<Raw>,
}

/// What a compiler found in one program.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RawReport {
    /// From the parser.
    pub syntactic: Vec<Raw>,
    /// From binder, checker and program; not asked for when there are syntactic ones.
    pub semantic: Vec<Raw>,
}

/// The findings of a report: syntax errors alone, or else all of the template file's errors.
pub fn findings(source: &str, report: &RawReport) -> Vec<Finding> {
    let lines = LineMap::new(source);
    let syntax = convert(&lines, Phase::Syntax, &report.syntactic);
    if syntax.is_empty() {
        convert(&lines, Phase::Types, &report.semantic)
    } else {
        syntax
    }
}

/// A program in which nothing can be wrong but the contract pack.
pub const WARM_UP: &str = "export {};\n";

/// Why a pack is of no use, from the report on [`WARM_UP`].
pub fn pack_fault(report: &RawReport) -> Option<String> {
    let first = findings(WARM_UP, report).into_iter().next()?;
    Some(format!(
        "the contract pack does not compile: TS{}: {}",
        first.ts_code, first.message
    ))
}

fn convert(lines: &LineMap, phase: Phase, raws: &[Raw]) -> Vec<Finding> {
    let ours = |raw: &&Raw| {
        raw.category == ERROR
            && raw
                .file_name
                .as_deref()
                .is_none_or(|name| name == TEMPLATE_PATH)
    };
    let mut raws: Vec<&Raw> = raws.iter().filter(ours).collect();
    raws.sort_by_key(|raw| (raw.pos, raw.end, raw.code));
    let mut findings: Vec<Finding> = raws
        .into_iter()
        .take(MAX_FINDINGS)
        .map(|raw| finding(lines, phase, raw))
        .collect();
    findings.dedup();
    findings
}

fn finding(lines: &LineMap, phase: Phase, raw: &Raw) -> Finding {
    let placed = raw.file_name.is_some();
    let (line, column) = if placed { lines.place(raw.pos) } else { (0, 0) };
    let (end_line, end_column) = if placed { lines.place(raw.end) } else { (0, 0) };
    let mut message = without_advice(&raw.text).to_owned();
    for link in &raw.message_chain {
        chain(&mut message, link, 1);
    }
    for related in raw.related_information.iter().take(MAX_RELATED) {
        relate(&mut message, lines, related);
    }
    cut(&mut message);
    let hint = hints::hint(raw.code, &message).map(str::to_owned);
    Finding {
        phase,
        rule: None,
        ts_code: raw.code,
        message,
        line,
        column,
        end_line,
        end_column,
        seed: None,
        hint,
    }
}

/// A message without TypeScript's advice to change the compiler's options or to install packages:
/// whoever writes a template can do neither.
fn without_advice(text: &str) -> &str {
    text.find(" Do you need to ").map_or(text, |at| &text[..at])
}

/// Elaborations below the head, two spaces a level, as `tsc` prints them.
fn chain(message: &mut String, link: &Raw, depth: usize) {
    if message.len() > MAX_MESSAGE {
        return;
    }
    message.push('\n');
    message.push_str(&"  ".repeat(depth));
    message.push_str(without_advice(&link.text));
    for next in &link.message_chain {
        chain(message, next, depth + 1);
    }
}

fn relate(message: &mut String, lines: &LineMap, related: &Raw) {
    let place = match related.file_name.as_deref() {
        Some(TEMPLATE_PATH) => {
            let (line, column) = lines.place(related.pos);
            format!("{line}:{column}")
        }
        // "The expected type comes from this index signature", of `Record`: tells nobody anything.
        Some(file) if file.ends_with("/lib.d.ts") => return,
        Some(file) => file.strip_prefix("/v/").unwrap_or("library").to_owned(),
        None => return,
    };
    message.push_str(&format!("\n  ({place}: {})", related.text));
}

fn cut(message: &mut String) {
    if message.len() > MAX_MESSAGE {
        message.truncate(message.floor_char_boundary(MAX_MESSAGE));
        message.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::{RawReport, findings};

    fn report(json: &str) -> RawReport {
        serde_json::from_str(json).expect("a report")
    }

    #[test]
    fn syntax_errors_stand_alone_and_in_order() {
        let report = report(
            r#"{"syntactic":[
                {"fileName":"/v/template.ts","pos":3,"end":4,"code":1005,"category":1,"text":"b"},
                {"fileName":"/v/template.ts","pos":0,"end":1,"code":1127,"category":1,"text":"a"}],
               "semantic":[{"fileName":"/v/template.ts","code":2304,"category":1,"text":"c"}]}"#,
        );
        let found = findings("a\nbc", &report);
        let codes: Vec<_> = found
            .iter()
            .map(|f| (f.ts_code, f.line, f.column))
            .collect();
        assert_eq!(codes, [(1127, 1, 1), (1005, 2, 2)]);
    }

    #[test]
    fn other_files_and_suggestions_are_no_findings() {
        let report = report(
            r#"{"semantic":[
                {"fileName":"/v/core/item.d.ts","pos":0,"code":2300,"category":1,"text":"theirs"},
                {"fileName":"/v/template.ts","pos":0,"code":6133,"category":2,"text":"hm"},
                {"pos":0,"code":2318,"category":1,"text":"global"}]}"#,
        );
        let found = findings("a", &report);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].ts_code, found[0].line, found[0].column),
            (2318, 0, 0)
        );
    }

    #[test]
    fn chains_are_indented_and_related_places_named() {
        let report = report(
            r#"{"semantic":[{"fileName":"/v/template.ts","pos":0,"end":1,"code":2322,"category":1,
                "text":"head","messageChain":[{"text":"one","messageChain":[{"text":"two"}]}],
                "relatedInformation":[
                  {"fileName":"/v/template.ts","pos":2,"text":"here"},
                  {"fileName":"/v/core/item.d.ts","pos":9,"text":"there"}]}]}"#,
        );
        let expected = "head\n  one\n    two\n  (1:3: here)\n  (core/item.d.ts: there)";
        assert_eq!(findings("abc", &report)[0].message, expected);
    }

    #[test]
    fn advice_that_a_template_cannot_follow_is_left_out() {
        let report = report(
            r#"{"semantic":[{"code":2550,"category":1,"text":"Property 'x' does not exist on type 'Math'. Do you need to change your target library? Try changing the 'lib' compiler option to 'es2025' or later.",
                "messageChain":[{"text":"Why. Do you need to install type definitions for node?"}]}]}"#,
        );
        let expected = "Property 'x' does not exist on type 'Math'.\n  Why.";
        assert_eq!(findings("", &report)[0].message, expected);
    }

    #[test]
    fn an_endless_message_is_cut_on_a_character() {
        let text = "é".repeat(20_000);
        let mut report = report(r#"{"semantic":[{"code":1,"category":1}]}"#);
        report.semantic[0].text = text;
        assert!(findings("", &report)[0].message.len() < 9000);
    }
}
