//! The form in which functions are registered.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{
    Batch, CancelOn, Concurrency, Debounce, FunctionConfig, Rate, Scope, Singleton, SingletonMode,
    Timeouts, Trigger,
};
use crate::duration::time_string;

impl FunctionConfig {
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
        Trigger::CronWithJitter { cron, jitter } => {
            json!({ "cron": cron, "jitter": time_string(*jitter) })
        }
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
        ("if", text(&batch.if_expr)),
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
    use crate::function::FUNCTION_FAILED;

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
    fn jitter_is_written_beside_its_cron_line() {
        let (cron, jitter) = ("0 0 * * *".to_owned(), Duration::from_secs(30));
        let function =
            FunctionConfig::new("f", "F", vec![Trigger::CronWithJitter { cron, jitter }]);
        let expected = json!([{ "cron": "0 0 * * *", "jitter": "30s" }]);
        assert_eq!(
            function.to_json("a", "https://x.test")["triggers"],
            expected
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
                if_expr: Some("event.data.small".into()),
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
                "batchEvents": { "maxSize": 5, "timeout": "60s", "if": "event.data.small" },
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
        assert_eq!(
            (handler.triggers, handler.retries),
            (vec![trigger], Some(1))
        );
    }
}
