//! The bearer that SDKs and tools present, when a signing key is set.

use itemsmith_steps::signature::SigningKey;
use sha2::{Digest, Sha256};

/// Whether an `authorization` header presents the key: hashed, as SDKs send it, or as it is, as
/// people do. Like Inngest's server this looks past `signkey-<env>-`: Inngest's own tools write
/// `test` there whatever the key says.
pub(super) fn authorized(key: &SigningKey, authorization: Option<&str>) -> bool {
    let Some(token) = authorization.and_then(|value| value.strip_prefix("Bearer ")) else {
        return false;
    };
    let token = SigningKey::new(token.trim());
    // Both, always: which of them fits is not to be told by the time that it takes.
    let hashed = equal(token.bare(), &key.hash());
    let plain = equal(token.bare(), key.bare());
    !token.bare().is_empty() & (hashed | plain)
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

    const PLAIN: &str = "0123456789abcdef0123456789abcdef";
    const HASHED: &str = "223e0a160af9da0a03e6dd2c4719c56f5d66a633cbe84e78aaa9f3735865522a";

    #[test]
    fn the_key_is_let_in_hashed_or_not_under_any_prefix() {
        for prefix in ["", "signkey-prod-"] {
            let key = SigningKey::new(format!("{prefix}{PLAIN}"));
            for shown in ["", "signkey-prod-", "signkey-test-"] {
                for form in [PLAIN, HASHED] {
                    let header = format!("Bearer {shown}{form}");
                    assert!(authorized(&key, Some(&header)), "{header}");
                }
            }
        }
    }

    #[test]
    fn nothing_else_is_let_in() {
        let key = SigningKey::new(format!("signkey-prod-{PLAIN}"));
        for header in [
            HASHED,
            "Bearer ",
            "Bearer signkey-prod-",
            "Bearer signkey-prod-223e",
            "Bearer key-223e0a160af9da0a03e6dd2c4719c56f5d66a633cbe84e78aaa9f3735865522a",
            "",
        ] {
            assert!(!authorized(&key, Some(header)), "{header}");
        }
        assert!(!authorized(&key, None));
        let empty = SigningKey::new("signkey-prod-");
        assert!(!authorized(&empty, Some("Bearer ")));
    }
}
