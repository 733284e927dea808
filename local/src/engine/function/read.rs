//! Reading registrations.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    super::{
        cron::Schedule,
        duration,
        expression::Expression,
        retry::{DEFAULT_RETRIES, MOST_RETRIES},
        sync::without_credentials,
    },
    App, Cancel, Function, Trigger, read_flow,
};

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
pub(in super::super) fn parse(registration: &str) -> Result<App, String> {
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
    if body.url.contains('\0') {
        return Err("the registration's url holds a NUL".into());
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
/// The most events that cancel a function's runs, as on Inngest.
const MOST_CANCELLATIONS: usize = 5;
/// The most triggers of a function, as on Inngest.
const MOST_TRIGGERS: usize = 10;
/// Understood here, or without effect on execution.
const KNOWN: [&str; 8] = [
    "id",
    "name",
    "triggers",
    "steps",
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
        if !KNOWN.contains(&field.as_str()) && !read_flow::FIELDS.contains(&field.as_str()) {
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
        .map_err(|error| told(format!("its URL is not valid: {error}")))?;
    if url.scheme() != "http" {
        return Err(told(format!(
            "the URL `{}` is not plain http; this engine calls apps on its own machine",
            without_credentials(url.as_str())
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
        flow: read_flow::parse(config).map_err(told)?,
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
    if list.len() > MOST_TRIGGERS {
        return Err(format!("more than {MOST_TRIGGERS} triggers"));
    }
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

fn cancellations(value: Option<&Value>) -> Result<Vec<Cancel>, String> {
    let list = value
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    if list.len() > MOST_CANCELLATIONS {
        return Err(format!(
            "more than {MOST_CANCELLATIONS} events that cancel it"
        ));
    }
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

/// A field's text; an empty one counts as none, as SDKs send it.
pub(super) fn text(object: &Map<String, Value>, field: &str) -> Option<String> {
    object
        .get(field)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}
