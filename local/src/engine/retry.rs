//! When a failed attempt is tried again.

use std::time::Duration;

use super::clock::{self, Millis};

/// Inngest's progression (15 s, 30 s, 1 min, 2 min, 5 min …) as multiples of its first wait.
const PROGRESSION: [u32; 10] = [1, 2, 4, 8, 20, 40, 80, 160, 240, 480];
/// Jitter is at most this share of the wait, so that runs that failed together spread out.
const JITTER: f64 = 0.1;
/// The longest wait that a `retry-after` can ask for; Inngest's own back-off ends at two hours.
const LONGEST_RETRY_AFTER: Millis = 24 * 3600 * 1000;
/// Retries per step when the function says nothing, as on Inngest.
pub(super) const DEFAULT_RETRIES: u32 = 4;
/// The most retries that Inngest takes.
pub(super) const MOST_RETRIES: u32 = 20;

/// The wait in milliseconds before attempt `attempt + 1`; `attempt` is 0-based.
pub(super) fn back_off(base: Duration, attempt: u32) -> Millis {
    let index = usize::try_from(attempt)
        .unwrap_or(usize::MAX)
        .min(PROGRESSION.len() - 1);
    let wait = clock::millis(base.saturating_mul(PROGRESSION[index]));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "jitter needs no exact milliseconds"
    )]
    let jitter = (wait as f64 * JITTER * clock::random_fraction()) as Millis;
    wait.saturating_add(jitter)
}

/// The wait before an app that cannot be reached is tried again without using up an attempt:
/// 200 ms, doubling to 2 s.
pub(super) fn unreachable_back_off(tries: u32) -> Millis {
    (200_i64 << tries.min(4)).min(2000)
}

/// A `retry-after` header as a moment: seconds, an HTTP date or an RFC 3339 date. What cannot be
/// read is no header at all, so that nonsense does not change the schedule.
pub(super) fn retry_after(value: &str, now: Millis) -> Option<Millis> {
    let value = value.trim();
    let at = if let Ok(seconds) = value.parse::<f64>() {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "saturates, and is clamped below"
        )]
        let wait = (seconds.max(0.0) * 1000.0) as Millis;
        now.saturating_add(wait)
    } else {
        chrono::DateTime::parse_from_rfc3339(value)
            .or_else(|_| chrono::DateTime::parse_from_rfc2822(value))
            .ok()?
            .timestamp_millis()
    };
    Some(at.clamp(now, now.saturating_add(LONGEST_RETRY_AFTER)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_follows_the_progression_with_little_jitter() {
        for (attempt, factor) in [(0, 1), (1, 2), (2, 4), (4, 20), (40, 480)] {
            let wait = back_off(Duration::from_secs(15), attempt);
            let plain = 15_000 * factor;
            assert!(
                (plain..=plain + plain / 10).contains(&wait),
                "{attempt}: {wait}"
            );
        }
    }

    #[test]
    fn retry_after_takes_seconds_and_both_kinds_of_date() {
        let now = 784_111_770_000; // 1994-11-06T08:49:30Z
        assert_eq!(retry_after("7", now), Some(now + 7000));
        assert_eq!(
            retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now),
            Some(now + 7000)
        );
        assert_eq!(retry_after("1994-11-06T08:49:37Z", now), Some(now + 7000));
        assert_eq!(retry_after("whenever", now), None);
    }

    #[test]
    fn retry_after_is_clamped_to_a_day_and_never_in_the_past() {
        let now = 1_000_000_000_000;
        assert_eq!(retry_after("1970-01-01T00:00:00Z", now), Some(now));
        assert_eq!(
            retry_after("99999999999", now),
            Some(now + LONGEST_RETRY_AFTER)
        );
    }

    #[test]
    fn an_unreachable_app_is_tried_every_fifth_of_a_second_to_every_two() {
        assert_eq!(unreachable_back_off(0), 200);
        assert_eq!(unreachable_back_off(2), 800);
        assert_eq!(unreachable_back_off(9), 2000);
    }
}
