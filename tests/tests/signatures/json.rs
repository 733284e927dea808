//! JSON texts as odd as they come: the same value can be written in many ways.

use std::fmt::Write as _;

use crate::random::Random;

/// A value, its strings in UTF-16, its numbers as written.
#[derive(Clone)]
pub enum Json {
    Word(&'static str),
    Number(String),
    Text(Vec<u16>),
    Array(Vec<Json>),
    Object(Vec<(Vec<u16>, Json)>),
}

const NUMBERS: [&str; 28] = [
    "0",
    "-0",
    "-0.0",
    "1",
    "-1",
    "1.0",
    "1.50",
    "1e21",
    "1E+21",
    "1e-7",
    "0.000001",
    "1e20",
    "999999999999999999999",
    "9007199254740993",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775809",
    "1e400",
    "-1e999",
    "5e-324",
    "2.2250738585072011e-308",
    "1.7976931348623157e308",
    "0.1e1",
    "123456789012345678901234567890",
    "4.35",
    "0.30000000000000004",
    "1e0",
    "7.2057594037927933e16",
];

/// Characters that a reader or a writer may treat apart.
const UNITS: [u16; 24] = [
    0x22, 0x5c, 0x2f, 0x08, 0x0c, 0x0a, 0x0d, 0x09, 0x00, 0x1f, 0x7f, 0x80, 0xe9, 0x20ac, 0x2028,
    0x2029, 0xfeff, 0xfffd, 0xfb33, 0x61, 0x41, 0x30, 0x20, 0x3c,
];

impl Json {
    /// An object, as bodies of calls are.
    pub fn object(random: &mut Random) -> Self {
        fields(random, 0)
    }

    /// Any value.
    pub fn any(random: &mut Random, depth: usize) -> Self {
        match random.below(if depth > 4 { 6 } else { 9 }) {
            0 => Self::Word(["null", "true", "false"][random.below(3)]),
            1..=3 => Self::Number(number(random)),
            4 | 5 => Self::Text(text(random)),
            6 => {
                let count = random.below(5);
                Self::Array((0..count).map(|_| Self::any(random, depth + 1)).collect())
            }
            _ => fields(random, depth),
        }
    }

    /// One of the ways to write it.
    pub fn write(&self, random: &mut Random) -> String {
        let mut out = String::new();
        self.append(&mut out, random);
        out
    }

    /// Another value: one field more.
    pub fn changed(&self) -> Self {
        let mut changed = self.clone();
        if let Self::Object(fields) = &mut changed {
            fields.push(("changed!".encode_utf16().collect(), Self::Word("true")));
        }
        changed
    }

    fn append(&self, out: &mut String, random: &mut Random) {
        space(out, random);
        match self {
            Self::Word(word) => out.push_str(word),
            Self::Number(number) => out.push_str(number),
            Self::Text(units) => write_text(out, units, random),
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.append(out, random);
                }
                out.push(']');
            }
            Self::Object(fields) => {
                let mut order: Vec<&(Vec<u16>, Self)> = fields.iter().collect();
                let mut keys: Vec<&Vec<u16>> = fields.iter().map(|(key, _)| key).collect();
                keys.sort();
                // The last of equal keys counts: their order must stay.
                if keys.windows(2).all(|pair| pair[0] != pair[1]) {
                    for at in (1..order.len()).rev() {
                        order.swap(at, random.below(at + 1));
                    }
                }
                out.push('{');
                for (index, (key, value)) in order.into_iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    space(out, random);
                    write_text(out, key, random);
                    space(out, random);
                    out.push(':');
                    value.append(out, random);
                }
                out.push('}');
            }
        }
        space(out, random);
    }
}

fn fields(random: &mut Random, depth: usize) -> Json {
    let count = random.below(6);
    let mut fields: Vec<(Vec<u16>, Json)> = Vec::new();
    for _ in 0..count {
        let key = match random.below(12) {
            0 => "__proto__".encode_utf16().collect(),
            1 => random.below(30).to_string().encode_utf16().collect(),
            2 => random
                .pick(&["constructor", "a", "b", "length", "hasOwnProperty"])
                .encode_utf16()
                .collect(),
            3 if !fields.is_empty() => fields[random.below(fields.len())].0.clone(),
            _ => text(random),
        };
        fields.push((key, Json::any(random, depth + 1)));
    }
    Json::Object(fields)
}

fn number(random: &mut Random) -> String {
    match random.below(4) {
        0 | 1 => (*random.pick(&NUMBERS)).to_owned(),
        // Any finite double, in the shortest digits or in more than it takes.
        2 => {
            let double = f64::from_bits(random.next());
            if double.is_finite() {
                format!("{double:e}")
            } else {
                "0.5".to_owned()
            }
        }
        _ => {
            let digits = 1 + random.below(25);
            let mut text: String = (0..digits)
                .map(|_| char::from(b'1' + random.below(9) as u8))
                .collect();
            if random.one_in(2) {
                let _ = write!(text, ".{}", random.below(1_000_000));
            }
            if random.one_in(3) {
                let _ = write!(text, "e{}", random.below(60) as i32 - 30);
            }
            text
        }
    }
}

fn text(random: &mut Random) -> Vec<u16> {
    let length = random.below(8);
    let unit = |random: &mut Random| match random.below(8) {
        0..=2 => *random.pick(&UNITS),
        3 => 0xd800 + random.below(0x800) as u16,
        4 => random.below(0x1_0000) as u16,
        _ => 0x61 + random.below(26) as u16,
    };
    (0..length).map(|_| unit(random)).collect()
}

/// Each character as it is, where that can be, or as one of its escapes.
fn write_text(out: &mut String, units: &[u16], random: &mut Random) {
    out.push('"');
    for char in char::decode_utf16(units.iter().copied()) {
        let char = match char {
            Ok(char) => char,
            Err(half) => {
                let _ = write!(out, "\\u{:04X}", half.unpaired_surrogate());
                continue;
            }
        };
        let short = match char {
            '"' | '\\' | '/' => Some(char),
            '\u{8}' => Some('b'),
            '\u{c}' => Some('f'),
            '\n' => Some('n'),
            '\r' => Some('r'),
            '\t' => Some('t'),
            _ => None,
        };
        let plain = !matches!(char, '"' | '\\' | '\0'..='\u{1f}');
        match (random.below(4), short) {
            (0, _) => {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            (1, Some(short)) => {
                let _ = write!(out, "\\{short}");
            }
            _ if plain => out.push(char),
            (_, Some(short)) => {
                let _ = write!(out, "\\{short}");
            }
            _ => {
                let _ = write!(out, "\\u{:04X}", u32::from(char));
            }
        }
    }
    out.push('"');
}

fn space(out: &mut String, random: &mut Random) {
    if random.one_in(6) {
        out.push(*random.pick(&[' ', '\n', '\t', '\r']));
    }
}
