//! Headers of a request that mean something to a route.

use crate::problem::{Code, Problem};

/// Characters of an idempotency key at most; as others in the field allow.
const MAX_IDEMPOTENCY_KEY_CHARS: usize = 255;

/// Reads `Idempotency-Key`: 1 to 255 visible ASCII characters.
///
/// # Errors
/// [`Code::InvalidHeader`] for anything else; a key that is silently changed or dropped would make
/// a repeat create a second request.
pub fn idempotency_key(header: Option<&str>) -> Result<Option<&str>, Problem> {
    let Some(key) = header.map(str::trim) else {
        return Ok(None);
    };
    let good = (1..=MAX_IDEMPOTENCY_KEY_CHARS).contains(&key.len())
        && key.bytes().all(|b| (b'!'..=b'~').contains(&b));
    if good {
        Ok(Some(key))
    } else {
        let detail = "Idempotency-Key takes 1 to 255 visible ASCII characters";
        Err(Problem::new(Code::InvalidHeader).detail(detail))
    }
}
