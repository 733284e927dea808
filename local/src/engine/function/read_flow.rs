//! Reading flow control, and refusing what Inngest refuses.

use serde_json::{Map, Value};

use super::{
    super::{clock::Millis, duration, expression::Expression},
    flow::{BatchEvents, Concurrency, Debounce, Flow, Key, Rate, Scope, Singleton},
    pace::Pace,
    read::text,
};

/// The settings read here.
pub(super) const FIELDS: [&str; 8] = [
    "concurrency",
    "throttle",
    "rateLimit",
    "debounce",
    "batchEvents",
    "singleton",
    "priority",
    "idempotency",
];

const SECOND: Millis = 1000;
const MINUTE: Millis = 60 * SECOND;
const DAY: Millis = 24 * 60 * MINUTE;
const WEEK: Millis = 7 * DAY;
/// The most limits on concurrency of one function, as on Inngest.
const MOST_LIMITS: usize = 2;
/// The largest batch and the longest wait for it on any plan of Inngest's.
const LARGEST_BATCH: u32 = 500;
const LONGEST_BATCH: Millis = 5 * MINUTE;

/// Reads a function's flow control.
///
/// # Errors
/// Says what is wrong with it, or what cannot be combined.
pub(super) fn parse(config: &Map<String, Value>) -> Result<Flow, String> {
    let flow = Flow {
        concurrency: concurrency(config.get("concurrency"))?,
        throttle: object(config, "throttle", &["limit", "period", "key", "burst"])?
            .map(throttle)
            .transpose()?,
        rate_limit: object(config, "rateLimit", &["limit", "period", "key"])?
            .map(rate_limit)
            .transpose()?,
        debounce: object(config, "debounce", &["period", "timeout", "key"])?
            .map(debounce)
            .transpose()?,
        batch: object(config, "batchEvents", &["maxSize", "timeout", "key", "if"])?
            .map(batch)
            .transpose()?,
        singleton: object(config, "singleton", &["mode", "key"])?
            .map(singleton)
            .transpose()?,
        priority: match object(config, "priority", &["run"])? {
            Some(priority) => expression_in("priority", priority, "run")?,
            None => None,
        },
        idempotency: key_in("idempotency", config, "idempotency")?,
    };
    combinable(&flow, config)?;
    Ok(flow)
}

/// Refuses what Inngest does not combine.
fn combinable(flow: &Flow, config: &Map<String, Value>) -> Result<(), String> {
    if flow.batch.is_none() {
        return Ok(());
    }
    let cancels = config
        .get("cancel")
        .and_then(Value::as_array)
        .is_some_and(|list| !list.is_empty());
    let others = [
        ("cancel", cancels),
        ("debounce", flow.debounce.is_some()),
        ("idempotency", flow.idempotency.is_some()),
        ("priority", flow.priority.is_some()),
        ("rateLimit", flow.rate_limit.is_some()),
        ("singleton", flow.singleton.is_some()),
    ];
    match others.iter().find(|(_, asked)| *asked) {
        Some((other, _)) => Err(format!("`batchEvents` cannot be combined with `{other}`")),
        None => Ok(()),
    }
}

/// A number, an object or up to two objects.
fn concurrency(value: Option<&Value>) -> Result<Vec<Concurrency>, String> {
    let list = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list.as_slice(),
        Some(value) => std::slice::from_ref(value),
    };
    if list.len() > MOST_LIMITS {
        return Err(format!("`concurrency` has more than {MOST_LIMITS} limits"));
    }
    let mut limits = Vec::new();
    for value in list {
        limits.extend(concurrency_limit(value)?);
    }
    // The narrowest first: a call waits where its own kind waits, and not in everybody's way.
    limits.sort_by_key(|limit: &Concurrency| (limit.key.is_none(), limit.limit));
    limits.dedup_by(|next, before| next.key.is_none() && before.key.is_none());
    Ok(limits)
}

fn concurrency_limit(value: &Value) -> Result<Option<Concurrency>, String> {
    let (limit, scope, key) = match value.as_object() {
        None => (Some(value), Scope::Function, None),
        Some(object) => {
            known("concurrency", object, &["limit", "key", "scope"])?;
            let scope = match text(object, "scope").as_deref() {
                None | Some("fn") => Scope::Function,
                Some("env") => Scope::Environment,
                Some("account") => Scope::Account,
                Some(other) => {
                    return Err(format!(
                        "`concurrency.scope` is fn, env or account, not `{other}`"
                    ));
                }
            };
            let key = key("concurrency", object)?;
            if scope != Scope::Function && key.is_none() {
                return Err("`concurrency.scope` env and account need a `key`".into());
            }
            (object.get("limit"), scope, key)
        }
    };
    let limit = limit
        .and_then(Value::as_u64)
        .ok_or("`concurrency` needs a whole number as its limit")?;
    // Zero means no limit, as in the specification.
    let limit = usize::try_from(limit).ok().filter(|limit| *limit > 0);
    Ok(limit.map(|limit| Concurrency { limit, scope, key }))
}

/// Inngest's queue lets the limit start at once, and the burst on top of it.
fn throttle(object: &Map<String, Value>) -> Result<Rate, String> {
    let limit = count("throttle.limit", object.get("limit"), 0)?.max(1);
    let burst = match object.get("burst") {
        None | Some(Value::Null) => 0,
        burst => count("throttle.burst", burst, 0)?,
    };
    let period = period("throttle.period", object, "period", SECOND..=WEEK)?;
    Ok(Rate {
        pace: Pace::new(limit, period, limit.saturating_add(burst)),
        key: key("throttle", object)?,
    })
}

/// Inngest's rate limiter is smooth: a tenth of the limit may come at once, beside the one.
fn rate_limit(object: &Map<String, Value>) -> Result<Rate, String> {
    let limit = count("rateLimit.limit", object.get("limit"), 1)?;
    let period = period("rateLimit.period", object, "period", SECOND..=DAY)?;
    Ok(Rate {
        pace: Pace::new(limit, period, limit / 10 + 1),
        key: key("rateLimit", object)?,
    })
}

fn debounce(object: &Map<String, Value>) -> Result<Debounce, String> {
    let timeout = match text(object, "timeout") {
        None => None,
        Some(_) => Some(period(
            "debounce.timeout",
            object,
            "timeout",
            SECOND..=Millis::MAX,
        )?),
    };
    Ok(Debounce {
        period: period("debounce.period", object, "period", SECOND..=WEEK)?,
        timeout,
        key: key("debounce", object)?,
    })
}

fn batch(object: &Map<String, Value>) -> Result<BatchEvents, String> {
    let max_size = count("batchEvents.maxSize", object.get("maxSize"), 2)?;
    if max_size > LARGEST_BATCH {
        return Err(format!(
            "`batchEvents.maxSize` must be at most {LARGEST_BATCH}"
        ));
    }
    let timeout = period(
        "batchEvents.timeout",
        object,
        "timeout",
        SECOND..=LONGEST_BATCH,
    )?;
    Ok(BatchEvents {
        max_size: usize::try_from(max_size).unwrap_or(usize::MAX),
        timeout,
        key: key("batchEvents", object)?,
        condition: expression_in("batchEvents", object, "if")?,
    })
}

fn singleton(object: &Map<String, Value>) -> Result<Singleton, String> {
    let replaces = match text(object, "mode").as_deref() {
        Some("skip") => false,
        Some("cancel") => true,
        other => {
            return Err(format!(
                "`singleton.mode` is skip or cancel, not `{}`",
                other.unwrap_or_default()
            ));
        }
    };
    Ok(Singleton {
        replaces,
        key: key("singleton", object)?,
    })
}

/// An object, if it is there, without fields that nobody here knows.
fn object<'a>(
    config: &'a Map<String, Value>,
    field: &str,
    fields: &[&str],
) -> Result<Option<&'a Map<String, Value>>, String> {
    match config.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => {
            known(field, object, fields)?;
            Ok(Some(object))
        }
        Some(_) => Err(format!("`{field}` is not an object")),
    }
}

fn known(field: &str, object: &Map<String, Value>, fields: &[&str]) -> Result<(), String> {
    match object
        .iter()
        .find(|(name, value)| !value.is_null() && !fields.contains(&name.as_str()))
    {
        Some((name, _)) => Err(format!("`{field}.{name}` is not known to this engine")),
        None => Ok(()),
    }
}

fn key(field: &str, object: &Map<String, Value>) -> Result<Option<Key>, String> {
    key_in(field, object, "key")
}

fn key_in(field: &str, object: &Map<String, Value>, name: &str) -> Result<Option<Key>, String> {
    let expression = expression_in(field, object, name)?;
    Ok(expression.map(|expression| Key {
        text: text(object, name).unwrap_or_default(),
        expression,
    }))
}

fn expression_in(
    field: &str,
    object: &Map<String, Value>,
    name: &str,
) -> Result<Option<Expression>, String> {
    let told = |error: String| format!("`{field}`: {error}");
    text(object, name)
        .map(|text| Expression::parse(&text).map_err(told))
        .transpose()
}

fn count(field: &str, value: Option<&Value>, least: u32) -> Result<u32, String> {
    value
        .and_then(Value::as_u64)
        .and_then(|count| u32::try_from(count).ok())
        .filter(|count| *count >= least)
        .ok_or_else(|| format!("`{field}` must be a whole number of at least {least}"))
}

fn period(
    field: &str,
    object: &Map<String, Value>,
    name: &str,
    range: std::ops::RangeInclusive<Millis>,
) -> Result<Millis, String> {
    let text = text(object, name).ok_or_else(|| format!("`{field}` is missing"))?;
    let length = duration::time_string(&text).map_err(|error| format!("`{field}`: {error}"))?;
    if !range.contains(&length) {
        let most = match *range.end() {
            Millis::MAX => String::new(),
            WEEK => " and at most 7 days".into(),
            DAY => " and at most 24 hours".into(),
            most => format!(" and at most {} s", most / SECOND),
        };
        return Err(format!(
            "`{field}` is `{text}`; it must be at least 1 s{most}"
        ));
    }
    Ok(length)
}
