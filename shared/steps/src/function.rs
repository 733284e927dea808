//! What a function is registered with.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::checkpoint::Checkpointing;
use crate::duration::time_string;

/// The event that the server sends when a run failed for good.
pub const FUNCTION_FAILED: &str = "inngest/function.failed";

/// What starts a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// An event of that name, if the expression (CEL over `event`) holds.
    Event {
        /// The event's name.
        name: String,
        /// The condition.
        expression: Option<String>,
    },
    /// A cron line of five fields, in UTC.
    Cron(String),
}

/// What a limit on concurrent calls counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This function.
    Function,
    /// Everything in the environment under the same key.
    Environment,
    /// Everything in the account under the same key.
    Account,
}

/// How many calls may run at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concurrency {
    /// At most so many.
    pub limit: u32,
    /// One limit for each value of this expression.
    pub key: Option<String>,
    /// What it counts.
    pub scope: Scope,
}

/// Runs started in a period: the rest is dropped ([`FunctionConfig::rate_limit`]) or queued
/// ([`FunctionConfig::throttle`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At most so many runs …
    pub limit: u32,
    /// … in this time.
    pub period: Duration,
    /// One limit for each value of this expression.
    pub key: Option<String>,
    /// How many may start at once beyond the limit; for `throttle` only.
    pub burst: Option<u32>,
}

/// Waits for quiet before it starts a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debounce {
    /// How long no further event may come.
    pub period: Duration,
    /// The longest to wait in all.
    pub timeout: Option<Duration>,
    /// One wait for each value of this expression.
    pub key: Option<String>,
}

/// Several events for one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// At most so many events (the server allows 100).
    pub max_size: u32,
    /// The longest to wait for a full batch (1 to 60 s).
    pub timeout: Duration,
    /// One batch for each value of this expression.
    pub key: Option<String>,
}

/// What a second run does while one is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SingletonMode {
    /// It does not start.
    Skip,
    /// It takes the other's place.
    Cancel,
}

/// One run at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Singleton {
    /// What a second run does.
    pub mode: SingletonMode,
    /// One run for each value of this expression.
    pub key: Option<String>,
}

/// Limits on a run's time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// From queued to started.
    pub start: Option<Duration>,
    /// From started to finished.
    pub finish: Option<Duration>,
}

/// An event that cancels a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelOn {
    /// The event's name.
    pub event: String,
    /// Condition over `event` (the run's) and `async` (the cancelling one).
    pub if_expr: Option<String>,
    /// Only so long after the run started.
    pub timeout: Option<Duration>,
}

/// Everything that a function is registered with. Start from [`FunctionConfig::new`]; keys and
/// conditions are CEL expressions over `event`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionConfig {
    /// The id without the app's prefix.
    pub id: String,
    /// The name, for people.
    pub name: String,
    /// What starts it; at least one.
    pub triggers: Vec<Trigger>,
    /// Retries after the first attempt, for each step: at most 20, the server's own 3 if `None`.
    pub retries: Option<u8>,
    /// Up to two limits on concurrent calls.
    pub concurrency: Vec<Concurrency>,
    /// One run for each value of this expression, for 24 hours.
    pub idempotency: Option<String>,
    /// How long a run may wait to start and take to finish.
    pub timeouts: Option<Timeouts>,
    /// Events that cancel a run.
    pub cancel_on: Vec<CancelOn>,
    /// Starts no more runs than this and drops the rest.
    pub rate_limit: Option<Rate>,
    /// Starts no more runs than this and queues the rest.
    pub throttle: Option<Rate>,
    /// Starts when no event came for a while.
    pub debounce: Option<Debounce>,
    /// Seconds to jump (-600 to 600) in the queue, as an expression.
    pub priority: Option<String>,
    /// Takes several events at once.
    pub batch: Option<Batch>,
    /// One run at a time.
    pub singleton: Option<Singleton>,
    /// Whether steps are checkpointed; as the app has it if `None`. Not registered: it concerns
    /// the endpoint alone.
    pub checkpointing: Option<Checkpointing>,
}

impl FunctionConfig {
    /// A function with its triggers and everything else at the server's defaults.
    pub fn new(id: impl Into<String>, name: impl Into<String>, triggers: Vec<Trigger>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            triggers,
            ..Self::default()
        }
    }

    /// The handler that runs when this function failed for good: a function `<id>-failure` on
    /// [`FUNCTION_FAILED`], whose `event.data` holds `function_id`, `run_id`, `error` and the
    /// failed run's own `event`.
    pub fn failure_handler(&self, app_id: &str) -> Self {
        Self::new(
            format!("{}-failure", self.id),
            format!("{} (failure)", self.name),
            vec![Trigger::Event {
                name: FUNCTION_FAILED.to_owned(),
                expression: Some(format!("event.data.function_id == '{app_id}-{}'", self.id)),
            }],
        )
    }

    /// The form in which functions are registered. `url` is the endpoint's own address.
    pub(crate) fn to_json(&self, app_id: &str, url: &str) -> Value {
        let id = format!("{app_id}-{}", self.id);
        let separator = if url.contains('?') { '&' } else { '?' };
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("fnId", &id)
            .append_pair("stepId", "step")
            .finish();
        let mut step = json!({
            "id": "step",
            "name": "step",
            "runtime": { "type": "http", "url": format!("{url}{separator}{query}") },
        });
        if let Some(retries) = self.retries {
            step["retries"] = json!({ "attempts": retries });
        }
        let mut fields = Map::new();
        fields.insert("id".to_owned(), id.into());
        fields.insert("name".to_owned(), self.name.clone().into());
        fields.insert(
            "triggers".to_owned(),
            self.triggers.iter().map(trigger).collect(),
        );
        fields.insert("steps".to_owned(), json!({ "step": step }));
        for (name, value) in self.flow_control() {
            if let Some(value) = value {
                fields.insert(name.to_owned(), value);
            }
        }
        Value::Object(fields)
    }

    fn flow_control(&self) -> [(&'static str, Option<Value>); 10] {
        let list = |values: Vec<Value>| (!values.is_empty()).then_some(Value::Array(values));
        [
            (
                "concurrency",
                list(self.concurrency.iter().map(concurrency).collect()),
            ),
            ("idempotency", self.idempotency.clone().map(Value::from)),
            ("timeouts", self.timeouts.as_ref().map(timeouts)),
            (
                "cancel",
                list(self.cancel_on.iter().map(cancel_on).collect()),
            ),
            (
                "rateLimit",
                self.rate_limit.as_ref().map(|rate| rate_json(rate, false)),
            ),
            (
                "throttle",
                self.throttle.as_ref().map(|rate| rate_json(rate, true)),
            ),
            ("debounce", self.debounce.as_ref().map(debounce)),
            (
                "priority",
                self.priority.as_ref().map(|run| json!({ "run": run })),
            ),
            ("batchEvents", self.batch.as_ref().map(batch)),
            ("singleton", self.singleton.as_ref().map(singleton)),
        ]
    }
}

/// An object of the fields that have a value.
fn object<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let given = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(given.collect())
}

fn text(text: &Option<String>) -> Option<Value> {
    text.clone().map(Value::from)
}

fn time(duration: Option<Duration>) -> Option<Value> {
    duration.map(time_string).map(Value::from)
}

fn trigger(trigger: &Trigger) -> Value {
    match trigger {
        Trigger::Event { name, expression } => object([
            ("event", Some(name.clone().into())),
            ("expression", text(expression)),
        ]),
        Trigger::Cron(cron) => json!({ "cron": cron }),
    }
}

fn concurrency(limit: &Concurrency) -> Value {
    let scope = match limit.scope {
        Scope::Function => None,
        Scope::Environment => Some("env".into()),
        Scope::Account => Some("account".into()),
    };
    object([
        ("limit", Some(limit.limit.into())),
        ("key", text(&limit.key)),
        ("scope", scope),
    ])
}

fn timeouts(timeouts: &Timeouts) -> Value {
    object([
        ("start", time(timeouts.start)),
        ("finish", time(timeouts.finish)),
    ])
}

fn cancel_on(cancel: &CancelOn) -> Value {
    let event = Some(cancel.event.clone().into());
    object([
        ("event", event),
        ("if", text(&cancel.if_expr)),
        ("timeout", time(cancel.timeout)),
    ])
}

fn rate_json(rate: &Rate, with_burst: bool) -> Value {
    object([
        ("limit", Some(rate.limit.into())),
        ("period", time(Some(rate.period))),
        ("key", text(&rate.key)),
        ("burst", rate.burst.filter(|_| with_burst).map(Value::from)),
    ])
}

fn debounce(debounce: &Debounce) -> Value {
    let (period, timeout) = (time(Some(debounce.period)), time(debounce.timeout));
    object([
        ("period", period),
        ("timeout", timeout),
        ("key", text(&debounce.key)),
    ])
}

fn batch(batch: &Batch) -> Value {
    let (size, timeout) = (Some(batch.max_size.into()), time(Some(batch.timeout)));
    object([
        ("maxSize", size),
        ("timeout", timeout),
        ("key", text(&batch.key)),
    ])
}

fn singleton(singleton: &Singleton) -> Value {
    let mode = match singleton.mode {
        SingletonMode::Skip => "skip",
        SingletonMode::Cancel => "cancel",
    };
    object([("mode", Some(mode.into())), ("key", text(&singleton.key))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_function_says_no_more_than_it_must() {
        let function =
            FunctionConfig::new("sweep", "Sweep", vec![Trigger::Cron("* * * * *".into())]);
        assert_eq!(
            function.to_json("shop", "https://x.test/api/inngest"),
            json!({
                "id": "shop-sweep",
                "name": "Sweep",
                "triggers": [{ "cron": "* * * * *" }],
                "steps": { "step": {
                    "id": "step",
                    "name": "step",
                    "runtime": {
                        "type": "http",
                        "url": "https://x.test/api/inngest?fnId=shop-sweep&stepId=step",
                    },
                }},
            })
        );
    }

    #[test]
    fn flow_control_is_written_by_its_wire_names() {
        let key = Some("event.data.user".to_owned());
        let minute = Duration::from_secs(60);
        let function = FunctionConfig {
            retries: Some(0),
            concurrency: vec![Concurrency {
                limit: 2,
                key: key.clone(),
                scope: Scope::Account,
            }],
            idempotency: key.clone(),
            timeouts: Some(Timeouts {
                start: None,
                finish: Some(minute),
            }),
            cancel_on: vec![CancelOn {
                event: "stop".into(),
                if_expr: None,
                timeout: Some(minute),
            }],
            rate_limit: Some(Rate {
                limit: 1,
                period: minute,
                key: None,
                burst: Some(9),
            }),
            throttle: Some(Rate {
                limit: 1,
                period: minute,
                key: None,
                burst: Some(9),
            }),
            debounce: Some(Debounce {
                period: minute,
                timeout: None,
                key: None,
            }),
            priority: Some("120".into()),
            batch: Some(Batch {
                max_size: 5,
                timeout: minute,
                key: None,
            }),
            singleton: Some(Singleton {
                mode: SingletonMode::Skip,
                key,
            }),
            ..FunctionConfig::new("f", "F", Vec::new())
        };
        let mut json = function.to_json("a", "https://x.test/i?token=1");
        let step = json["steps"]["step"].clone();
        assert_eq!(step["retries"], json!({ "attempts": 0 }));
        assert_eq!(
            step["runtime"]["url"],
            "https://x.test/i?token=1&fnId=a-f&stepId=step"
        );
        for field in ["id", "name", "triggers", "steps"] {
            json.as_object_mut().unwrap().remove(field);
        }
        assert_eq!(
            json,
            json!({
                "concurrency": [{ "limit": 2, "key": "event.data.user", "scope": "account" }],
                "idempotency": "event.data.user",
                "timeouts": { "finish": "60s" },
                "cancel": [{ "event": "stop", "timeout": "60s" }],
                "rateLimit": { "limit": 1, "period": "60s" },
                "throttle": { "limit": 1, "period": "60s", "burst": 9 },
                "debounce": { "period": "60s" },
                "priority": { "run": "120" },
                "batchEvents": { "maxSize": 5, "timeout": "60s" },
                "singleton": { "mode": "skip", "key": "event.data.user" },
            })
        );
    }

    #[test]
    fn a_failure_handler_listens_for_its_function_only() {
        let handler = FunctionConfig::new("f", "F", Vec::new()).failure_handler("a");
        assert_eq!(handler.id, "f-failure");
        let expression = Some("event.data.function_id == 'a-f'".to_owned());
        let trigger = Trigger::Event {
            name: FUNCTION_FAILED.to_owned(),
            expression,
        };
        assert_eq!(handler.triggers, [trigger]);
    }
}
