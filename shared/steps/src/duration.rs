//! Durations as the server reads them.

use std::time::Duration;

/// A time string: whole seconds where they say it exactly, milliseconds (rounded up) otherwise.
pub(crate) fn time_string(duration: Duration) -> String {
    if duration.subsec_nanos() == 0 {
        return format!("{}s", duration.as_secs());
    }
    format!("{}ms", duration.as_nanos().div_ceil(1_000_000))
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
}
