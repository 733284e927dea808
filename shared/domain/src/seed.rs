//! The seed: a non-negative integer of at most twenty digits, a decimal string on every wire.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A seed between 0 and 99999999999999999999 (`NUMERIC(20,0)`); never a JSON number, never a float.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Seed(u128);

/// Why a text is not a seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeedError {
    /// Empty, or a character outside `0`–`9`.
    #[error("a seed is a string of decimal digits, such as \"42\"")]
    NotDecimal,
    /// More than twenty digits once leading zeros are gone.
    #[error("a seed is at most 99999999999999999999")]
    TooLarge,
}

impl Seed {
    /// The largest seed: what `NUMERIC(20,0)` holds.
    pub const MAX: Self = Self(99_999_999_999_999_999_999);

    /// A seed from a small number.
    #[must_use]
    pub const fn from_u64(value: u64) -> Self {
        Self(value as u128)
    }

    /// The value; below 10^20.
    #[must_use]
    pub const fn value(self) -> u128 {
        self.0
    }
}

impl FromStr for Seed {
    type Err = SeedError;

    fn from_str(text: &str) -> Result<Self, SeedError> {
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(SeedError::NotDecimal);
        }
        let digits = text.trim_start_matches('0');
        if digits.len() > 20 {
            return Err(SeedError::TooLarge);
        }
        let value = digits
            .bytes()
            .fold(0_u128, |n, b| n * 10 + u128::from(b - b'0'));
        Ok(Self(value))
    }
}

impl TryFrom<String> for Seed {
    type Error = SeedError;

    fn try_from(text: String) -> Result<Self, SeedError> {
        text.parse()
    }
}

impl From<Seed> for String {
    fn from(seed: Seed) -> Self {
        seed.to_string()
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::{Seed, SeedError};

    #[test]
    fn accepts_exactly_the_decimal_strings_of_numeric_20() {
        let cases = [
            ("0", "0"),
            ("00", "0"),
            ("007", "7"),
            ("9223372036854775808", "9223372036854775808"),
            ("18446744073709551616", "18446744073709551616"),
            ("99999999999999999999", "99999999999999999999"),
            ("000099999999999999999999", "99999999999999999999"),
        ];
        for (text, normal) in cases {
            assert_eq!(
                text.parse::<Seed>().map(|s| s.to_string()).as_deref(),
                Ok(normal)
            );
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in ["", "+1", "-1", "1e3", "1.0", " 1", "0x1", "\u{661}"] {
            assert_eq!(text.parse::<Seed>(), Err(SeedError::NotDecimal), "{text:?}");
        }
        for text in ["100000000000000000000", "99999999999999999999999999999"] {
            assert_eq!(text.parse::<Seed>(), Err(SeedError::TooLarge), "{text:?}");
        }
    }
}
