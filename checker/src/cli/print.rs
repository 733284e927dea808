//! Verdicts as `tsc` prints diagnostics.

use std::{fmt::Write as _, path::PathBuf};

use itemsmith_domain::{Finding, check::Verdict};

/// Every finding on its own line, then a line that sums up.
pub fn report(verdicts: &[(PathBuf, Verdict)]) -> String {
    let mut text = String::new();
    let mut findings = 0;
    let mut files = 0;
    for (file, verdict) in verdicts {
        findings += verdict.findings.len();
        files += usize::from(!verdict.findings.is_empty());
        for finding in &verdict.findings {
            text += &line(&file.display().to_string(), finding);
        }
    }
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    // Writing to a string cannot fail.
    let _ = match findings {
        0 => writeln!(
            text,
            "{} checked, nothing found.",
            plural(verdicts.len(), "file")
        ),
        n => writeln!(
            text,
            "\n{} in {}.",
            plural(n, "finding"),
            plural(files, "file")
        ),
    };
    text
}

fn line(file: &str, finding: &Finding) -> String {
    let mut line = file.to_owned();
    if finding.line > 0 {
        let _ = write!(line, "({},{})", finding.line, finding.column);
    }
    match &finding.rule {
        None => {
            let _ = write!(line, ": error TS{}: ", finding.ts_code);
        }
        Some(rule) => {
            let _ = write!(line, ": error {} {rule}: ", finding.ts_code);
        }
    }
    if let Some(seed) = finding.seed {
        let _ = write!(line, "seed {seed}: ");
    }
    line += &finding.message;
    if let Some(hint) = &finding.hint {
        let _ = write!(line, "\n  hint: {hint}");
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use itemsmith_domain::{Finding, Phase, Seed};

    use super::line;

    #[test]
    fn a_type_error_reads_as_from_tsc_and_a_rule_by_its_name() {
        let mut types = Finding::unplaced(Phase::Types, "", 2322, "not assignable\n  why");
        types.rule = None;
        (types.line, types.column) = (3, 7);
        assert_eq!(
            line("a.ts", &types),
            "a.ts(3,7): error TS2322: not assignable\n  why\n"
        );
        let mut run = Finding::unplaced(Phase::Execution, "invalid-item", 9002, "no body");
        run.seed = Some(Seed::from_u64(7));
        run.hint = Some("give one".to_owned());
        let expected = "a.ts: error 9002 invalid-item: seed 7: no body\n  hint: give one\n";
        assert_eq!(line("a.ts", &run), expected);
    }
}
