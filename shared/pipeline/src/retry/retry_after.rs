//! `Retry-After`, in seconds or as an HTTP date (RFC 9110, 10.2.3).

use std::time::Duration;

/// Longest wait that is taken from a neighbour's word. Longer ones are cut: five minutes later
/// the question is worth asking again whatever was said.
const LONGEST: Duration = Duration::from_secs(300);

/// How long to wait, or `None` when the value makes no sense. `now` is in Unix seconds.
#[must_use]
pub fn retry_after(value: &str, now: u64) -> Option<Duration> {
    let value = value.trim();
    let wait = if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else if let Some(seconds) = decimal(value) {
        seconds
    } else {
        Duration::from_secs(http_date(value)?.saturating_sub(now))
    };
    Some(wait.min(LONGEST))
}

/// Some providers write fractions of a second, which the RFC does not know.
fn decimal(value: &str) -> Option<Duration> {
    let (whole, fraction) = value.split_once('.')?;
    let digits = |t: &str| !t.is_empty() && t.len() < 10 && t.bytes().all(|b| b.is_ascii_digit());
    if digits(whole) && digits(fraction) {
        Duration::try_from_secs_f64(value.parse().ok()?).ok()
    } else {
        None
    }
}

/// Unix seconds of `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that is still sent.
fn http_date(value: &str) -> Option<u64> {
    let mut parts = value.split_ascii_whitespace();
    let weekday = parts.next()?;
    let day: u64 = parts.next()?.parse().ok()?;
    let month = parts.next()?;
    let year: u64 = parts.next()?.parse().ok()?;
    let mut clock = parts.next()?.split(':');
    let mut unit = |limit: u64| clock.next()?.parse::<u64>().ok().filter(|n| *n < limit);
    let (hour, minute, second) = (unit(24)?, unit(60)?, unit(61)?);
    let shaped = weekday.ends_with(',') && clock.next().is_none();
    if !shaped || parts.next() != Some("GMT") || parts.next().is_some() {
        return None;
    }
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let month = MONTHS.iter().position(|m| *m == month)? as u64 + 1;
    if !(1..=31).contains(&day) || !(1970..=9999).contains(&year) {
        return None;
    }
    // Days since 1970-01-01, counting years from March so that a leap day comes last.
    let (y, m) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1;
    let days = days.checked_sub(719_468)?;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::{http_date, retry_after};
    use std::time::Duration;

    #[test]
    fn knows_seconds_fractions_and_dates() {
        let now = 784_111_777;
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(now));
        assert_eq!(
            http_date("Thu, 29 Feb 2024 00:00:00 GMT"),
            Some(1_709_164_800)
        );
        let cases = [
            ("0", Some(0.0)),
            ("7", Some(7.0)),
            (" 7 ", Some(7.0)),
            ("1.5", Some(1.5)),
            ("99999999999999999999999", Some(300.0)),
            ("Sun, 06 Nov 1994 08:49:40 GMT", Some(3.0)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0.0)),
        ];
        for (value, seconds) in cases {
            assert_eq!(
                retry_after(value, now),
                seconds.map(Duration::from_secs_f64),
                "{value}"
            );
        }
    }

    #[test]
    fn nonsense_is_nothing() {
        let nonsense = [
            "",
            "soon",
            "-1",
            "1e3",
            "1.",
            "NaN",
            "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 25:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Nov 1994 08:49:37:11 GMT",
        ];
        for value in nonsense {
            assert_eq!(retry_after(value, 0), None, "{value:?}");
        }
    }
}
