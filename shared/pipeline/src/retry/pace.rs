//! How often and how fast a failing step is tried again.

use std::time::Duration;

/// The pace of retries: each wait is twice the one before, up to the longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Tries after the first.
    pub retries: u8,
    /// The first wait.
    pub first: Duration,
    /// No wait is longer.
    pub longest: Duration,
}

impl Pace {
    /// Rides out about three minutes: a database's cold start, a container's restart, a rolling
    /// deployment, a minute's rate limit.
    pub const PRODUCTION: Self = Self {
        retries: 8,
        first: Duration::from_secs(1),
        longest: Duration::from_secs(60),
    };

    /// Rides out about nine seconds: a supervisor's respawn of a killed process. A person
    /// waits for this one.
    pub const DEVELOPMENT: Self = Self {
        retries: 6,
        first: Duration::from_millis(250),
        longest: Duration::from_secs(3),
    };

    /// The wait before try `attempt + 1`, where the first try is attempt 0.
    #[must_use]
    pub fn wait(&self, attempt: u32) -> Duration {
        self.doubled(attempt).min(self.longest)
    }

    /// The same for what must not be given up: it goes on doubling, up to an hour. With the most
    /// retries that the event bus allows, that rides out seven hours and more.
    #[must_use]
    pub fn patience(&self, attempt: u32) -> Duration {
        self.doubled(attempt).min(Duration::from_secs(3600))
    }

    fn doubled(&self, attempt: u32) -> Duration {
        self.first.saturating_mul(1_u32 << attempt.min(20))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Pace;

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits: Vec<u64> = (0..8).map(|n| Pace::PRODUCTION.wait(n).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(Pace::PRODUCTION.wait(u32::MAX), Duration::from_secs(60));
    }

    #[test]
    fn waits_ride_out_what_they_say() {
        let sum = |pace: Pace| -> u64 {
            let waits = (0..u32::from(pace.retries)).map(|n| pace.wait(n));
            waits.sum::<Duration>().as_secs()
        };
        assert_eq!((sum(Pace::PRODUCTION), sum(Pace::DEVELOPMENT)), (183, 9));
        for pace in [Pace::PRODUCTION, Pace::DEVELOPMENT] {
            let patient: Duration = (0..20).map(|n| pace.patience(n)).sum();
            assert!(patient > Duration::from_secs(7 * 3600), "{patient:?}");
        }
    }
}
