//! The bearer key, compared without telling how much of it was right.

use std::hint::black_box;

use http::HeaderMap;
use itemsmith_api::{Secret, auth::bearer};
use sha2::{Digest as _, Sha256};

/// Whether a request may pass: always without a configured key, else with exactly that key.
pub fn allows(key: Option<&Secret>, headers: &HeaderMap) -> bool {
    let Some(key) = key else { return true };
    let mut values = headers.get_all(http::header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let Some(token) = value.to_str().ok().and_then(bearer) else {
        return false;
    };
    same(key.expose().as_bytes(), token.as_bytes())
}

/// Compares the hashes of both, every byte of them: the time tells nothing of the key.
fn same(left: &[u8], right: &[u8]) -> bool {
    let (left, right) = (Sha256::digest(left), Sha256::digest(right));
    let difference = left
        .iter()
        .zip(right.iter())
        .fold(0, |sum, (l, r)| sum | (l ^ r));
    black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
    use itemsmith_api::Secret;

    use super::allows;

    #[test]
    fn exactly_the_key_passes() {
        let key = Secret::new("a-key-of-ours");
        let with = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.append(AUTHORIZATION, HeaderValue::from_static(value));
            headers
        };
        for right in ["Bearer a-key-of-ours", "bearer a-key-of-ours"] {
            assert!(allows(Some(&key), &with(right)), "{right}");
        }
        for wrong in [
            "a-key-of-ours",
            "Bearer",
            "Bearer a-key-of-our",
            "Basic a-key-of-ours",
        ] {
            assert!(!allows(Some(&key), &with(wrong)), "{wrong}");
        }
        let mut twice = with("Bearer a-key-of-ours");
        twice.append(AUTHORIZATION, HeaderValue::from_static("Bearer other"));
        assert!(!allows(Some(&key), &twice));
        assert!(!allows(Some(&key), &HeaderMap::new()));
        assert!(allows(None, &HeaderMap::new()));
    }
}
