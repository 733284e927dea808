//! The figures and their table.

use std::time::Duration;

use super::{super::millis, Cpu, Sql, app::STEPS};
use crate::cli::term::Screen;

/// Everything measured.
#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// `development` or `release`: how the measured program was built.
    build: &'static str,
    cores: usize,
    /// What the disk takes to make 8 KB durable: the least that a durable step can take.
    disk_flush: Spread,
    /// The time per step, one run at a time, on a database that does not flush: the engine's share.
    per_step_unflushed: Spread,
    modes: Vec<ModeFigures>,
}

/// With checkpointing off or on.
#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModeFigures {
    checkpointing: bool,
    events: u32,
    rounds: u32,
    sequential_runs: u32,
    runs_per_second: f64,
    steps_per_second: f64,
    calls_per_run: f64,
    checkpoints_per_run: f64,
    /// From an answer's leaving the app to the same run's next call arriving there, or from a
    /// checkpoint's leaving the app to its answer; one run at a time.
    per_step_sequential: Spread,
    /// The same with all runs under way, queues included.
    per_step_loaded: Spread,
    engine_cpu_ms_per_exchange: Option<f64>,
    postgres_cpu_ms_per_exchange: Option<f64>,
    app_cpu_ms_per_exchange: Option<f64>,
    engine_peak_memory_bytes: Option<u64>,
    sql_statements_per_exchange: f64,
    sql_bytes_per_exchange: f64,
}

/// The middle and the end of many times.
#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Spread {
    p50_ms: f64,
    p99_ms: f64,
}

impl Spread {
    /// Of at least one time; zero of none.
    pub fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |share: usize| {
            let last = times.len().saturating_sub(1);
            times.get(last * share / 100).copied().unwrap_or_default()
        };
        Self {
            p50_ms: millis(at(50)),
            p99_ms: millis(at(99)),
        }
    }
}

impl ModeFigures {
    /// From what was counted: `time` is that of the median round, the rest is of all rounds.
    pub(super) fn new(
        (events, rounds, sequential_runs): (u32, u32, u32),
        time: Duration,
        (per_step_sequential, per_step_loaded): (Spread, Spread),
        (calls, checkpoints, used): (usize, usize, Cpu),
        engine_peak_memory_bytes: Option<u64>,
        sql: Sql,
        checkpointing: bool,
    ) -> Self {
        let runs_per_second = f64::from(events) / time.as_secs_f64();
        let exchanges = (calls + checkpoints) as f64;
        let per_exchange = |time: Option<Duration>| Some(millis(time?) / exchanges);
        Self {
            checkpointing,
            events,
            rounds,
            sequential_runs,
            runs_per_second,
            steps_per_second: runs_per_second * f64::from(STEPS),
            calls_per_run: calls as f64 / f64::from(events * rounds),
            checkpoints_per_run: checkpoints as f64 / f64::from(events * rounds),
            per_step_sequential,
            per_step_loaded,
            engine_cpu_ms_per_exchange: per_exchange(used.engine),
            postgres_cpu_ms_per_exchange: per_exchange(used.postgres),
            app_cpu_ms_per_exchange: per_exchange(used.own),
            engine_peak_memory_bytes,
            sql_statements_per_exchange: sql.statements as f64 / sql.exchanges as f64,
            sql_bytes_per_exchange: sql.bytes as f64 / sql.exchanges as f64,
        }
    }
}

impl Figures {
    /// Of the program that is running.
    pub fn new(disk_flush: Spread, per_step_unflushed: Spread, modes: Vec<ModeFigures>) -> Self {
        Self {
            disk_flush,
            per_step_unflushed,
            build: if cfg!(debug_assertions) {
                "development"
            } else {
                "release"
            },
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            modes,
        }
    }

    /// One table, a column per mode, beside what was measured of Inngest's dev server.
    pub fn print(&self, screen: &Screen) {
        let Some(first) = self.modes.first() else {
            return;
        };
        let heads: Vec<String> = self
            .modes
            .iter()
            .map(|mode| {
                let state = if mode.checkpointing { "on" } else { "off" };
                format!(" checkpointing {state} |")
            })
            .collect();
        screen.line("");
        screen.line(format!("| |{} Inngest's dev server* |", heads.concat()));
        screen.line(format!("|---|{}---:|", "---:|".repeat(heads.len())));
        let line = |name: &str, theirs: &str, value: &dyn Fn(&ModeFigures) -> String| {
            let cells: Vec<String> = self
                .modes
                .iter()
                .map(|mode| format!(" {} |", value(mode)))
                .collect();
            screen.line(format!("| {name} |{} {theirs} |", cells.concat()));
        };
        let cpu = |value: Option<f64>| value.map_or("?".to_owned(), |ms| format!("{ms:.2}"));
        line("runs/s", "27 (on: 42)", &|m| {
            format!("{:.0}", m.runs_per_second)
        });
        line("steps/s", "81 (on: 125)", &|m| {
            format!("{:.0}", m.steps_per_second)
        });
        line("calls + checkpoints per run", "4 + 0", &|m| {
            format!("{:.1} + {:.1}", m.calls_per_run, m.checkpoints_per_run)
        });
        line(
            "per step, one run at a time: p50 / p99 ms",
            "6–10",
            &|m| m.per_step_sequential.text(),
        );
        line("… of which the disk's flush: p50 / p99 ms", "", &|_| {
            self.disk_flush.text()
        });
        line("… the same with fsync off: p50 / p99 ms", "", &|_| {
            self.per_step_unflushed.text()
        });
        line("per step, all at once: p50 / p99 ms", "", &|m| {
            m.per_step_loaded.text()
        });
        line("engine CPU per exchange, ms", "7.6", &|m| {
            cpu(m.engine_cpu_ms_per_exchange)
        });
        line("Postgres CPU per exchange, ms", "", &|m| {
            cpu(m.postgres_cpu_ms_per_exchange)
        });
        line("app and measurement CPU per exchange, ms", "", &|m| {
            cpu(m.app_cpu_ms_per_exchange)
        });
        line("engine memory at its peak, MB", "240", &|m| {
            m.engine_peak_memory_bytes
                .map_or("?".to_owned(), |bytes| format!("{:.0}", bytes as f64 / 1e6))
        });
        line("SQL statements per exchange", "", &|m| {
            format!("{:.2}", m.sql_statements_per_exchange)
        });
        line("SQL bytes per exchange, both ways", "", &|m| {
            format!("{:.0}", m.sql_bytes_per_exchange)
        });
        screen.line("");
        screen.line(format!(
            "{} events in one request into a function of {STEPS} steps, no model, {} rounds; {} runs one at a time.",
            first.events, first.rounds, first.sequential_runs
        ));
        screen.line("A step's time is from the app's answer to the run's next call at the app, or from a checkpoint");
        screen.line("to its answer; an exchange is either.");
        screen.line(format!("{} build; Postgres durable;", self.build));
        screen.line(format!(
            "engine, Postgres and the app share this machine's {} cores.",
            self.cores
        ));
        screen.line("* Measured elsewhere, on a contended box of this size; not by this command.");
    }
}

impl Spread {
    fn text(&self) -> String {
        format!("{:.2} / {:.2}", self.p50_ms, self.p99_ms)
    }
}
