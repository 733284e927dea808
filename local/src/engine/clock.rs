//! Time as the engine keeps it: milliseconds since the Unix epoch.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ulid::Ulid;

/// Milliseconds since the Unix epoch.
pub(super) type Millis = i64;

/// Now.
pub(super) fn now() -> Millis {
    millis(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default(),
    )
}

/// A duration in milliseconds, saturating.
pub(super) fn millis(duration: Duration) -> Millis {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// RFC 3339 in UTC, as the REST routes show times.
pub(super) fn rfc3339(at: Millis) -> String {
    chrono::DateTime::from_timestamp_millis(at)
        .unwrap_or_default()
        .to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// A new id for an event or a run: sortable by time, as Inngest's are.
pub(super) fn new_id(at: Millis) -> Ulid {
    Ulid::from_parts(u64::try_from(at).unwrap_or_default(), random_u128())
}

/// A number in `0.0..1.0`, for jitter.
pub(super) fn random_fraction() -> f64 {
    // 32 bits are plenty for jitter and exact in an f64.
    let bits = u32::try_from(random_u128() & u128::from(u32::MAX)).unwrap_or_default();
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}

fn random_u128() -> u128 {
    let mut bytes = [0; 16];
    // Without system randomness ids could repeat; the address-space layout is no substitute.
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    u128::from_le_bytes(bytes)
}
