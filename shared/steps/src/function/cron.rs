//! Whether a cron line can be read.

/// What may stand in a field.
struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    /// Names that stand for `least` and up.
    names: &'static [&'static str],
}

const fn field(name: &'static str, least: u32, most: u32, names: &'static [&'static str]) -> Field {
    Field {
        name,
        least,
        most,
        names,
    }
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Seconds come first where they are given: local engines may take them, Inngest's does not.
const FIELDS: [Field; 6] = [
    field("second", 0, 59, &[]),
    field("minute", 0, 59, &[]),
    field("hour", 0, 23, &[]),
    field("day of the month", 1, 31, &[]),
    field("month", 1, 12, &MONTHS),
    field("day of the week", 0, 6, &DAYS),
];

/// Checks a cron line.
///
/// # Errors
/// Says which field cannot be read.
pub(super) fn check(line: &str) -> Result<(), String> {
    let line = line.trim();
    let is_zone = line.starts_with("TZ=") || line.starts_with("CRON_TZ=");
    let line = match line.split_once(' ') {
        Some((_, rest)) if is_zone => rest,
        _ => line,
    };
    let parts: Vec<&str> = line.split_whitespace().collect();
    let fields = match parts.len() {
        5 => &FIELDS[1..],
        6 => &FIELDS[..],
        count => return Err(format!("it has {count} fields, not five")),
    };
    for (part, field) in parts.iter().zip(fields) {
        if !part.split(',').all(|item| field.takes(item)) {
            return Err(format!("`{part}` is no {}", field.name));
        }
    }
    Ok(())
}

impl Field {
    /// `*`, `a` or `a-b`, each with an optional `/step`.
    fn takes(&self, item: &str) -> bool {
        let (range, step) = item.split_once('/').unwrap_or((item, "1"));
        if !step.parse().is_ok_and(|step: u32| step > 0) {
            return false;
        }
        if matches!(range, "*" | "?") {
            return true;
        }
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        let bounds = self.value(from).zip(self.value(to));
        bounds.is_some_and(|(from, to)| from <= to)
    }

    fn value(&self, text: &str) -> Option<u32> {
        let named = self
            .names
            .iter()
            .position(|name| text.eq_ignore_ascii_case(name));
        let value = match named {
            Some(place) => self.least + u32::try_from(place).ok()?,
            None if text.starts_with('+') => return None,
            None => text.parse().ok()?,
        };
        (self.least..=self.most).contains(&value).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_servers_take_are_taken() {
        for line in [
            "* * * * *",
            "0 12 * * 5",
            "*/15 0-6,22 1 jan-MAR sun",
            "TZ=Europe/Paris 0 12 * * 1-5",
            "0 0 29 2 ?",
            "* * * * * *",
            " 5/10 * * * * ",
        ] {
            assert_eq!(check(line), Ok(()), "{line}");
        }
    }

    #[test]
    fn lines_that_they_do_not_take_are_told_by_field() {
        for (line, words) in [
            ("", "0 fields"),
            ("* * * *", "4 fields"),
            ("@daily", "1 fields"),
            ("60 * * * *", "minute"),
            ("* 24 * * *", "hour"),
            ("* * 0 * *", "day of the month"),
            ("* * * 13 *", "month"),
            ("* * * * 7", "day of the week"),
            ("5-1 * * * *", "minute"),
            ("*/0 * * * *", "minute"),
            ("+1 * * * *", "minute"),
            ("1,,2 * * * *", "minute"),
            ("* * * jam *", "month"),
        ] {
            let error = check(line).unwrap_err();
            assert!(error.contains(words), "{line}: {error}");
        }
    }
}
