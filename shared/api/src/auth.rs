//! API keys: `ism_{label}_{40 letters and digits}`, sent as a bearer token, stored as a hash.

use itemsmith_domain::Digest;

use crate::{
    config::Environment,
    problem::{Code, Problem},
};

/// The key that works in development alone; everybody knows it.
pub const DEVELOPMENT_KEY: &str = "ism_development_0000000000000000000000000000000000000000";

/// Characters of a key's random part: 40 of 62 symbols are 238 bits, far beyond guessing.
const RANDOM_CHARS: usize = 40;
/// Characters of a key's label at most; it only tells people which key it is.
const LABEL_CHARS: usize = 32;

/// Finds the key of a request and answers its hash, by which the database knows it.
///
/// # Errors
/// [`Code::Unauthorized`] when there is no bearer token, when it has not the form of a key, or when
/// it is the development key in production.
pub fn authenticate(header: Option<&str>, environment: Environment) -> Result<Digest, Problem> {
    let refuse = |detail: &str| Err(Problem::new(Code::Unauthorized).detail(detail));
    let Some(header) = header else {
        return refuse("the Authorization header is missing");
    };
    let Some(key) = bearer(header) else {
        return refuse("the Authorization header is not `Bearer <key>`");
    };
    if !is_key(key) {
        return refuse("this is not one of this service's keys");
    }
    if is_development_key(key) && environment == Environment::Production {
        return refuse("the development key does not work in production");
    }
    Ok(hash(key))
}

/// The token of a bearer header; the scheme's case does not matter.
#[must_use]
pub fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    let token = token.trim();
    let good = scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && !token.contains(' ');
    good.then_some(token)
}

/// Whether a text has the form of a key.
#[must_use]
pub fn is_key(text: &str) -> bool {
    let Some((label, random)) = text
        .strip_prefix("ism_")
        .and_then(|rest| rest.rsplit_once('_'))
    else {
        return false;
    };
    let label_char = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    (1..=LABEL_CHARS).contains(&label.len())
        && label.bytes().all(label_char)
        && random.len() == RANDOM_CHARS
        && random.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Whether it is [`DEVELOPMENT_KEY`].
#[must_use]
pub fn is_development_key(key: &str) -> bool {
    key == DEVELOPMENT_KEY
}

/// What is stored of a key. The key is random, so a plain hash cannot be reversed by guessing, and
/// looking the hash up leaks nothing of the key through time.
#[must_use]
pub fn hash(key: &str) -> Digest {
    Digest::of(key.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::{DEVELOPMENT_KEY, authenticate, hash, is_key};
    use crate::config::Environment::{Development, Production};

    #[test]
    fn the_development_key_works_in_development_alone() {
        let header = format!("Bearer {DEVELOPMENT_KEY}");
        assert_eq!(
            authenticate(Some(&header), Development),
            Ok(hash(DEVELOPMENT_KEY))
        );
        assert!(authenticate(Some(&header), Production).is_err());
    }

    #[test]
    fn only_a_bearer_token_in_the_form_of_a_key_passes() {
        let key = format!("ism_live_{}", "aZ9".repeat(13) + "x");
        assert!(is_key(&key));
        for header in [format!("Bearer {key}"), format!("bearer  {key} ")] {
            assert_eq!(authenticate(Some(&header), Production), Ok(hash(&key)));
        }
        let bad = [
            String::new(),
            "Bearer".to_owned(),
            "Bearer ".to_owned(),
            format!("Basic {key}"),
            format!("Bearer {key}0"),
            format!("Bearer {key} x"),
            format!("Bearer {}", key.replace("live", "LIVE")),
            "Bearer ism__0000000000000000000000000000000000000000".to_owned(),
        ];
        for header in bad {
            let problem = authenticate(Some(&header), Production).expect_err(&header);
            assert_eq!(problem.status(), 401);
            assert!(!problem.body().contains("aZ9"), "the key leaked");
        }
        assert!(authenticate(None, Development).is_err());
    }
}
