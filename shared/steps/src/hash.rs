//! Hashed step ids, as bytes: they are compared and looked up on every replay, and written out
//! only for steps that are reported.

use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};
use sha1::{Digest, Sha1};

use crate::hex;

const BYTES: usize = 20;

/// SHA-1 of a step's id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hash([u8; BYTES]);

impl Hash {
    /// Of a step's id, with its repeat suffix.
    pub(crate) fn of(full_id: &str) -> Self {
        Self(Sha1::digest(full_id.as_bytes()).into())
    }

    /// From 40 digits of lower-case hex, as servers write it; `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits: &[u8; 2 * BYTES] = text.as_bytes().try_into().ok()?;
        let mut bytes = [0; BYTES];
        let mut seen = 0;
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let (high, low) = (DIGITS[usize::from(pair[0])], DIGITS[usize::from(pair[1])]);
            seen |= high | low;
            *byte = high << 4 | low;
        }
        (seen & NO_DIGIT == 0).then_some(Self(bytes))
    }
}

/// Marks what is no digit: a bit that no digit's value has.
const NO_DIGIT: u8 = 0x80;

/// The value of every lower-case hex digit.
const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        let digit = if value < 10 {
            b'0' + value
        } else {
            b'a' + value - 10
        };
        digits[digit as usize] = value;
        value += 1;
    }
    digits
};

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What stands where a hash is expected; `None` if it is none, and so no step of ours.
pub(crate) struct MaybeHash(pub Option<Hash>);

impl<'de> Deserialize<'de> for MaybeHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = MaybeHash;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a hashed step id")
            }

            fn visit_str<E>(self, text: &str) -> Result<MaybeHash, E> {
                Ok(MaybeHash(Hash::parse(text)))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_hashed_as_every_sdk_does() {
        for (id, hash) in [
            ("first", "e0996a37c13d44c3b06074939d43fa3759bd32c1"),
            ("my-step-id", "e7d8a2f140845095749d60246ff1110c9d01d76a"),
        ] {
            assert_eq!(Hash::of(id).to_string(), hash);
            assert_eq!(Hash::parse(hash), Some(Hash::of(id)));
        }
    }

    #[test]
    fn what_is_no_hash_is_no_step_of_ours() {
        let hash = Hash::of("first").to_string();
        for text in [
            "",
            "step",
            &hash[1..],
            &format!("{hash}0"),
            &hash.to_uppercase(),
            &hash.replace('e', "g"),
        ] {
            assert_eq!(Hash::parse(text), None, "{text}");
        }
    }
}
