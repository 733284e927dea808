//! Byte offsets to the positions that findings carry: 1-based lines, 1-based UTF-16 columns.

/// Where each line of a source starts.
#[derive(Debug)]
pub(crate) struct LineIndex<'s> {
    source: &'s str,
    /// Byte offset of the first character of each line.
    starts: Vec<usize>,
}

impl<'s> LineIndex<'s> {
    /// Lines end where TypeScript ends them: at LF, CR, CR LF, U+2028 and U+2029.
    pub(crate) fn new(source: &'s str) -> Self {
        let mut starts = vec![0];
        for (at, c) in source.char_indices() {
            let ends = match c {
                '\n' | '\u{2028}' | '\u{2029}' => true,
                '\r' => source.as_bytes().get(at + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends {
                starts.push(at + c.len_utf8());
            }
        }
        Self { source, starts }
    }

    /// Line and column of the byte `offset`, both 1-based.
    pub(crate) fn position(&self, offset: u32) -> (u32, u32) {
        let offset = (offset as usize).min(self.source.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts[line - 1];
        let before = self.source.get(start..offset).unwrap_or_default();
        let column = before.encode_utf16().count() + 1;
        (
            u32::try_from(line).unwrap_or(u32::MAX),
            u32::try_from(column).unwrap_or(u32::MAX),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::LineIndex;

    #[test]
    fn columns_count_utf16_units_and_lines_end_as_in_typescript() {
        let source = "a\r\nb😀c\rd\u{2028}e";
        let index = LineIndex::new(source);
        let at = |needle: char| {
            let offset = source.find(needle).expect("in the source");
            index.position(u32::try_from(offset).expect("small"))
        };
        assert_eq!(at('a'), (1, 1));
        assert_eq!(at('b'), (2, 1));
        assert_eq!(at('c'), (2, 4));
        assert_eq!(at('d'), (3, 1));
        assert_eq!(at('e'), (4, 1));
    }
}
