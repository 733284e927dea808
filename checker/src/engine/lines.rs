//! UTF-16 offsets to lines and columns, by TypeScript's own idea of a line.

/// The line starts of a source, in UTF-16 units.
#[derive(Debug)]
pub struct LineMap {
    starts: Vec<u32>,
    length: u32,
}

impl LineMap {
    /// Reads the line starts of `source`: after LF, CR, CRLF, U+2028 and U+2029.
    #[must_use]
    pub fn new(source: &str) -> Self {
        let mut starts = vec![0];
        let mut offset: u32 = 0;
        let mut chars = source.chars().peekable();
        while let Some(char) = chars.next() {
            offset += if char.len_utf16() == 2 { 2 } else { 1 };
            match char {
                '\r' if chars.peek() == Some(&'\n') => {}
                '\n' | '\r' | '\u{2028}' | '\u{2029}' => starts.push(offset),
                _ => {}
            }
        }
        Self {
            starts,
            length: offset,
        }
    }

    /// The 1-based line and column of a UTF-16 offset; an offset beyond the end is the end.
    #[must_use]
    pub fn place(&self, offset: u32) -> (u32, u32) {
        let offset = offset.min(self.length);
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = line
            .checked_sub(1)
            .and_then(|index| self.starts.get(index))
            .copied();
        (
            u32::try_from(line).unwrap_or(u32::MAX),
            offset - start.unwrap_or(0) + 1,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::LineMap;

    #[test]
    fn counts_utf16_units_and_every_kind_of_line_end() {
        let map = LineMap::new("a😀b\r\nc\rd\ne\u{2028}f");
        let places = [
            (0, (1, 1)),
            (1, (1, 2)),
            (3, (1, 4)),
            (6, (2, 1)),
            (8, (3, 1)),
            (10, (4, 1)),
            (12, (5, 1)),
            (13, (5, 2)),
            (99, (5, 2)),
        ];
        for (offset, place) in places {
            assert_eq!(map.place(offset), place, "offset {offset}");
        }
    }

    #[test]
    fn an_empty_source_has_one_place() {
        assert_eq!(LineMap::new("").place(0), (1, 1));
    }
}
