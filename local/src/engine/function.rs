//! Registered apps and functions, and the refusal by name of what this engine does not do.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    clock::Millis,
    cron::Schedule,
    duration,
    expression::Expression,
    retry::{DEFAULT_RETRIES, MOST_RETRIES},
};

/// A registered app.
#[derive(Debug)]
pub(super) struct App {
    /// Its id.
    pub(super) id: String,
    /// Its serve endpoint.
    pub(super) url: String,
    /// The registration's text, kept so that a restart knows the functions at once.
    pub(super) text: String,
    /// What it can run.
    pub(super) functions: Vec<Arc<Function>>,
}

/// A registered function.
#[derive(Debug)]
pub(super) struct Function {
    /// `<app>-<function>`.
    pub(super) slug: String,
    /// For people.
    pub(super) name: String,
    /// The app it belongs to.
    pub(super) app: String,
    /// Where it is called; holds `fnId` and `stepId=step`.
    pub(super) url: reqwest::Url,
    /// What starts it.
    pub(super) triggers: Vec<Trigger>,
    /// Retries after the first attempt.
    pub(super) retries: u32,
    /// Most calls at once.
    pub(super) concurrency: Option<usize>,
    /// One run per value in 24 h.
    pub(super) idempotency: Option<Expression>,
    /// Events that cancel its runs.
    pub(super) cancel: Vec<Cancel>,
    /// Milliseconds a run may wait for its first call.
    pub(super) start_timeout: Option<Millis>,
    /// Milliseconds a run may take from its first call.
    pub(super) finish_timeout: Option<Millis>,
}

/// What starts a function.
#[derive(Debug)]
pub(super) enum Trigger {
    /// An event; the name may end with `*`.
    Event {
        name: String,
        condition: Option<Expression>,
    },
    /// A schedule.
    Cron(Schedule),
}

/// An event that cancels runs.
#[derive(Debug)]
pub(super) struct Cancel {
    /// Its name.
    pub(super) event: String,
    /// Over `event` (the run's) and `async` (the cancelling one).
    pub(super) condition: Option<Expression>,
    /// Milliseconds after the run's creation in which it counts.
    pub(super) within: Option<Millis>,
}

/// Whether a trigger's event name covers an event's: equal, or a prefix before a final `*`.
pub(super) fn covers(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => pattern == name,
    }
}

/// The body of `POST /fn/register`, as far as the engine needs it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registration {
    #[serde(default)]
    url: String,
    #[serde(default)]
    app_name: String,
    #[serde(default)]
    functions: Vec<Map<String, Value>>,
}

/// Reads a registration.
///
/// # Errors
/// Says which function asks for what, in words for whoever wrote the app.
pub(super) fn parse(registration: &str) -> Result<App, String> {
    let body: Registration = serde_json::from_str(registration)
        .map_err(|error| format!("not a registration: {error}"))?;
    if body.app_name.is_empty() {
        return Err("the registration has no appName".into());
    }
    let slugs = body
        .functions
        .iter()
        .filter_map(|config| text(config, "id"));
    for id in slugs.chain([body.app_name.clone()]) {
        if id.len() > LONGEST_ID || id.contains(char::is_control) {
            return Err(format!(
                "an id must be at most {LONGEST_ID} bytes, without control characters: {id:?}"
            ));
        }
    }
    if body.functions.is_empty() {
        return Err(format!("app `{}` registers no functions", body.app_name));
    }
    let functions = body
        .functions
        .iter()
        .map(|config| function(&body.app_name, config).map(Arc::new))
        .collect::<Result<Vec<_>, _>>()?;
    let mut slugs: Vec<_> = functions.iter().map(|function| &function.slug).collect();
    slugs.sort_unstable();
    if let Some(twice) = slugs.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!("function `{}` is registered twice", twice[0]));
    }
    Ok(App {
        id: body.app_name,
        url: body.url,
        text: registration.to_owned(),
        functions,
    })
}

/// The longest id of an app or a function.
const LONGEST_ID: usize = 256;
/// Asked for by configuration, not built here: refused, so that nobody believes it works.
const NOT_BUILT: [&str; 6] = [
    "rateLimit",
    "throttle",
    "debounce",
    "priority",
    "batchEvents",
    "singleton",
];
/// Understood here, or without effect on execution.
const KNOWN: [&str; 10] = [
    "id",
    "name",
    "triggers",
    "steps",
    "concurrency",
    "idempotency",
    "cancel",
    "timeouts",
    "retries",
    "description",
];

fn function(app: &str, config: &Map<String, Value>) -> Result<Function, String> {
    let slug = text(config, "id").ok_or("a function has no id")?;
    let told = |what: String| format!("function `{slug}`: {what}");
    for (field, value) in config {
        if value.is_null() || value.as_array().is_some_and(Vec::is_empty) {
            continue;
        }
        if NOT_BUILT.contains(&field.as_str()) {
            return Err(told(format!(
                "`{field}` is not supported by this engine; use Inngest for it"
            )));
        }
        if !KNOWN.contains(&field.as_str()) {
            return Err(told(format!("`{field}` is not known to this engine")));
        }
    }
    let step = config.get("steps").and_then(|steps| steps.get("step"));
    let runtime = step.and_then(|step| step.get("runtime"));
    let url = runtime
        .and_then(|runtime| runtime.get("url"))
        .and_then(Value::as_str);
    let url = url.ok_or_else(|| told("steps.step.runtime.url is missing".into()))?;
    let url: reqwest::Url = url
        .parse()
        .map_err(|error| told(format!("the URL `{url}` is not valid: {error}")))?;
    if url.scheme() != "http" {
        return Err(told(format!(
            "the URL `{url}` is not plain http; this engine calls apps on its own machine"
        )));
    }
    let attempts = step
        .and_then(|step| step.get("retries"))
        .and_then(|r| r.get("attempts"));
    let retries = match attempts {
        None | Some(Value::Null) => DEFAULT_RETRIES,
        Some(value) => value
            .as_u64()
            .and_then(|count| u32::try_from(count).ok())
            .filter(|count| *count <= MOST_RETRIES)
            .ok_or_else(|| told(format!("retries must be 0 to {MOST_RETRIES}")))?,
    };
    let timeouts = config.get("timeouts").and_then(Value::as_object);
    let timeout = |name| {
        timeouts
            .and_then(|timeouts| text(timeouts, name))
            .map(|value| duration::time_string(&value).map_err(told))
            .transpose()
    };
    Ok(Function {
        name: text(config, "name").unwrap_or_else(|| slug.clone()),
        app: app.to_owned(),
        url,
        triggers: triggers(config).map_err(told)?,
        retries,
        concurrency: concurrency(config.get("concurrency")).map_err(told)?,
        idempotency: text(config, "idempotency")
            .map(|text| Expression::parse(&text).map_err(told))
            .transpose()?,
        cancel: cancellations(config.get("cancel")).map_err(told)?,
        start_timeout: timeout("start")?,
        finish_timeout: timeout("finish")?,
        slug: slug.clone(),
    })
}

fn triggers(config: &Map<String, Value>) -> Result<Vec<Trigger>, String> {
    let list = config
        .get("triggers")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    list.iter()
        .map(|trigger| {
            let trigger = trigger.as_object().ok_or("a trigger is not an object")?;
            if let Some(line) = text(trigger, "cron") {
                return Schedule::parse(&line).map(Trigger::Cron);
            }
            let name = text(trigger, "event").ok_or("a trigger has neither event nor cron")?;
            let condition = text(trigger, "expression").map(|text| Expression::parse(&text));
            Ok(Trigger::Event {
                name,
                condition: condition.transpose()?,
            })
        })
        .collect()
}

/// A number, an object or up to two objects; only limits without a key, for the function.
fn concurrency(value: Option<&Value>) -> Result<Option<usize>, String> {
    let one = |value: &Value| -> Result<Option<usize>, String> {
        if let Some(object) = value.as_object() {
            if object.get("key").is_some_and(|key| !key.is_null()) {
                return Err("`concurrency.key` is not supported by this engine".into());
            }
            if let Some(scope) = text(object, "scope").filter(|scope| scope != "fn") {
                return Err(format!(
                    "`concurrency.scope` `{scope}` is not supported by this engine"
                ));
            }
        }
        let limit = value.get("limit").unwrap_or(value).as_u64();
        let limit = limit.ok_or("`concurrency` needs a whole number as its limit")?;
        // Zero means no limit, as in the specification.
        Ok(usize::try_from(limit).ok().filter(|limit| *limit > 0))
    };
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(list)) => {
            let limits = list.iter().map(one).collect::<Result<Vec<_>, _>>()?;
            Ok(limits.into_iter().flatten().min())
        }
        Some(value) => one(value),
    }
}

fn cancellations(value: Option<&Value>) -> Result<Vec<Cancel>, String> {
    let list = value
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    list.iter()
        .map(|cancel| {
            let cancel = cancel
                .as_object()
                .ok_or("a cancellation is not an object")?;
            let condition = text(cancel, "if")
                .map(|text| Expression::parse(&text))
                .transpose()?;
            let within = text(cancel, "timeout").map(|text| duration::time_string(&text));
            Ok(Cancel {
                event: text(cancel, "event").ok_or("a cancellation has no event")?,
                condition,
                within: within.transpose()?,
            })
        })
        .collect()
}

fn text(object: &Map<String, Value>, field: &str) -> Option<String> {
    object
        .get(field)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

#[cfg(test)]
#[path = "function_tests.rs"]
mod tests;
