//! The bearer that SDKs and tools present, when a signing key is set.

use itemsmith_steps::signature::SigningKey;
use sha2::{Digest, Sha256};

/// Whether an `authorization` header presents the key, hashed as SDKs send it.
pub(super) fn authorized(key: &SigningKey, authorization: Option<&str>) -> bool {
    let token = authorization.and_then(|value| value.strip_prefix("Bearer "));
    token.is_some_and(|token| equal(token.trim(), &key.bearer()))
}

/// Compares digests of both sides, so that the time taken tells nothing.
fn equal(a: &str, b: &str) -> bool {
    let (a, b) = (Sha256::digest(a), Sha256::digest(b));
    a.iter()
        .zip(b.iter())
        .fold(0, |seen, (x, y)| seen | (x ^ y))
        == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASHED: &str = "223e0a160af9da0a03e6dd2c4719c56f5d66a633cbe84e78aaa9f3735865522a";

    #[test]
    fn only_the_hashed_key_with_its_prefix_is_let_in() {
        let key = SigningKey::new("signkey-prod-0123456789abcdef0123456789abcdef");
        assert!(authorized(
            &key,
            Some(&format!("Bearer signkey-prod-{HASHED}"))
        ));
        assert!(!authorized(
            &key,
            Some(&format!("Bearer signkey-test-{HASHED}"))
        ));
        assert!(!authorized(&key, Some(HASHED)));
        assert!(!authorized(&key, Some("Bearer ")));
        assert!(!authorized(&key, None));
    }
}
