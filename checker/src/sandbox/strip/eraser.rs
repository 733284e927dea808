//! Where types stand and what is written over them.

use std::collections::BTreeSet;

use oxc_semantic::{Scoping, SymbolId};
use oxc_span::Span;

pub(super) struct Eraser<'s> {
    pub(super) source: &'s str,
    pub(super) scoping: &'s Scoping,
    erased: Vec<Span>,
    /// Single bytes that stand where a type stood.
    written: Vec<(u32, u8)>,
    /// Ends of statements that no semicolon closes: a line break closes them only as long as the
    /// next line cannot continue them, which erasing `as T` may change.
    open_ends: BTreeSet<u32>,
    refused: Option<&'static str>,
}

impl<'s> Eraser<'s> {
    pub(super) const fn new(source: &'s str, scoping: &'s Scoping) -> Self {
        Self {
            source,
            scoping,
            erased: Vec::new(),
            written: Vec::new(),
            open_ends: BTreeSet::new(),
            refused: None,
        }
    }

    /// Overwrites a type with white space.
    pub(super) fn erase(&mut self, span: Span) {
        self.erased.push(span);
    }

    pub(super) fn erase_between(&mut self, start: u32, end: u32) {
        if start < end {
            self.erase(Span::new(start, end));
        }
    }

    /// Writes one byte where a type stood.
    pub(super) fn write(&mut self, at: u32, byte: u8) {
        self.written.push((at, byte));
    }

    /// A whole statement goes; a semicolon keeps its neighbours apart.
    pub(super) fn erase_statement(&mut self, span: Span) {
        self.erase(span);
        self.written.push((span.start, b';'));
    }

    pub(super) fn refuse(&mut self, what: &'static str) {
        self.refused.get_or_insert(what);
    }

    pub(super) fn note_end(&mut self, span: Span) {
        if !self.source[..span.end as usize].ends_with(';') {
            self.open_ends.insert(span.end);
        }
    }

    /// Erases what follows an expression (`as T`, `satisfies T`, `!`).
    pub(super) fn erase_tail(&mut self, whole: Span, expression: Span) {
        self.erase_between(expression.end, whole.end);
        if self.open_ends.contains(&whole.end) {
            self.written.push((expression.end, b';'));
        }
    }

    /// The offset of the first `byte` in the code from `start` on; comments are skipped.
    pub(super) fn find(&self, byte: u8, start: u32, end: u32) -> Option<u32> {
        let text = self.source.as_bytes().get(start as usize..end as usize)?;
        let mut at = 0;
        while at < text.len() {
            match (text[at], text.get(at + 1)) {
                (b'/', Some(b'/')) => {
                    at += text[at..].iter().position(|b| *b == b'\n')?;
                }
                (b'/', Some(b'*')) => {
                    at += text[at + 2..].windows(2).position(|pair| pair == b"*/")? + 4;
                }
                (found, _) if found == byte => return u32::try_from(at).ok().map(|at| start + at),
                _ => at += 1,
            }
        }
        None
    }

    /// Erases the mark (`?` or `!`) between a name and its type.
    pub(super) fn erase_mark(&mut self, mark: u8, start: u32, end: u32) {
        if let Some(at) = self.find(mark, start, end) {
            self.erase(Span::new(at, at + 1));
        }
    }

    pub(super) fn has_line_break(&self, start: u32, end: u32) -> bool {
        self.source[start as usize..end as usize].contains(['\n', '\r', '\u{2028}', '\u{2029}'])
    }

    /// The list entry at `span`, with the comma after it if there is one.
    pub(super) fn erase_entry(&mut self, span: Span, list_end: u32) {
        let comma = self.find(b',', span.end, list_end);
        let end = comma.filter(|at| {
            self.source[span.end as usize..*at as usize]
                .chars()
                .all(char::is_whitespace)
        });
        self.erase_between(span.start, end.map_or(span.end, |at| at + 1));
    }

    pub(super) fn is_value(&self, symbol: Option<SymbolId>) -> bool {
        symbol.is_some_and(|id| {
            self.scoping
                .get_resolved_references(id)
                .any(|r| r.is_value())
        })
    }

    /// The JavaScript, or what cannot be removed.
    pub(super) fn apply(self) -> Result<String, &'static str> {
        if let Some(what) = self.refused {
            return Err(what);
        }
        let mut bytes = self.source.as_bytes().to_vec();
        for span in &self.erased {
            let text = &self.source[span.start as usize..span.end as usize];
            for (at, c) in text.char_indices() {
                if !matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}') {
                    let start = span.start as usize + at;
                    bytes[start..start + c.len_utf8()].fill(b' ');
                }
            }
        }
        for (at, byte) in self.written {
            bytes[at as usize] = byte;
        }
        Ok(String::from_utf8(bytes).unwrap_or_else(|error| {
            // Only whole characters are overwritten, each with ASCII.
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        }))
    }

    /// When `x as A as B` ends a statement, so does `x as A` once `as B` is gone; the outermost
    /// tail has already put its semicolon after the expression inside, so the inner one need not.
    pub(super) fn note_inner_end(&mut self, whole: Span, expression: Span) {
        if self.open_ends.contains(&whole.end) {
            self.open_ends.insert(expression.end);
        }
    }

    /// Erases the word `abstract` where a class starts.
    pub(super) fn erase_abstract(&mut self, start: u32) {
        const WORD: &str = "abstract";
        if self.source[start as usize..].starts_with(WORD) {
            self.erase(Span::sized(start, WORD.len() as u32));
        } else {
            self.refuse("an abstract class");
        }
    }

    /// Erases TypeScript's own modifiers of a class member.
    pub(super) fn erase_modifiers(&mut self, start: u32, end: u32) {
        const MODIFIERS: [&str; 5] = ["public", "private", "protected", "readonly", "override"];
        let text = &self.source[start as usize..end as usize];
        let mut found = Vec::new();
        let mut at = 0;
        for word in text.split_inclusive(char::is_whitespace) {
            if MODIFIERS.contains(&word.trim_end()) {
                found.push((at, word.trim_end().len()));
            }
            at += word.len();
        }
        for (at, length) in found {
            let at = start + u32::try_from(at).unwrap_or_default();
            self.erase_between(at, at + u32::try_from(length).unwrap_or_default());
        }
    }
}
