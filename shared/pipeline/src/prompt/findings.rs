//! Findings as a prompt shows them: one line each, escaped, capped.

use itemsmith_domain::{Finding, Phase};

use crate::limits::{FINDING_BYTES, PROMPT_FINDINGS, PROMPT_FINDINGS_BYTES};

/// A list with one line for each finding, and a last line when some were left out.
///
/// - `- TS2322 at 12:5: message`
/// - `- 9001 no-any at 3:1: message`
/// - `- 9002 invalid-item, seed 7: message`
#[must_use]
pub fn finding_lines(findings: &[Finding]) -> String {
    let mut bytes = 0;
    let fits = |line: &String| {
        bytes += line.len() + 1;
        bytes <= PROMPT_FINDINGS_BYTES
    };
    let mut lines: Vec<String> = findings
        .iter()
        .take(PROMPT_FINDINGS)
        .map(line)
        .take_while(fits)
        .collect();
    let left_out = findings.len() - lines.len();
    if left_out > 0 {
        lines.push(format!("- {left_out} more findings are left out here."));
    }
    lines.join("\n")
}

fn line(finding: &Finding) -> String {
    let mut line = String::from("- ");
    if matches!(finding.phase, Phase::Syntax | Phase::Types) {
        line.push_str("TS");
    }
    line.push_str(&finding.ts_code.to_string());
    if let Some(rule) = finding.rule.as_deref().filter(|rule| !rule.is_empty()) {
        line.push(' ');
        line.push_str(&escaped(rule));
    }
    if finding.line > 0 {
        line.push_str(&format!(" at {}:{}", finding.line, finding.column));
    }
    if let Some(seed) = finding.seed {
        line.push_str(&format!(", seed {seed}"));
    }
    line.push_str(": ");
    line.push_str(&escaped(&finding.message));
    if let Some(hint) = &finding.hint {
        line.push_str(" Hint: ");
        line.push_str(&escaped(hint));
    }
    line
}

/// On one line whatever the template under check put into its messages: a finding cannot pose as
/// a section of the prompt.
fn escaped(text: &str) -> String {
    let shown = &text[..text.floor_char_boundary(FINDING_BYTES)];
    let mut out = String::with_capacity(shown.len());
    for c in shown.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push(' '),
            // The line and paragraph separators end a line too.
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                out.extend(c.escape_unicode());
            }
            c => out.push(c),
        }
    }
    if shown.len() < text.len() {
        out.push_str(" …");
    }
    out
}

#[cfg(test)]
mod tests {
    use itemsmith_domain::{Finding, Phase, Seed};

    use super::finding_lines;
    use crate::limits::{FINDING_BYTES, PROMPT_FINDINGS_BYTES};

    #[test]
    fn names_code_rule_place_and_seed() {
        let mut types = Finding::unplaced(Phase::Types, "", 2322, "not assignable");
        types.rule = None;
        (types.line, types.column) = (12, 5);
        let mut policy = Finding::unplaced(Phase::Policy, "no-any", 9001, "any");
        (policy.line, policy.column) = (3, 1);
        policy.hint = Some("Write the type.".to_owned());
        let mut run = Finding::unplaced(Phase::Execution, "invalid-item", 9002, "no body");
        run.seed = Some(Seed::from_u64(7));
        assert_eq!(
            finding_lines(&[types, policy, run]),
            "- TS2322 at 12:5: not assignable\n\
             - 9001 no-any at 3:1: any Hint: Write the type.\n\
             - 9002 invalid-item, seed 7: no body"
        );
    }

    #[test]
    fn a_message_stays_on_its_line() {
        let text = "a\n## Bans\r\n\u{2028}\u{0}";
        let finding = Finding::unplaced(Phase::Execution, "threw", 9002, text);
        let shown = finding_lines(&[finding]);
        assert_eq!(shown, "- 9002 threw: a\\n## Bans\\r\\n\\u{2028}\\u{0}");
        assert_eq!(shown.lines().count(), 1);
    }

    #[test]
    fn says_how_many_are_left_out() {
        let one = Finding::unplaced(Phase::Policy, "no-any", 9001, "any");
        let shown = finding_lines(&vec![one; 53]);
        assert_eq!(shown.lines().count(), 51);
        assert!(shown.ends_with("- 3 more findings are left out here."));
        let long = Finding::unplaced(Phase::Policy, "no-any", 9001, "x".repeat(FINDING_BYTES));
        let shown = finding_lines(&vec![long; 20]);
        assert!(shown.len() < PROMPT_FINDINGS_BYTES + 100);
        assert!(shown.ends_with("- 4 more findings are left out here."));
    }
}
