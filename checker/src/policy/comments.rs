//! Comments that change what the compiler does.

use oxc_ast::ast::Program;

use super::report::Sink;

/// Directives that TypeScript reads from comments.
const SUPPRESSIONS: [&str; 4] = ["@ts-nocheck", "@ts-ignore", "@ts-expect-error", "@ts-check"];
/// Tags of triple-slash directives.
const TRIPLE_SLASH: [&str; 3] = ["<reference", "<amd-", "<vs"];

pub(crate) fn check(program: &Program<'_>, sink: &mut Sink<'_>) {
    for comment in &program.comments {
        let text = comment.content_span().source_text(program.source_text);
        // Lower case: TypeScript reads these without regard to case in some places.
        let lower = text.to_ascii_lowercase();
        if let Some(found) = SUPPRESSIONS.iter().find(|tag| is_directive(&lower, tag)) {
            sink.add(
                "no-suppression-comment",
                comment.span,
                format!("the comment {found} switches type checking off"),
                "delete the comment and mend the error that it hides",
            );
        }
        let tag = lower.strip_prefix('/').map(str::trim_start);
        let is_reference = tag.is_some_and(|tag| TRIPLE_SLASH.iter().any(|t| tag.starts_with(t)));
        if comment.is_line() && is_reference {
            sink.add(
                "no-triple-slash",
                comment.span,
                "a triple-slash directive loads declarations from outside the contract",
                "delete it; import types from the contract's modules instead",
            );
        }
    }
}

/// Whether a line of the comment starts with `tag`, as TypeScript looks for it: after white space
/// and the comment's own slashes and stars. A mention in the middle of a sentence is none.
fn is_directive(comment: &str, tag: &str) -> bool {
    comment
        .split(['\n', '\r', '\u{2028}', '\u{2029}'])
        .any(|line| {
            let line = line.trim_start_matches(|c: char| c.is_whitespace() || c == '/' || c == '*');
            line.starts_with(tag)
        })
}
