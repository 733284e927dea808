//! Structured logs: one JSON object a line.

use std::io;

use tracing_subscriber::{EnvFilter, fmt::writer::BoxMakeWriter};

use super::Trouble;

/// Starts logging at `level` (`info`, `debug`, or a whole filter), to standard output for a
/// service, to standard error beside a report.
pub fn start(level: &str, beside_report: bool) -> Result<(), Trouble> {
    let filter = EnvFilter::try_new(level)
        .map_err(|error| Trouble(format!("LOG_LEVEL is not a log level: {error}")))?;
    let writer = if beside_report {
        BoxMakeWriter::new(io::stderr)
    } else {
        BoxMakeWriter::new(io::stdout)
    };
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false)
        .with_env_filter(filter)
        .with_writer(writer)
        .try_init()
        .map_err(Trouble::new)
}
