//! Conditions on events, in the Common Expression Language.

mod absent;

use std::sync::{Arc, LazyLock};

use cel::{Context, Env, Program, Value};

use super::event::StoredEvent;

/// Longer expressions are refused: they are compared against every event of their name.
const LONGEST: usize = 1024;
/// Deeper ones too: the parser is recursive, and its stack is the engine's.
const DEEPEST: usize = 32;

static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// A parsed expression over `event` (the run's first event) and `async` (the one compared).
#[derive(Debug)]
pub(super) struct Expression {
    program: Program,
    /// Fields that are null where an event lacks them.
    nullable: Vec<absent::Path>,
}

impl Expression {
    /// Parses an expression.
    ///
    /// # Errors
    /// Says where it does not parse, or which name it uses that does not exist.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("an expression is longer than {LONGEST} bytes"));
        }
        if depth(text) > DEEPEST {
            return Err(format!(
                "an expression is nested deeper than {DEEPEST} brackets"
            ));
        }
        // The generated parser can panic on odd input; a bad expression must not end the engine.
        let program = std::panic::catch_unwind(|| ENV.compile(text))
            .map_err(|_| format!("`{text}` cannot be parsed"))?
            .map_err(|errors| format!("`{text}` cannot be parsed: {errors}"))?;
        if let Some(name) = program
            .references()
            .variables()
            .into_iter()
            .find(|name| !matches!(*name, "event" | "async"))
        {
            return Err(format!(
                "`{text}` uses `{name}`; only `event` and `async` exist"
            ));
        }
        let nullable = absent::compared_with_literals(program.expression());
        Ok(Self { program, nullable })
    }

    /// Whether it holds. A field that is not there is null where it is compared with a literal;
    /// what cannot be computed even so does not hold.
    pub(super) fn holds(&self, event: &StoredEvent, matched: Option<&StoredEvent>) -> bool {
        let matched = matched.map(StoredEvent::value);
        let value = self.evaluate(event.value(), matched).or_else(|| {
            if self.nullable.is_empty() {
                return None;
            }
            let matched = matched.map(|value| self.completed("async", value));
            self.evaluate(&self.completed("event", event.value()), matched.as_ref())
        });
        matches!(value, Some(Value::Bool(true)))
    }

    /// The variable's value with all its nullable fields.
    fn completed(&self, variable: &str, value: &Value) -> Value {
        let own = self.nullable.iter().filter(|path| path[0] == variable);
        own.fold(value.clone(), |value, path| {
            absent::with_null(&value, &path[1..])
        })
    }

    /// Its value as JSON text, for keys; `None` if it cannot be computed.
    pub(super) fn key(&self, event: &StoredEvent) -> Option<String> {
        Some(self.evaluate(event.value(), None)?.json().ok()?.to_string())
    }

    fn evaluate(&self, event: &Value, matched: Option<&Value>) -> Option<Value> {
        let mut context = Context::with_env(Arc::clone(&ENV));
        context.add_variable_from_value("event", event.clone());
        if let Some(matched) = matched {
            context.add_variable_from_value("async", matched.clone());
        }
        self.program.execute(&context).ok()
    }
}

/// The most brackets open at once, those in strings included: only an upper bound is needed.
fn depth(text: &str) -> usize {
    let mut open: usize = 0;
    let mut most = 0;
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(data: &str) -> StoredEvent {
        StoredEvent::internal("test", data, 1_700_000_000_000)
    }

    #[test]
    fn compares_fields_of_the_event() {
        let about = |slug: &str| event(&format!(r#"{{"function_id":"{slug}","n":3}}"#));
        let same = Expression::parse("event.data.function_id == 'app-fn'").unwrap();
        assert!(same.holds(&about("app-fn"), None));
        assert!(!same.holds(&about("app-other"), None));
        assert!(!same.holds(&event("{}"), None));
        let both = Expression::parse(r#"event.data.n >= 3 && event.name == "test""#).unwrap();
        assert!(both.holds(&about("x"), None));
    }

    #[test]
    fn compares_two_events() {
        let same = Expression::parse("event.data.id == async.data.id").unwrap();
        assert!(same.holds(&event(r#"{"id":"a"}"#), Some(&event(r#"{"id":"a"}"#))));
        assert!(!same.holds(&event(r#"{"id":"a"}"#), Some(&event(r#"{"id":"b"}"#))));
    }

    #[test]
    fn a_field_that_is_not_there_is_null_beside_a_literal() {
        let holds = |text: &str, data: &str| {
            Expression::parse(text)
                .unwrap()
                .holds(&event(data), Some(&event("{}")))
        };
        assert!(holds("event.data.test != true", "{}"));
        assert!(!holds("event.data.test != true", r#"{"test":true}"#));
        assert!(holds("event.data.a.b == null", "{}"));
        assert!(!holds("event.data.a.b == null", r#"{"a":{"b":1}}"#));
        assert!(holds(
            "event.data.n == 1 && async.data.kind != 'draft'",
            r#"{"n":1}"#
        ));
        assert!(!holds("event.data.n > 3", "{}"));
        assert!(!holds("event.data.a.b == null", r#"{"a":5}"#));
        assert!(!holds("has(event.data.a)", "{}"));
        // Neither has an id: that does not make them about the same thing.
        assert!(!holds("event.data.id == async.data.id", "{}"));
    }

    #[test]
    fn what_does_not_parse_or_uses_another_name_is_refused() {
        for text in [
            "event.data.a ==",
            "=== 3",
            "request.id == 'a'",
            "",
            "((((",
            "'a",
        ] {
            assert!(Expression::parse(text).is_err(), "{text}");
        }
        let deep = format!("{}true{}", "(".repeat(400), ")".repeat(400));
        assert!(Expression::parse(&deep).is_err());
        let long = format!("event.data.a == '{}'", "x".repeat(2000));
        assert!(Expression::parse(&long).is_err());
    }

    #[test]
    fn a_key_is_the_value_as_json() {
        let key = Expression::parse("event.data.a + '-' + event.data.b").unwrap();
        assert_eq!(
            key.key(&event(r#"{"a":"x","b":"y"}"#)).as_deref(),
            Some("\"x-y\"")
        );
        assert_eq!(key.key(&event("{}")), None);
    }

    #[test]
    fn no_expression_overflows_the_stack_of_the_engine() {
        let (not, minus, plus) = ("!".repeat(1000), "-".repeat(1000), "1+".repeat(500));
        let (and, choice) = ("true&&".repeat(160), "true?1:".repeat(140));
        let select = format!("event{}", ".a".repeat(500));
        for text in [
            format!("{not}true"),
            format!("{minus}1"),
            format!("{plus}1"),
            format!("{and}true"),
            format!("{choice}1"),
            format!("{select} == 1"),
        ] {
            // As much as a worker thread has; one that overflows ends the whole process.
            let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
            let held = thread.spawn(move || {
                Expression::parse(&text).is_ok_and(|found| found.holds(&event("{}"), None))
            });
            held.unwrap().join().unwrap();
        }
    }
}
