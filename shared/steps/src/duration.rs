//! Durations as the server reads them.

use std::time::Duration;

/// A time string: whole seconds where they say it exactly, milliseconds (rounded up) otherwise.
pub(crate) fn time_string(duration: Duration) -> String {
    if duration.subsec_nanos() == 0 {
        return format!("{}s", duration.as_secs());
    }
    format!("{}ms", duration.as_nanos().div_ceil(1_000_000))
}

const MILLIS_IN_DAY: i64 = 24 * 60 * 60 * 1000;

/// A moment (milliseconds since the Unix epoch) as RFC 3339 in UTC, to the millisecond.
pub(crate) fn moment_string(unix_ms: i64) -> String {
    let (year, month, day) = date(unix_ms.div_euclid(MILLIS_IN_DAY));
    let ms = unix_ms.rem_euclid(MILLIS_IN_DAY);
    let (hour, minute) = (ms / 3_600_000, ms / 60_000 % 60);
    let (second, milli) = (ms / 1000 % 60, ms % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// The date of a day counted from 1970-01-01, in the Gregorian calendar. Years are counted from
/// March, so that a leap day is a year's last.
fn date(day: i64) -> (i64, i64, i64) {
    const DAYS_IN_ERA: i64 = 146_097;
    // 0000-03-01.
    let day = day + 719_468;
    let (era, of_era) = (day.div_euclid(DAYS_IN_ERA), day.rem_euclid(DAYS_IN_ERA));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / (DAYS_IN_ERA - 1)) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    (era * 400 + year + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_rounded_down() {
        assert_eq!(time_string(Duration::ZERO), "0s");
        assert_eq!(time_string(Duration::from_secs(90)), "90s");
        assert_eq!(time_string(Duration::from_millis(1500)), "1500ms");
        assert_eq!(time_string(Duration::from_nanos(1)), "1ms");
    }

    #[test]
    fn moments_are_written_as_javascript_does() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_735_689_599_123, "2024-12-31T23:59:59.123Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(moment_string(ms), text);
        }
    }
}
