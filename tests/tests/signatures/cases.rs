//! Requests, signed well and badly.

use crate::{json::Json, random::Random};

/// When all of it happens, in Unix seconds.
pub const NOW: u64 = 1_700_000_000;

/// What is signed, and by whom.
#[derive(Clone)]
pub struct Signing {
    pub key: String,
    pub time: String,
    pub body: Vec<u8>,
}

/// What of a [`Signing`] becomes the request's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// The canonical form, as the TypeScript SDK signs.
    Canonical,
    /// The bytes as they are.
    Raw,
}

/// How the header is made of the time and the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    Good,
    SignatureFirst,
    WithMore,
    QuestionMark,
    Escaped,
    UpperCase,
    Truncated,
    Longer,
    Spaced,
    NoTime,
    EmptyTime,
    NoSignature,
    EmptySignature,
    OtherTime,
    TimeTwice,
    SignatureTwice,
    WrongSignatureFirst,
    Twice,
    Missing,
    Empty,
    Words,
}

const HEADERS: [Header; 20] = [
    Header::SignatureFirst,
    Header::WithMore,
    Header::QuestionMark,
    Header::Escaped,
    Header::UpperCase,
    Header::Truncated,
    Header::Longer,
    Header::Spaced,
    Header::NoTime,
    Header::EmptyTime,
    Header::NoSignature,
    Header::EmptySignature,
    Header::OtherTime,
    Header::TimeTwice,
    Header::SignatureTwice,
    Header::WrongSignatureFirst,
    Header::Twice,
    Header::Missing,
    Header::Empty,
    Header::Words,
];

/// One request to a configured endpoint.
pub struct Case {
    pub signing: Signing,
    pub over: Over,
    pub header: Header,
    /// Sent instead of what was signed: another text of the same value, or another value.
    pub body: Vec<u8>,
    pub keys: Keys,
}

/// The keys of one endpoint.
#[derive(Clone)]
pub struct Keys {
    pub main: String,
    pub fallback: Option<String>,
}

impl Keys {
    pub fn new(random: &mut Random) -> Self {
        let main = key(random);
        let fallback = random.one_in(2).then(|| key(random));
        Self { main, fallback }
    }
}

impl Case {
    /// A request to one of these endpoints.
    pub fn new(random: &mut Random, endpoints: &[Keys]) -> Self {
        let value = Json::object(random);
        let mut signed = value.write(random).into_bytes();
        let mut sent = match random.below(8) {
            0 => value.changed().write(random).into_bytes(),
            1 | 2 => value.write(random).into_bytes(),
            _ => signed.clone(),
        };
        if random.one_in(12) {
            signed = odd_body(random);
            sent.clone_from(&signed);
        }
        let keys = random.pick(endpoints).clone();
        let signer = match random.below(8) {
            0 => key(random),
            1 => without_prefix(&keys.main).to_owned(),
            2 => keys.fallback.clone().unwrap_or_else(|| keys.main.clone()),
            _ => keys.main.clone(),
        };
        let time = if random.one_in(3) {
            odd_time(random)
        } else {
            NOW.to_string()
        };
        let header = if random.one_in(3) {
            *random.pick(&HEADERS)
        } else {
            Header::Good
        };
        let over = if random.one_in(6) {
            Over::Raw
        } else {
            Over::Canonical
        };
        let signing = Signing {
            key: signer,
            time,
            body: signed,
        };
        Self {
            signing,
            over,
            header,
            body: sent,
            keys,
        }
    }

    /// The values of `x-inngest-signature`, given what signs.
    pub fn headers(&self, signature: &str) -> Vec<String> {
        let time = form_urlencode(&self.signing.time);
        let good = format!("t={time}&s={signature}");
        let wrong = "0".repeat(64);
        match self.header {
            Header::Good => vec![good],
            Header::SignatureFirst => vec![format!("s={signature}&t={time}")],
            Header::WithMore => vec![format!("v=1&{good}&x")],
            Header::QuestionMark => vec![format!("?{good}")],
            Header::Escaped => {
                let first = u32::from(signature.chars().next().expect("a digest"));
                vec![format!("%74={time}&s=%{first:02x}{}", &signature[1..])]
            }
            Header::UpperCase => vec![format!("t={time}&s={}", signature.to_uppercase())],
            Header::Truncated => vec![good[..good.len() - 1].to_owned()],
            Header::Longer => vec![format!("{good}0")],
            Header::Spaced => vec![format!("t={time}&s={signature}+")],
            Header::NoTime => vec![format!("s={signature}")],
            Header::EmptyTime => vec![format!("t=&s={signature}")],
            Header::NoSignature => vec![format!("t={time}")],
            Header::EmptySignature => vec![format!("t={time}&s=")],
            Header::OtherTime => vec![format!("t={}&s={signature}", NOW - 1)],
            Header::TimeTwice => vec![format!("{good}&t=0")],
            Header::SignatureTwice => vec![format!("{good}&s={wrong}")],
            Header::WrongSignatureFirst => vec![format!("s={wrong}&{good}")],
            Header::Twice => vec![good.clone(), good],
            Header::Missing => vec![],
            Header::Empty => vec![String::new()],
            Header::Words => vec!["signature".to_owned()],
        }
    }
}

fn key(random: &mut Random) -> String {
    const HEX: &[u8] = b"0123456789abcdef";
    let length = *random.pick(&[32, 64, 8, 7]);
    let mut digits: String = (0..length).map(|_| char::from(*random.pick(HEX))).collect();
    match random.below(10) {
        0 => digits.make_ascii_uppercase(),
        1 => digits = format!("not hex {}-z", random.below(100)),
        _ => {}
    }
    let prefix = *random.pick(&[
        "signkey-prod-",
        "signkey-test-",
        "signkey-branch-",
        "",
        "signkey-",
        "signkey-x_1-",
        "signkey-a-b-",
        "SIGNKEY-prod-",
    ]);
    format!("{prefix}{digits}")
}

fn without_prefix(key: &str) -> &str {
    ["signkey-prod-", "signkey-test-", "signkey-branch-"]
        .iter()
        .find_map(|prefix| key.strip_prefix(prefix))
        .unwrap_or(key)
}

/// Bodies that are no object, no JSON, or no text.
fn odd_body(random: &mut Random) -> Vec<u8> {
    match random.below(12) {
        0 => Vec::new(),
        1 => random
            .pick(&["null", "0", "false", "-0", "0e5", "\"\""])
            .as_bytes()
            .to_vec(),
        2 => b"\"a text\"".to_vec(),
        3 => {
            let depth = *random.pick(&[10, 126, 127, 128, 1000]);
            ("[ ".repeat(depth) + &"]".repeat(depth)).into_bytes()
        }
        4 => {
            let mut body = "\u{feff}".as_bytes().to_vec();
            body.extend(Json::object(random).write(random).bytes());
            body
        }
        5 => b"{\"a\":\"\xff\xfe\xe2\x82\",\"b\":\"\xf0\x9f\x98\"}".to_vec(),
        6 => b"{\"z\":1,\"toJSON\":0,\"a\":2.0}".to_vec(),
        7 => {
            let mut body = Json::object(random).write(random).into_bytes();
            body.truncate(random.below(body.len()));
            body
        }
        8 => {
            let mut body = Json::object(random).write(random).into_bytes();
            let at = random.below(body.len());
            body[at] = *random.pick(b"{}[],:\"\\0 x\n");
            body
        }
        9 => random
            .pick(&[
                "[1,]",
                "{\"a\":1,}",
                "01",
                "1.",
                "+1",
                "NaN",
                "'a'",
                " ",
                "[1]x",
            ])
            .as_bytes()
            .to_vec(),
        _ => Json::any(random, 0).write(random).into_bytes(),
    }
}

fn odd_time(random: &mut Random) -> String {
    let near = |delta: i64| (i64::try_from(NOW).expect("small") + delta).to_string();
    match random.below(16) {
        0 => near(-300),
        1 => near(300),
        2 => near(-301),
        3 => near(301),
        4 => near(-86_400),
        5 => near(86_400),
        6 => format!("0{NOW}"),
        7 => "-1".to_owned(),
        8 => "9".repeat(400),
        9 => format!("{NOW}x"),
        10 => format!(" {NOW}"),
        11 => format!("{NOW}.5"),
        12 => format!("+{NOW}"),
        13 => "soon".to_owned(),
        14 => "18446744073709551616".to_owned(),
        _ => near(i64::try_from(random.below(600)).expect("small") - 300),
    }
}

/// As a form has it: what stands in `t` must arrive as it was signed.
fn form_urlencode(text: &str) -> String {
    text.replace('%', "%25")
        .replace('+', "%2B")
        .replace(' ', "+")
}
