//! Counters in Prometheus' text format.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering},
};

use itemsmith_domain::{IterationStatus, check::Verdict};

use crate::engine::EngineStatus;

/// Upper bounds of the latency histogram in milliseconds: a cached verdict to a resource limit.
const BOUNDS: [f64; 10] = [
    0.5, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 500.0, 2000.0, 20_000.0,
];

/// What the service has done since it started.
#[derive(Debug, Default)]
pub struct Metrics {
    verdicts: [AtomicU64; 3],
    cached: AtomicU64,
    buckets: [AtomicU64; BOUNDS.len()],
    microseconds: AtomicU64,
    problems: [AtomicU64; super::problem::KINDS.len()],
}

const STATUSES: [(&str, IterationStatus); 3] = [
    ("success", IterationStatus::Success),
    ("typecheck_failed", IterationStatus::TypecheckFailed),
    ("validation_failed", IterationStatus::ValidationFailed),
];

impl Metrics {
    /// Counts a verdict.
    pub fn verdict(&self, verdict: &Verdict, cached: bool) {
        let same = |(_, status): &(&str, IterationStatus)| *status == verdict.status;
        if let Some(counter) = STATUSES
            .iter()
            .position(same)
            .and_then(|i| self.verdicts.get(i))
        {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        if cached {
            self.cached.fetch_add(1, Ordering::Relaxed);
        }
        let total = verdict.timings.total_ms;
        for (bound, bucket) in BOUNDS.iter().zip(&self.buckets) {
            if total <= *bound {
                bucket.fetch_add(1, Ordering::Relaxed);
            }
        }
        let microseconds = std::time::Duration::from_secs_f64(total.max(0.0) / 1e3).as_micros();
        let microseconds = u64::try_from(microseconds).unwrap_or(u64::MAX);
        self.microseconds.fetch_add(microseconds, Ordering::Relaxed);
    }

    /// Counts a problem.
    pub fn problem(&self, code: &str) {
        let place = super::problem::KINDS
            .iter()
            .position(|kind| kind.code == code);
        if let Some(counter) = place.and_then(|i| self.problems.get(i)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The whole page.
    pub fn page(&self, engine: EngineStatus, in_flight: usize) -> String {
        let mut page = String::new();
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        // Writing to a string cannot fail.
        let mut line = |text: String| {
            let _ = writeln!(page, "{text}");
        };
        line("# TYPE itemsmith_checker_verdicts_total counter".to_owned());
        let mut all = 0;
        for ((name, _), counter) in STATUSES.iter().zip(&self.verdicts) {
            all += load(counter);
            line(format!(
                "itemsmith_checker_verdicts_total{{status=\"{name}\"}} {}",
                load(counter)
            ));
        }
        line("# TYPE itemsmith_checker_cached_total counter".to_owned());
        line(format!(
            "itemsmith_checker_cached_total {}",
            load(&self.cached)
        ));
        line("# TYPE itemsmith_checker_check_seconds histogram".to_owned());
        let name = "itemsmith_checker_check_seconds";
        for (bound, bucket) in BOUNDS.iter().zip(&self.buckets) {
            line(format!(
                "{name}_bucket{{le=\"{}\"}} {}",
                bound / 1e3,
                load(bucket)
            ));
        }
        line(format!("{name}_bucket{{le=\"+Inf\"}} {all}"));
        let microseconds = load(&self.microseconds);
        line(format!(
            "{name}_sum {}.{:06}",
            microseconds / 1_000_000,
            microseconds % 1_000_000
        ));
        line(format!("{name}_count {all}"));
        line("# TYPE itemsmith_checker_problems_total counter".to_owned());
        for (kind, counter) in super::problem::KINDS.iter().zip(&self.problems) {
            line(format!(
                "itemsmith_checker_problems_total{{code=\"{}\"}} {}",
                kind.code,
                load(counter)
            ));
        }
        for (name, kind, value) in [
            ("processes_started_total", "counter", engine.started),
            ("processes_lost_total", "counter", engine.lost),
            ("processes_killed_total", "counter", engine.killed),
            (
                "processes_idle",
                "gauge",
                u64::try_from(engine.idle).unwrap_or(u64::MAX),
            ),
            (
                "checks_in_flight",
                "gauge",
                u64::try_from(in_flight).unwrap_or(u64::MAX),
            ),
        ] {
            line(format!("# TYPE itemsmith_checker_{name} {kind}"));
            line(format!("itemsmith_checker_{name} {value}"));
        }
        page
    }
}
