//! The generic cell rate algorithm: so many in a period, evenly, with some at once.

use super::super::clock::Millis;

/// Microseconds since the Unix epoch, or a length in them: fine enough that a thousand in a second
/// are a thousand in a second.
pub(in super::super) type Micros = i64;

/// A rate, as the algorithm needs it. Its whole state is one moment, the theoretical arrival of
/// the next: the longer that lies ahead, the less room there is.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Pace {
    /// Between two at the steady rate.
    emission: Micros,
    /// How far arrivals may run ahead of the steady rate.
    tolerance: Micros,
}

impl Pace {
    /// `limit` in every `period`, of them `at_once` in one moment after a long silence.
    pub(super) fn new(limit: u32, period: Millis, at_once: u32) -> Self {
        let limit = Micros::from(limit.max(1));
        // Rounded up: never more than the limit.
        let emission = (period.saturating_mul(1000).saturating_add(limit - 1) / limit).max(1);
        Self {
            emission,
            tolerance: emission.saturating_mul(Micros::from(at_once.max(1))),
        }
    }

    /// The first moment, not before `now`, at which another one may pass.
    pub(in super::super) fn opens_at(self, arrival: Micros, now: Millis) -> Millis {
        let at = self.after(arrival, now) - self.tolerance;
        now.max(at.div_euclid(1000) + i64::from(at.rem_euclid(1000) > 0))
    }

    /// The next theoretical arrival once one passes at `now`.
    pub(in super::super) fn after(self, arrival: Micros, now: Millis) -> Micros {
        arrival
            .max(now.saturating_mul(1000))
            .saturating_add(self.emission)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_700_000_000_000;

    /// How many pass at this moment.
    fn passing(pace: Pace, arrival: &mut Micros, now: Millis) -> usize {
        let mut count = 0;
        while pace.opens_at(*arrival, now) <= now {
            *arrival = pace.after(*arrival, now);
            count += 1;
        }
        count
    }

    #[test]
    fn the_last_allowed_passes_and_the_first_beyond_waits_for_its_share_of_the_period() {
        let pace = Pace::new(3, 30_000, 3);
        let mut arrival = 0;
        assert_eq!(passing(pace, &mut arrival, NOW), 3);
        assert_eq!(pace.opens_at(arrival, NOW), NOW + 10_000);
        assert_eq!(passing(pace, &mut arrival, NOW + 9_999), 0);
        assert_eq!(passing(pace, &mut arrival, NOW + 10_000), 1);
        assert_eq!(passing(pace, &mut arrival, NOW + 10_000), 0);
    }

    #[test]
    fn after_a_whole_period_of_silence_all_of_it_is_there_again_and_no_more() {
        let pace = Pace::new(3, 30_000, 3);
        let mut arrival = 0;
        passing(pace, &mut arrival, NOW);
        assert_eq!(passing(pace, &mut arrival, NOW + 30_000), 3);
        assert_eq!(passing(pace, &mut arrival, NOW + 3_000_000), 3);
    }

    #[test]
    fn one_at_once_is_spread_evenly() {
        let pace = Pace::new(4, 1000, 1);
        let mut arrival = 0;
        let all: usize = (0..1000)
            .map(|millis| passing(pace, &mut arrival, NOW + millis))
            .sum();
        assert_eq!(all, 4);
    }

    #[test]
    fn a_period_that_the_limit_does_not_divide_never_lets_more_through() {
        let pace = Pace::new(7, 1000, 7);
        let mut arrival = 0;
        let all: usize = (0..=10_000)
            .map(|millis| passing(pace, &mut arrival, NOW + millis))
            .sum();
        assert!((76..=77).contains(&all), "{all}");
    }
}
