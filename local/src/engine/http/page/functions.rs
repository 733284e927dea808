//! Functions as their apps registered them, and when their cron lines tick next.

use serde::Serialize;
use serde_json::Value;

use super::{
    super::{
        super::{clock, function::Trigger, sync::without_credentials},
        Routes,
    },
    Answer, view,
};

#[derive(Serialize)]
struct AppView {
    id: String,
    url: String,
    functions: Vec<FunctionView>,
}

#[derive(Serialize)]
struct FunctionView {
    slug: String,
    name: String,
    /// As registered: `{event, expression?}` or `{cron}`.
    triggers: Value,
    /// When each cron line ticks next.
    next: Vec<Tick>,
    /// Everything else that it registered.
    config: Value,
}

#[derive(Serialize)]
struct Tick {
    cron: String,
    at: Option<i64>,
}

/// `GET functions`.
pub(super) async fn list(routes: &Routes) -> Answer {
    #[derive(Serialize)]
    struct List {
        now: i64,
        apps: Vec<AppView>,
    }
    let now = clock::now();
    let registered = move |core: &mut super::super::super::core::Core| {
        core.apps()
            .map(|app| {
                (
                    app.id.clone(),
                    without_credentials(&app.url),
                    app.text.clone(),
                    app.functions.clone(),
                )
            })
            .collect::<Vec<_>>()
    };
    let mut apps: Vec<AppView> = routes
        .core
        .commit(registered)
        .await?
        .into_iter()
        .map(|(id, url, text, functions)| {
            let text: Value = serde_json::from_str(&text).unwrap_or_default();
            let functions = functions
                .iter()
                .map(|function| {
                    let ticks = function
                        .triggers
                        .iter()
                        .filter_map(|trigger| match trigger {
                            Trigger::Cron(schedule) => Some(Tick {
                                cron: schedule.line.clone(),
                                at: schedule.next(now),
                            }),
                            Trigger::Event { .. } => None,
                        });
                    let mut config = config(&text, &function.slug);
                    FunctionView {
                        slug: function.slug.clone(),
                        name: function.name.clone(),
                        next: ticks.collect(),
                        triggers: take(&mut config, "triggers"),
                        config,
                    }
                })
                .collect();
            AppView { id, url, functions }
        })
        .collect();
    apps.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    for app in &mut apps {
        app.functions.sort_unstable_by(|a, b| a.slug.cmp(&b.slug));
    }
    view(&List { now, apps })
}

/// What the app registered for this function.
fn config(registration: &Value, slug: &str) -> Value {
    let list = registration["functions"].as_array();
    let found = list.and_then(|list| list.iter().find(|config| config["id"] == *slug));
    let mut found = found.cloned().unwrap_or_default();
    if let Some(Value::String(url)) = found.pointer_mut("/steps/step/runtime/url") {
        *url = without_credentials(url);
    }
    found
}

fn take(config: &mut Value, field: &str) -> Value {
    config
        .as_object_mut()
        .and_then(|fields| fields.remove(field))
        .unwrap_or_default()
}
