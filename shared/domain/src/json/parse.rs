//! The reader: bytes in, a [`Json`] tree or the first fault and its place out.

use super::{Json, path::escape};

/// How many arrays and objects may be open at once. The deepest real items use about twenty;
/// the rest is head-room that keeps every recursive walk far from the end of a Wasm stack.
pub const MAX_DEPTH: usize = 64;

/// The first fault of a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} (at {place}, byte {offset})", place = if pointer.is_empty() { "the top level" } else { pointer })]
pub struct JsonError {
    /// What is wrong.
    pub kind: JsonErrorKind,
    /// JSON Pointer to the value being read when it was found; empty for the whole document.
    pub pointer: String,
    /// Bytes from the start of the document, 0-based.
    pub offset: usize,
}

/// What is wrong with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonErrorKind {
    /// Nothing but white space.
    #[error("the document is empty")]
    Empty,
    /// The document stops in the middle of a value.
    #[error("the document ends too early")]
    UnexpectedEnd,
    /// A character that cannot stand here.
    #[error("{0:?} cannot stand here")]
    Unexpected(char),
    /// Something follows the value.
    #[error("something follows the end of the value")]
    TrailingBytes,
    /// It starts with U+FEFF.
    #[error("a byte order mark is not part of JSON; send plain UTF-8")]
    ByteOrderMark,
    /// Bytes that are not UTF-8.
    #[error("these bytes are not UTF-8")]
    InvalidUtf8,
    /// More than [`MAX_DEPTH`] open arrays and objects.
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// The same key twice in one object.
    #[error("this key occurs twice in its object")]
    DuplicateKey,
    /// `NaN`, `Infinity` or a signed one.
    #[error("JSON has no NaN and no Infinity")]
    NotFinite,
    /// A number outside JSON's grammar, such as `01`, `1.` or `+1`.
    #[error("this is not a JSON number")]
    InvalidNumber,
    /// Half of a surrogate pair, as an escape.
    #[error("a lone surrogate escape is not text")]
    LoneSurrogate,
    /// U+0000 in a text; no database text can hold it.
    #[error("text must not contain U+0000")]
    Nul,
    /// A raw control character in a text.
    #[error("a control character in text must be escaped")]
    ControlCharacter,
    /// An unknown escape.
    #[error("this is not a JSON escape")]
    InvalidEscape,
}

use JsonErrorKind as Kind;

/// The fault on its way up; every container adds its step, innermost first.
struct Fault {
    kind: Kind,
    offset: usize,
    steps: Vec<String>,
}

type Read<T> = Result<T, Box<Fault>>;

/// Reads one document of UTF-8 JSON.
///
/// # Errors
/// The first fault, with the JSON Pointer of the value in which it sits.
pub fn parse(bytes: &[u8]) -> Result<Json, JsonError> {
    let (text, invalid_at) = match std::str::from_utf8(bytes) {
        Ok(text) => (text, None),
        // What stands before the bad bytes is read all the same: it tells where they are.
        Err(error) => {
            let valid = error.valid_up_to();
            (
                std::str::from_utf8(&bytes[..valid]).unwrap_or_default(),
                Some(valid),
            )
        }
    };
    let outcome = Reader { text, at: 0 }.document();
    let fault = match (outcome, invalid_at) {
        (Ok(json), None) => return Ok(json),
        (Err(fault), None) => *fault,
        (Err(fault), Some(_)) if !matches!(fault.kind, Kind::UnexpectedEnd | Kind::Empty) => *fault,
        (Err(fault), Some(at)) => Fault {
            kind: Kind::InvalidUtf8,
            offset: at,
            steps: fault.steps,
        },
        (Ok(_), Some(at)) => Fault {
            kind: Kind::InvalidUtf8,
            offset: at,
            steps: Vec::new(),
        },
    };
    let pointer = fault
        .steps
        .iter()
        .rev()
        .map(|step| format!("/{step}"))
        .collect();
    Err(JsonError {
        kind: fault.kind,
        pointer,
        offset: fault.offset,
    })
}

struct Reader<'a> {
    text: &'a str,
    /// Always on a character boundary.
    at: usize,
}

impl Reader<'_> {
    fn document(&mut self) -> Read<Json> {
        if self.text.starts_with('\u{feff}') {
            return self.fail(Kind::ByteOrderMark);
        }
        self.white();
        if self.peek().is_none() {
            return self.fail(Kind::Empty);
        }
        let value = self.value(0)?;
        self.white();
        if self.peek().is_some() {
            self.fail(Kind::TrailingBytes)
        } else {
            Ok(value)
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn white(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn fail<T>(&self, kind: Kind) -> Read<T> {
        Err(Box::new(Fault {
            kind,
            offset: self.at,
            steps: Vec::new(),
        }))
    }

    /// The fault of meeting whatever stands here.
    fn unexpected<T>(&self) -> Read<T> {
        match self.rest().chars().next() {
            Some(c) => self.fail(Kind::Unexpected(c)),
            None => self.fail(Kind::UnexpectedEnd),
        }
    }

    fn value(&mut self, depth: usize) -> Read<Json> {
        match self.peek() {
            Some(b'{' | b'[') if depth == MAX_DEPTH => self.fail(Kind::TooDeep),
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'"') => Ok(Json::String(self.string()?)),
            Some(b'-' | b'0'..=b'9' | b'+' | b'.') => self.number(),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Read<Json> {
        let words = [
            ("null", Json::Null),
            ("true", Json::Bool(true)),
            ("false", Json::Bool(false)),
        ];
        for (word, value) in words {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
            if !self.rest().is_empty() && word.starts_with(self.rest()) {
                return self.fail(Kind::UnexpectedEnd);
            }
        }
        if ["NaN", "Infinity"]
            .iter()
            .any(|word| self.rest().starts_with(word))
        {
            return self.fail(Kind::NotFinite);
        }
        self.unexpected()
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Read<Json> {
        let start = self.at;
        let signed = matches!(self.peek(), Some(b'-' | b'+'));
        let unsigned = self.rest().get(usize::from(signed)..).unwrap_or_default();
        if unsigned.starts_with("Infinity") || unsigned.starts_with("NaN") {
            return self.fail(Kind::NotFinite);
        }
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        let whole = self.digits();
        let mut good = whole > 0 && !(leading_zero && whole > 1);
        if good && self.peek() == Some(b'.') {
            self.at += 1;
            good = self.digits() > 0;
        }
        if good && matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            good = self.digits() > 0;
        }
        if !good {
            let ended = self.peek().is_none() && !(leading_zero && whole > 1);
            return self.fail(if ended {
                Kind::UnexpectedEnd
            } else {
                Kind::InvalidNumber
            });
        }
        Ok(Json::Number(self.text[start..self.at].to_owned()))
    }

    fn array(&mut self, depth: usize) -> Read<Json> {
        let mut values = Vec::new();
        self.at += 1;
        self.white();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::Array(values));
        }
        loop {
            let index = values.len();
            values.push(
                self.value(depth)
                    .map_err(|fault| fault.within(|| index.to_string()))?,
            );
            self.white();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Json::Array(values));
                }
                _ => return self.unexpected(),
            }
            self.white();
        }
    }

    fn object(&mut self, depth: usize) -> Read<Json> {
        let mut members: Vec<(String, Json)> = Vec::new();
        let mut starts: Vec<usize> = Vec::new();
        self.at += 1;
        self.white();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(members));
        }
        loop {
            if self.peek() != Some(b'"') {
                return self.unexpected();
            }
            starts.push(self.at);
            let key = self.string()?;
            self.white();
            if self.peek() != Some(b':') {
                return self.unexpected();
            }
            self.at += 1;
            self.white();
            let value = self
                .value(depth)
                .map_err(|fault| fault.within(|| escape(&key)))?;
            members.push((key, value));
            self.white();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return unique(members, &starts);
                }
                _ => return self.unexpected(),
            }
            self.white();
        }
    }

    fn string(&mut self) -> Read<String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let run = self.rest();
            let plain = |b: &u8| !matches!(b, b'"' | b'\\' | 0..=0x1f);
            let length = run.bytes().position(|b| !plain(&b)).unwrap_or(run.len());
            out.push_str(&run[..length]);
            self.at += length;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(0) => return self.fail(Kind::Nul),
                Some(_) => return self.fail(Kind::ControlCharacter),
                None => return self.fail(Kind::UnexpectedEnd),
            }
        }
    }

    /// One escape, from its backslash on.
    fn escape(&mut self) -> Read<char> {
        let simple = match self.text.as_bytes().get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            Some(_) => return self.fail(Kind::InvalidEscape),
            None => return self.fail(Kind::UnexpectedEnd),
        };
        self.at += 2;
        Ok(simple)
    }

    fn unicode_escape(&mut self) -> Read<char> {
        let high = self.hex(self.at)?;
        let (code, length) = match high {
            0 => return self.fail(Kind::Nul),
            0xd800..=0xdbff => {
                let next = self.at + 6;
                if self.text.as_bytes().get(next..next + 2) != Some(b"\\u".as_slice()) {
                    return self.fail(Kind::LoneSurrogate);
                }
                let low = self.hex(next)?;
                if !(0xdc00..=0xdfff).contains(&low) {
                    return self.fail(Kind::LoneSurrogate);
                }
                (0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00), 12)
            }
            code => (code, 6),
        };
        match char::from_u32(code) {
            Some(c) => {
                self.at += length;
                Ok(c)
            }
            None => self.fail(Kind::LoneSurrogate),
        }
    }

    /// The four digits of the `\uXXXX` whose backslash stands at `from`.
    fn hex(&self, from: usize) -> Read<u32> {
        let Some(digits) = self.text.as_bytes().get(from + 2..from + 6) else {
            return self.fail(Kind::UnexpectedEnd);
        };
        let mut code = 0;
        for digit in digits {
            match char::from(*digit).to_digit(16) {
                Some(value) => code = code * 16 + value,
                None => return self.fail(Kind::InvalidEscape),
            }
        }
        Ok(code)
    }
}

impl Fault {
    fn within(mut self: Box<Self>, step: impl FnOnce() -> String) -> Box<Self> {
        self.steps.push(step());
        self
    }
}

/// Refuses a key that occurs twice. Sorting costs n log n whatever the keys are: no hash to attack.
fn unique(members: Vec<(String, Json)>, starts: &[usize]) -> Read<Json> {
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by(|a, b| members[*a].0.cmp(&members[*b].0).then(a.cmp(b)));
    let repeated = order
        .windows(2)
        .filter(|w| members[w[0]].0 == members[w[1]].0)
        .map(|w| w[1]);
    match repeated.min() {
        None => Ok(Json::Object(members)),
        Some(index) => Err(Box::new(Fault {
            kind: Kind::DuplicateKey,
            offset: starts[index],
            steps: vec![escape(&members[index].0)],
        })),
    }
}
