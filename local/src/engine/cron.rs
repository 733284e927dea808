//! Cron lines, in UTC.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use croner::Cron;

use super::clock::Millis;

/// A parsed cron line of five fields.
#[derive(Debug)]
pub(super) struct Schedule {
    /// As it was written.
    pub(super) line: String,
    cron: Cron,
}

impl Schedule {
    /// Parses a line.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(super) fn parse(line: &str) -> Result<Self, String> {
        if line.contains("TZ=") {
            return Err(format!(
                "the time zone of cron `{line}` is not supported; write it in UTC"
            ));
        }
        let cron = Cron::from_str(line).map_err(|error| format!("cron `{line}`: {error}"))?;
        Ok(Self {
            line: line.to_owned(),
            cron,
        })
    }

    /// The first moment after `now`; `None` if there is none.
    pub(super) fn next(&self, now: Millis) -> Option<Millis> {
        let now: DateTime<Utc> = DateTime::from_timestamp_millis(now)?;
        let next = self.cron.find_next_occurrence(&now, false).ok()?;
        Some(next.timestamp_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_minute_is_strictly_later() {
        let every = Schedule::parse("* * * * *").unwrap();
        assert_eq!(every.next(0), Some(60_000));
        assert_eq!(every.next(59_999), Some(60_000));
        assert_eq!(every.next(60_000), Some(120_000));
    }

    #[test]
    fn nonsense_and_time_zones_are_refused() {
        for line in [
            "",
            "hourly please",
            "61 * * * *",
            "TZ=Europe/Paris 0 5 * * *",
        ] {
            assert!(Schedule::parse(line).is_err(), "{line}");
        }
    }
}
