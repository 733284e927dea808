//! Signatures of requests in both directions, and the bearer token for requests to the server.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::{hex, jcs};

/// How far a signature's time may be from ours, either way, in seconds: five minutes.
pub const WINDOW_SECONDS: u64 = 300;

/// A signing key, as the server's dashboard shows it (`signkey-<env>-<hex>`).
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey(String);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// Why a request does not count as the server's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is no key to check against.
    #[error("no signing key is configured; set INNGEST_SIGNING_KEY (or INNGEST_DEV=1)")]
    NoKey,
    /// The header is not there.
    #[error("the request carries no x-inngest-signature")]
    Missing,
    /// The header is not `t=<unix seconds>&s=<hex>`, once.
    #[error("the x-inngest-signature header is malformed")]
    Malformed,
    /// Too old, or from the future.
    #[error("the signature's time is more than five minutes from now")]
    OutsideWindow,
    /// No key gives this signature.
    #[error("the signature does not fit the body and any configured key")]
    Mismatch,
}

impl SigningKey {
    /// Takes a key with or without its `signkey-<env>-` prefix.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// The value of `x-inngest-signature` for a response with this body, sent at this time.
    pub fn sign(&self, body: &[u8], unix_seconds: u64) -> String {
        let time = unix_seconds.to_string();
        let signature = self.mac(body, &time).finalize().into_bytes();
        format!("t={time}&s={}", hex::encode(&signature))
    }

    /// The same for a request to an app: over the canonical form of its JSON, since that is all
    /// that the TypeScript SDK tries. A body that is not JSON is signed as it is.
    pub fn sign_request(&self, body: &[u8], unix_seconds: u64) -> String {
        match jcs::canonical(body) {
            Some(canonical) => self.sign(canonical.as_bytes(), unix_seconds),
            None => self.sign(body, unix_seconds),
        }
    }

    /// The token for requests to the server: the key's prefix and its hash.
    pub fn bearer(&self) -> String {
        let (prefix, _) = self.split();
        format!("{prefix}{}", self.hash())
    }

    /// The key without its `signkey-<env>-` prefix.
    pub fn bare(&self) -> &str {
        self.split().1
    }

    /// Hex SHA-256 of the key's bytes.
    pub fn hash(&self) -> String {
        let (_, key) = self.split();
        hex::encode(&Sha256::digest(key_bytes(key)))
    }

    /// `signkey-<env>-` and the rest.
    fn split(&self) -> (&str, &str) {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let prefix = self.0.strip_prefix("signkey-").and_then(|rest| {
            let env = rest.find(|c| !is_word(c)).filter(|&at| at > 0)?;
            rest[env..]
                .starts_with('-')
                .then_some("signkey-".len() + env + 1)
        });
        self.0.split_at(prefix.unwrap_or(0))
    }

    /// The MAC of the body followed by the time. The key is the characters after the prefix, as
    /// they are: not decoded from hex, unlike in [`SigningKey::hash`].
    fn mac(&self, body: &[u8], time: &str) -> Hmac<Sha256> {
        let (_, key) = self.split();
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes())
            .expect("HMAC takes keys of every length");
        mac.update(body);
        mac.update(time.as_bytes());
        mac
    }
}

/// The bytes that a key's hex stands for. A key that is not hex is read as the TypeScript SDK's
/// hash function reads it, so that both present the same token: anything but letters and digits
/// is skipped, an odd length begins with a zero, and a pair counts up to its first character that
/// is not hex.
fn key_bytes(key: &str) -> Vec<u8> {
    let letters = key.bytes().filter(u8::is_ascii_alphanumeric);
    let mut digits: Vec<u8> = letters.collect();
    if digits.len() % 2 == 1 {
        digits.insert(0, b'0');
    }
    let value = |digit: u8| {
        char::from(digit)
            .to_digit(16)
            .and_then(|v| u8::try_from(v).ok())
    };
    let pair = |pair: &[u8]| match (value(pair[0]), value(pair[1])) {
        (Some(high), Some(low)) => high << 4 | low,
        (Some(only), None) => only,
        (None, _) => 0,
    };
    digits.chunks_exact(2).map(pair).collect()
}

/// Checks a request's signature against each key in turn and gives the key that fits.
///
/// `header` is the only `x-inngest-signature` of the request. The body is taken as it came, then
/// in its canonical JSON form, for hosts on whose way it was parsed and written again. Comparison
/// takes the same time wherever it fails.
///
/// # Errors
/// Says which rule the request breaks; the text holds nothing of the request.
pub fn verify<'a>(
    keys: &'a [SigningKey],
    header: Option<&str>,
    body: &[u8],
    now: u64,
) -> Result<&'a SigningKey, SignatureError> {
    if keys.is_empty() {
        return Err(SignatureError::NoKey);
    }
    let (time, signature) = parse(header.ok_or(SignatureError::Missing)?)?;
    let seconds: u64 = time.parse().map_err(|_| SignatureError::Malformed)?;
    if seconds.abs_diff(now) > WINDOW_SECONDS {
        return Err(SignatureError::OutsideWindow);
    }
    let fits = |body: &[u8]| {
        keys.iter()
            .find(|key| key.mac(body, &time).verify_slice(&signature).is_ok())
    };
    fits(body)
        .or_else(|| jcs::canonical(body).and_then(|canonical| fits(canonical.as_bytes())))
        .ok_or(SignatureError::Mismatch)
}

/// Splits `t=…&s=…`. Signatures are lower-case hex of 32 bytes.
fn parse(header: &str) -> Result<(String, Vec<u8>), SignatureError> {
    // As `URLSearchParams` reads it, which takes a leading question mark off.
    let header = header.strip_prefix('?').unwrap_or(header);
    let field = |name: &str| {
        let mut fields = form_urlencoded::parse(header.as_bytes());
        fields
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    let malformed = SignatureError::Malformed;
    let time = field("t")
        .filter(|t| t.bytes().all(|b| b.is_ascii_digit()))
        .ok_or(malformed)?;
    let signature = field("s").ok_or(malformed)?;
    if signature.len() != 64 || signature.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(malformed);
    }
    Ok((time, hex::decode(&signature).ok_or(malformed)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000;
    const BODY: &[u8] = br#"{"b": 1.0, "a": [true, "\u00e9"]}"#;

    fn key() -> SigningKey {
        SigningKey::new("signkey-test-0123456789abcdef0123456789abcdef")
    }

    fn check(header: &str, body: &[u8]) -> Result<(), SignatureError> {
        let keys = [SigningKey::new("signkey-test-ffff"), key()];
        verify(&keys, Some(header), body, NOW).map(|fits| assert_eq!(*fits, key()))
    }

    #[test]
    fn the_bearer_is_the_prefix_and_the_hash_of_the_decoded_key() {
        let hash = "223e0a160af9da0a03e6dd2c4719c56f5d66a633cbe84e78aaa9f3735865522a";
        assert_eq!(key().bearer(), format!("signkey-test-{hash}"));
        assert_eq!(
            SigningKey::new("0123456789abcdef0123456789abcdef").bearer(),
            hash
        );
        assert_eq!(
            SigningKey::new("signkey-prod-12345678").bearer(),
            "signkey-prod-b2ed992186a5cb19f6668aade821f502c1d00970dfd0e35128d51bac4649916c"
        );
    }

    #[test]
    fn what_is_signed_verifies_also_by_the_fallback_key() {
        assert_eq!(check(&key().sign(BODY, NOW), BODY), Ok(()));
    }

    #[test]
    fn the_mac_key_is_the_text_after_the_prefix_not_its_bytes() {
        // Computed with OpenSSL: `openssl dgst -sha256 -hmac <key>` over `hello1700000000`
        assert_eq!(
            key().sign(b"hello", NOW),
            "t=1700000000&s=52ea1318b128c38daa5139dfbf4942d2d50f429d520ff680ab584e2e00305633"
        );
    }

    #[test]
    fn a_body_that_was_written_again_verifies_by_its_canonical_form() {
        let canonical = "{\"a\":[true,\"é\"],\"b\":1}";
        let signature = key().sign(canonical.as_bytes(), NOW);
        assert_eq!(check(&signature, BODY), Ok(()));
        assert_eq!(key().sign_request(BODY, NOW), signature);
        assert_eq!(
            key().sign_request(b"{not json", NOW),
            key().sign(b"{not json", NOW)
        );
    }

    #[test]
    fn the_bearer_of_a_key_that_is_not_hex_is_the_typescript_sdks() {
        // By its `hashSigningKey`.
        for (key, bearer) in [
            (
                "signkey-test-abc",
                "signkey-test-1870348e36542f82a2bb6b134f9bda817cbc1f946dda37a0cce5b5221b9f0304",
            ),
            (
                "local key!",
                "aff0bc7902886c4d9ed136d3a675b124b5e402da51104e58446b51251732d893",
            ),
        ] {
            assert_eq!(SigningKey::new(key).bearer(), bearer, "{key}");
        }
    }

    #[test]
    fn changed_bodies_and_times_are_refused() {
        let header = key().sign(BODY, NOW);
        assert_eq!(check(&header, b"{}"), Err(SignatureError::Mismatch));
        let other_time = header.replace("1700000000", "1700000001");
        assert_eq!(check(&other_time, BODY), Err(SignatureError::Mismatch));
        assert_eq!(check(&header, b"{not json"), Err(SignatureError::Mismatch));
    }

    #[test]
    fn the_window_is_five_minutes_both_ways() {
        for (time, expected) in [
            (NOW - 300, Ok(())),
            (NOW + 300, Ok(())),
            (NOW - 301, Err(SignatureError::OutsideWindow)),
            (NOW + 301, Err(SignatureError::OutsideWindow)),
        ] {
            assert_eq!(check(&key().sign(BODY, time), BODY), expected, "{time}");
        }
    }

    #[test]
    fn malformed_headers_are_refused() {
        let good = key().sign(BODY, NOW);
        let upper = format!(
            "t={NOW}&s={}",
            good.split("s=").nth(1).unwrap().to_uppercase()
        );
        let doubled = format!("{good}, {good}");
        let huge = good.replace("1700000000", "99999999999999999999999");
        for header in [
            "",
            "t=1",
            "s=00",
            "t=-1&s=00",
            "t=x&s=y",
            &upper,
            &doubled,
            &huge,
        ] {
            assert_eq!(
                check(header, BODY),
                Err(SignatureError::Malformed),
                "{header}"
            );
        }
    }

    #[test]
    fn no_key_and_no_header_are_told_apart() {
        assert_eq!(
            verify(&[], Some("t=1&s=0"), b"", NOW),
            Err(SignatureError::NoKey)
        );
        assert_eq!(
            verify(&[key()], None, b"", NOW),
            Err(SignatureError::Missing)
        );
    }

    #[test]
    fn keys_do_not_show() {
        assert_eq!(format!("{:?}", key()), "SigningKey(…)");
    }
}
