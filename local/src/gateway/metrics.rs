//! Counters, as Prometheus text.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What the gateway has done since it started.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    /// Calls of `POST /sql`: one is one round trip of a client.
    pub(super) calls: AtomicU64,
    /// Statements that were sent to Postgres for them.
    pub(super) statements: AtomicU64,
    /// Calls that were not answered with rows.
    pub(super) refused: AtomicU64,
    /// Calls whose client went away before the answer.
    pub(super) abandoned: AtomicU64,
}

impl Metrics {
    /// The text of `GET /metrics`.
    pub(super) fn text(&self, idle: usize) -> String {
        let counters = [
            ("calls", "Calls of POST /sql.", &self.calls),
            (
                "statements",
                "Statements sent to Postgres for them.",
                &self.statements,
            ),
            (
                "refused",
                "Calls that were not answered with rows.",
                &self.refused,
            ),
            (
                "abandoned",
                "Calls whose client left before the answer.",
                &self.abandoned,
            ),
        ];
        let mut text = String::new();
        for (name, help, value) in counters {
            let name = format!("itemsmith_gateway_{name}_total");
            let value = value.load(Relaxed);
            text.push_str(&format!(
                "# HELP {name} {help}\n# TYPE {name} counter\n{name} {value}\n"
            ));
        }
        let name = "itemsmith_gateway_idle_connections";
        let help = "Connections to Postgres that wait for the next call.";
        text.push_str(&format!(
            "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {idle}\n"
        ));
        text
    }
}

/// Counts a call that is dropped before it is answered.
pub(super) struct Abandoned<'a> {
    pub(super) counter: &'a AtomicU64,
    pub(super) answered: bool,
}

impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.counter.fetch_add(1, Relaxed);
        }
    }
}
