//! Takes a JSON text apart without copying its strings.

/// How deep a text may nest: as deep as calls are read.
const MAX_DEPTH: u8 = 127;

/// A value. Texts are what stands between the quotes.
pub(super) enum Node<'a> {
    Word(&'static str),
    Number(f64),
    Text(&'a str),
    Array(Vec<Node<'a>>),
    /// By key; no key twice.
    Object(Vec<Field<'a>>),
}

pub(super) struct Field<'a> {
    /// The key in UTF-16, what fields are sorted by.
    units: Vec<u16>,
    pub(super) key: &'a str,
    pub(super) value: Node<'a>,
}

/// The value of the whole text.
pub(super) fn read(text: &str) -> Option<Node<'_>> {
    let mut reader = Reader { rest: text };
    let node = reader.value(0)?;
    reader.skip_space();
    reader.rest.is_empty().then_some(node)
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn take(&mut self, token: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(token)?;
        Some(())
    }

    /// Whether another element follows; takes the comma before it or the closing bracket.
    fn has_next(&mut self, first: bool, close: char) -> Option<bool> {
        self.skip_space();
        if self.take(close).is_some() {
            return Some(false);
        }
        if !first {
            self.take(',')?;
        }
        Some(true)
    }

    fn value(&mut self, depth: u8) -> Option<Node<'a>> {
        self.skip_space();
        match self.rest.bytes().next()? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => self.text().map(Node::Text),
            b'-' | b'0'..=b'9' => self.number(),
            _ => ["null", "true", "false"].into_iter().find_map(|word| {
                self.rest = self.rest.strip_prefix(word)?;
                Some(Node::Word(word))
            }),
        }
    }

    fn array(&mut self, depth: u8) -> Option<Node<'a>> {
        self.take('[')?;
        let mut items = Vec::new();
        if depth == MAX_DEPTH {
            return None;
        }
        while self.has_next(items.is_empty(), ']')? {
            items.push(self.value(depth + 1)?);
        }
        Some(Node::Array(items))
    }

    fn object(&mut self, depth: u8) -> Option<Node<'a>> {
        self.take('{')?;
        let mut fields: Vec<Field<'a>> = Vec::new();
        if depth == MAX_DEPTH {
            return None;
        }
        while self.has_next(fields.is_empty(), '}')? {
            self.skip_space();
            let key = self.text()?;
            self.skip_space();
            self.take(':')?;
            let value = self.value(depth + 1)?;
            let units = Units::of(key).collect();
            fields.push(Field { units, key, value });
        }
        // Stable: of equal keys the last written one comes last, and is kept.
        fields.sort_by(|a, b| a.units.cmp(&b.units));
        fields.dedup_by(|later, kept| {
            let same = later.units == kept.units;
            if same {
                std::mem::swap(later, kept);
            }
            same
        });
        Some(Node::Object(fields))
    }

    fn text(&mut self) -> Option<&'a str> {
        self.take('"')?;
        let bytes = self.rest.as_bytes();
        let mut at = 0;
        loop {
            match *bytes.get(at)? {
                b'"' => break,
                b'\\' => at += escape_length(bytes.get(at + 1..)?)?,
                0..=0x1f => return None,
                _ => at += 1,
            }
        }
        let text = &self.rest[..at];
        self.rest = &self.rest[at + 1..];
        Some(text)
    }

    fn number(&mut self) -> Option<Node<'a>> {
        let bytes = self.rest.as_bytes();
        let digits = |from: usize| {
            let count = bytes.get(from..)?.iter().take_while(|b| b.is_ascii_digit());
            Some(from + count.count()).filter(|&end| end > from)
        };
        let start = usize::from(bytes.first() == Some(&b'-'));
        let mut end = digits(start)?;
        if bytes[start] == b'0' && end > start + 1 {
            return None;
        }
        if bytes.get(end) == Some(&b'.') {
            end = digits(end + 1)?;
        }
        if let Some(b'e' | b'E') = bytes.get(end) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            end = digits(end + 1 + sign)?;
        }
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        number.parse().ok().map(Node::Number)
    }
}

/// How long an escape is with its backslash; `after` is what follows that.
fn escape_length(after: &[u8]) -> Option<usize> {
    match after.first()? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => {
            let hex = after.get(1..5)?;
            hex.iter().all(u8::is_ascii_hexdigit).then_some(6)
        }
        _ => None,
    }
}

/// The UTF-16 of what stands between quotes, read before as well-formed.
pub(super) struct Units<'a> {
    chars: std::str::Chars<'a>,
    /// The second half of a character that needs two.
    second: Option<u16>,
}

impl<'a> Units<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let chars = text.chars();
        Self {
            chars,
            second: None,
        }
    }
}

impl Iterator for Units<'_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        if let Some(second) = self.second.take() {
            return Some(second);
        }
        let char = match self.chars.next()? {
            '\\' => match self.chars.next()? {
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => {
                    let (hex, rest) = self.chars.as_str().split_at(4);
                    self.chars = rest.chars();
                    return u16::from_str_radix(hex, 16).ok();
                }
                other => other,
            },
            other => other,
        };
        let mut pair = [0; 2];
        if let [first, second] = *char.encode_utf16(&mut pair) {
            self.second = Some(second);
            return Some(first);
        }
        Some(pair[0])
    }
}
