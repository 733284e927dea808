//! Log lines: one JSON object each, written through the host.
//!
//! Small on purpose: the worker has one thread and no spans of its own.

use std::fmt;

use serde_json::{Map, Value};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span,
};

/// Writes events at or above a level through a function.
#[derive(Debug)]
pub struct Lines {
    level: LevelFilter,
    host: LogHost,
}

/// What a log line needs from the host.
#[derive(Debug, Clone, Copy)]
pub struct LogHost {
    /// Takes one line without its end.
    pub write: fn(&str),
    /// The time now, as RFC 3339 text.
    pub now: fn() -> String,
}

/// Sends every event of the process to `host`, one line each. Only the first call counts.
pub fn init(level: LevelFilter, host: LogHost) {
    // An error only says that it was done before.
    let _ = tracing::subscriber::set_global_default(Lines { level, host });
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.level
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn event(&self, event: &Event<'_>) {
        (self.host.write)(&line(event, (self.host.now)()));
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

fn line(event: &Event<'_>, now: String) -> String {
    let mut fields = Fields(Map::new());
    fields.set("timestamp", now.into());
    let level = match *event.metadata().level() {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    };
    fields.set("level", level.into());
    // First, so that a line reads from left to right.
    fields.set("message", Value::Null);
    event.record(&mut fields);
    fields.set("target", event.metadata().target().into());
    Value::Object(fields.0).to_string()
}

struct Fields(Map<String, Value>);

impl Fields {
    fn set(&mut self, name: &str, value: Value) {
        self.0.insert(camel_case(name), value);
    }
}

/// `request_id` becomes `requestId`: log lines speak like the rest of the wire.
fn camel_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        if c == '_' {
            upper = true;
        } else {
            out.push(if upper { c.to_ascii_uppercase() } else { c });
            upper = false;
        }
    }
    out
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field.name(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field.name(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field.name(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field.name(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field.name(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field.name(), value.into());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tracing::level_filters::LevelFilter;

    use super::{Lines, LogHost};

    static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

    fn keep(line: &str) {
        SEEN.lock().expect("one test").push(line.to_owned());
    }

    #[test]
    fn an_event_is_one_line_of_json() {
        let lines = Lines {
            level: LevelFilter::INFO,
            host: LogHost {
                write: keep,
                now: || "2026-01-02T03:04:05.678Z".to_owned(),
            },
        };
        tracing::subscriber::with_default(lines, || {
            tracing::debug!("too small");
            tracing::info!(request_id = %"r\n1", iteration = 3_u32, run_id = "x", "done");
        });
        let seen = SEEN.lock().expect("one test");
        let expected = r#"{"timestamp":"2026-01-02T03:04:05.678Z","level":"info","message":"done","requestId":"r\n1","iteration":3,"runId":"x","target":"itemsmith_edge::log::tests"}"#;
        assert_eq!(*seen, [expected]);
    }
}
