//! Limits that are checked on the characters, before any parser sees them.

use itemsmith_domain::{Finding, Phase, finding::LIMIT_CODE};

use super::position::LineIndex;

/// Longest source that is looked at, in bytes: three times the longest template the team has.
pub const MAX_SOURCE_BYTES: usize = 64 * 1024;
/// Deepest nesting of brackets. Parsers start to overflow at about 3000; people stay under 40.
pub const MAX_DEPTH: usize = 200;

/// The limit that `source` breaks, if any.
///
/// Brackets inside strings, comments and regular expressions do not count. The scan guesses where
/// a regular expression starts, as every scanner without a parser must; what a wrong guess lets
/// through meets the large stack that [`super::check`] parses on.
#[must_use]
pub fn scan_limits(source: &str) -> Option<Finding> {
    if source.len() > MAX_SOURCE_BYTES {
        let kib = MAX_SOURCE_BYTES / 1024;
        let message = format!(
            "the source is {} bytes long; at most {kib} KiB are checked",
            source.len()
        );
        return Some(Finding::unplaced(
            Phase::Limit,
            "source-too-long",
            LIMIT_CODE,
            message,
        ));
    }
    let offset = Scan::new(source.as_bytes()).too_deep()?;
    let (line, column) = LineIndex::new(source).position(u32::try_from(offset).unwrap_or(u32::MAX));
    let message = format!("brackets are nested more than {MAX_DEPTH} deep; use constants or loops");
    let mut finding = Finding::unplaced(Phase::Limit, "nesting-too-deep", LIMIT_CODE, message);
    (finding.line, finding.column) = (line, column);
    (finding.end_line, finding.end_column) = (line, column + 1);
    Some(finding)
}

/// A scan over bytes: every character that matters is ASCII.
struct Scan<'s> {
    bytes: &'s [u8],
    at: usize,
    /// The open brackets; `true` for a `${` whose `}` leads back into a template literal.
    open: Vec<bool>,
    /// The last byte that was neither white space nor in a comment.
    previous: u8,
}

impl<'s> Scan<'s> {
    const fn new(bytes: &'s [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            open: Vec::new(),
            previous: b';',
        }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Byte offset of the first bracket that is nested too deeply.
    fn too_deep(mut self) -> Option<usize> {
        while self.at < self.bytes.len() {
            let byte = self.peek(0);
            match byte {
                b'/' if matches!(self.peek(1), b'/' | b'*') => {
                    self.skip_comment();
                    continue;
                }
                b'/' if self.starts_regex() => self.skip_quoted(b'/'),
                b'"' | b'\'' => self.skip_quoted(byte),
                b'`' => {
                    self.at += 1;
                    self.skip_template_text();
                }
                b'(' | b'[' | b'{' => self.open.push(false),
                b')' | b']' => {
                    self.open.pop();
                }
                b'}' => self.close_brace(),
                _ => {}
            }
            if self.open.len() > MAX_DEPTH {
                return Some(self.at);
            }
            if !byte.is_ascii_whitespace() {
                self.previous = byte;
            }
            self.at += 1;
        }
        None
    }

    /// A `}`; the one of a `${` leads back into the text of its template literal.
    fn close_brace(&mut self) {
        if self.open.pop() == Some(true) {
            self.at += 1;
            self.skip_template_text();
        }
    }

    /// Whether a `/` here follows something that no value ends with.
    fn starts_regex(&self) -> bool {
        if matches!(
            self.previous,
            b')' | b']' | b'}' | b'"' | b'\'' | b'`' | b'/'
        ) {
            return false;
        }
        let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b >= 0x80;
        if !is_word(self.previous) {
            return true;
        }
        let before = self.bytes[..self.at].trim_ascii_end();
        let start = before
            .iter()
            .rposition(|b| !is_word(*b))
            .map_or(0, |at| at + 1);
        matches!(
            &before[start..],
            b"return" | b"typeof" | b"case" | b"in" | b"of" | b"void"
        )
    }

    /// Past the comment that starts here; a line comment's end of line is left.
    fn skip_comment(&mut self) {
        let rest = &self.bytes[self.at..];
        let length = if rest[1] == b'/' {
            rest.iter().position(|b| matches!(b, b'\n' | b'\r'))
        } else {
            rest[2..]
                .windows(2)
                .position(|pair| pair == b"*/")
                .map(|at| at + 4)
        };
        self.at += length.unwrap_or(rest.len());
    }

    /// Up to the closing `quote`, or the end of the line, where a string that is not closed ends.
    fn skip_quoted(&mut self, quote: u8) {
        let mut in_class = false;
        self.at += 1;
        while self.at < self.bytes.len() {
            match self.peek(0) {
                b'\\' => self.at += 1,
                b'\n' | b'\r' => return,
                b'[' if quote == b'/' => in_class = true,
                b']' if quote == b'/' => in_class = false,
                byte if byte == quote && !in_class => return,
                _ => {}
            }
            self.at += 1;
        }
    }

    /// From inside a template literal to its end, or to the `{` of its next `${`.
    fn skip_template_text(&mut self) {
        while self.at < self.bytes.len() {
            match self.peek(0) {
                b'\\' => self.at += 1,
                b'`' => return,
                b'$' if self.peek(1) == b'{' => {
                    self.at += 1;
                    self.open.push(true);
                    return;
                }
                _ => {}
            }
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_DEPTH, MAX_SOURCE_BYTES, scan_limits};

    fn rule(source: &str) -> Option<String> {
        scan_limits(source).and_then(|finding| finding.rule)
    }

    #[test]
    fn a_source_one_byte_too_long_is_refused() {
        assert_eq!(rule(&"x".repeat(MAX_SOURCE_BYTES)), None);
        assert_eq!(
            rule(&"x".repeat(MAX_SOURCE_BYTES + 1)).as_deref(),
            Some("source-too-long")
        );
    }

    #[test]
    fn nesting_counts_code_only() {
        for open in ["(", "[", "{", "`${"] {
            assert_eq!(rule(&open.repeat(MAX_DEPTH)), None, "{open}");
            let deep = rule(&open.repeat(MAX_DEPTH + 1));
            assert_eq!(deep.as_deref(), Some("nesting-too-deep"), "{open}");
        }
        let brackets = "(".repeat(500);
        for quiet in [
            format!("const a = \"{brackets}\";"),
            format!("const a = '\\'{brackets}';"),
            format!("const a = `{brackets}`;"),
            format!("// {brackets}\n/* {brackets} */"),
            format!("const a = /[/{brackets}]/;"),
            "f(`a${ {b: `}`} }c`);".repeat(400),
            "const a = { b: [1, (2)] };\n".repeat(1000),
        ] {
            assert_eq!(rule(&quiet), None, "{}", &quiet[..20]);
        }
    }

    #[test]
    fn a_literal_does_not_hide_the_brackets_after_it() {
        let brackets = "(".repeat(MAX_DEPTH + 1);
        for prefix in [
            "`a${1}b`",
            "/`/;",
            "'\\\\'",
            "\"it's\"",
            "/* ` */",
            "a / b; c / d;",
            "`\\``",
            "/* c */ /`/;",
        ] {
            let source = format!("x = {prefix}\n{brackets}");
            assert_eq!(
                rule(&source).as_deref(),
                Some("nesting-too-deep"),
                "{prefix}"
            );
        }
    }

    #[test]
    fn the_place_is_named() {
        let source = format!("\n😀 {}", "[".repeat(MAX_DEPTH + 1));
        let finding = scan_limits(&source).expect("too deep");
        assert_eq!((finding.line, finding.column), (2, 4 + 200));
        assert_eq!((finding.end_line, finding.end_column), (2, 5 + 200));
    }
}
