//! Inngest's time strings (`1h30m`, `2d`, `1.5s`) and the moments they or a date point at.

use super::clock::Millis;

/// The longest sleep or wait that Inngest takes: 366 days.
const LONGEST: f64 = 366.0 * 24.0 * 3600.0 * 1000.0;

/// The moment a time string (counted from `now`) or an RFC 3339 date points at.
///
/// # Errors
/// Says what was not understood.
pub(super) fn moment(text: &str, now: Millis) -> Result<Millis, String> {
    if let Ok(date) = chrono::DateTime::parse_from_rfc3339(text) {
        return Ok(date.timestamp_millis());
    }
    Ok(now.saturating_add(time_string(text)?))
}

/// A time string in milliseconds.
///
/// # Errors
/// Says what was not understood.
pub(super) fn time_string(text: &str) -> Result<Millis, String> {
    let bad = || format!("`{text}` is neither a time string like `1h30m` nor an RFC 3339 date");
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(bad());
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !(c.is_ascii_digit() || c == '.'))
            .ok_or_else(bad)?;
        let amount: f64 = rest[..digits].parse().map_err(|_| bad())?;
        rest = &rest[digits..];
        let end = rest
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(rest.len());
        total += amount * unit(&rest[..end]).ok_or_else(bad)?;
        rest = &rest[end..];
    }
    if total > LONGEST {
        return Err(format!("`{text}` is longer than 366 days"));
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "bounded by LONGEST just above"
    )]
    Ok(total.ceil() as Millis)
}

/// Milliseconds in a unit.
fn unit(name: &str) -> Option<f64> {
    Some(match name {
        "ns" => 1e-6,
        "us" | "µs" | "μs" => 1e-3,
        "ms" => 1.0,
        "s" => 1e3,
        "m" => 60e3,
        "h" => 3600e3,
        "d" => 24.0 * 3600e3,
        "w" => 7.0 * 24.0 * 3600e3,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_strings_add_their_parts() {
        assert_eq!(time_string("300ms"), Ok(300));
        assert_eq!(time_string("2h45m"), Ok(9_900_000));
        assert_eq!(time_string("1.5s"), Ok(1500));
        assert_eq!(time_string("1d"), Ok(86_400_000));
        assert_eq!(time_string("1w"), Ok(604_800_000));
    }

    #[test]
    fn nonsense_and_eternities_are_refused() {
        for text in ["", "soon", "5", "5x", "1h30", "-1s", "500d", "1..2s"] {
            assert!(time_string(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_date_is_a_moment_of_its_own() {
        assert_eq!(moment("1970-01-01T00:00:01.500Z", 77), Ok(1500));
        assert_eq!(moment("2s", 77), Ok(2077));
    }
}
