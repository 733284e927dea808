//! Signatures on calls, and the bearer that SDKs present.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::config::SigningKey;

/// The value of `x-inngest-signature` for a body sent at `unix_seconds`.
pub(super) fn signature(key: &SigningKey, body: &[u8], unix_seconds: i64) -> String {
    let (_, secret) = split(key.expose());
    // The key is the ASCII of the hex digits, not the bytes they spell: so it is on the wire.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .expect("HMAC takes keys of any length");
    mac.update(body);
    mac.update(unix_seconds.to_string().as_bytes());
    format!("t={unix_seconds}&s={}", hex(&mac.finalize().into_bytes()))
}

/// Whether an `authorization` header presents the key, hashed as SDKs send it or bare.
pub(super) fn authorized(key: &SigningKey, authorization: Option<&str>) -> bool {
    let Some(token) = authorization.and_then(|value| value.strip_prefix("Bearer ")) else {
        return false;
    };
    let token = token.trim();
    equal(token, &hashed(key)) | equal(token, key.expose())
}

/// The key as SDKs present it: its prefix and the SHA-256 of the bytes that its hex spells.
fn hashed(key: &SigningKey) -> String {
    let (prefix, secret) = split(key.expose());
    let bytes = unhex(secret).unwrap_or_else(|| secret.as_bytes().to_vec());
    format!("{prefix}{}", hex(&Sha256::digest(bytes)))
}

/// Compares digests of both sides, so that the time taken tells nothing.
fn equal(a: &str, b: &str) -> bool {
    let (a, b) = (Sha256::digest(a), Sha256::digest(b));
    a.iter().zip(b.iter()).fold(0, |seen, (x, y)| seen | (x ^ y)) == 0
}

/// `signkey-prod-abc` → (`signkey-prod-`, `abc`); a bare key has no prefix.
fn split(key: &str) -> (&str, &str) {
    let Some(rest) = key.strip_prefix("signkey-") else {
        return ("", key);
    };
    match rest.find('-') {
        Some(at) => key.split_at("signkey-".len() + at + 1),
        None => ("", key),
    }
}

/// Lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &str = "0123456789abcdef0123456789abcdef";
    const HASHED: &str = "223e0a160af9da0a03e6dd2c4719c56f5d66a633cbe84e78aaa9f3735865522a";

    #[test]
    fn the_bearer_is_the_prefix_and_the_hash_of_the_decoded_key() {
        let key = SigningKey::new(format!("signkey-prod-{BARE}"));
        assert!(authorized(&key, Some(&format!("Bearer signkey-prod-{HASHED}"))));
        assert!(authorized(&key, Some(&format!("Bearer signkey-prod-{BARE}"))));
        assert!(!authorized(&key, Some(&format!("Bearer signkey-test-{HASHED}"))));
        assert!(!authorized(&key, Some("Bearer ")));
        assert!(!authorized(&key, None));
        assert!(authorized(&SigningKey::new(BARE), Some(&format!("Bearer {HASHED}"))));
    }

    #[test]
    fn the_prefix_plays_no_part_in_the_signature() {
        let with = signature(&SigningKey::new(format!("signkey-prod-{BARE}")), b"{}", 17);
        assert_eq!(with, signature(&SigningKey::new(BARE), b"{}", 17));
        assert!(with.starts_with("t=17&s="));
        assert_ne!(with, signature(&SigningKey::new(BARE), b"{ }", 17));
    }
}
