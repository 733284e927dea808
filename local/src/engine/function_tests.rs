use serde_json::json;

use super::*;

fn register(extra: Value) -> Result<App, String> {
    let mut config = json!({
        "id": "app-fn",
        "name": "Fn",
        "triggers": [{"event": "a/b"}],
        "steps": {"step": {"id": "step", "name": "step",
            "runtime": {"type": "http", "url": "http://localhost:1/api?fnId=app-fn&stepId=step"}}},
    });
    let config_map = config.as_object_mut().unwrap();
    for (field, value) in extra.as_object().unwrap() {
        config_map.insert(field.clone(), value.clone());
    }
    parse(
        &json!({"url": "http://localhost:1/api", "appName": "app", "functions": [config]})
            .to_string(),
    )
}

#[test]
fn what_is_not_built_is_refused_by_name() {
    for (field, value) in [
        ("rateLimit", json!({"limit": 1, "period": "1m"})),
        ("throttle", json!({"limit": 1, "period": "1m"})),
        ("debounce", json!({"period": "1m"})),
        ("priority", json!({"run": "100"})),
        ("batchEvents", json!({"maxSize": 2, "timeout": "1s"})),
        ("singleton", json!({"mode": "skip"})),
        (
            "concurrency",
            json!([{"limit": 1, "key": "event.data.user"}]),
        ),
        ("concurrency", json!({"limit": 1, "scope": "account"})),
        ("brandNewThing", json!(true)),
    ] {
        let error = register(json!({field: value})).unwrap_err();
        assert!(error.contains("app-fn") && error.contains(field), "{error}");
    }
}

#[test]
fn nulls_and_empty_lists_ask_for_nothing() {
    assert!(register(json!({"rateLimit": null, "cancel": [], "brandNew": null})).is_ok());
}

#[test]
fn retries_come_from_the_step_and_default_to_four() {
    assert_eq!(register(json!({})).unwrap().functions[0].retries, 4);
    let with = |count: Value| {
        register(json!({"steps": {"step": {"retries": {"attempts": count},
            "runtime": {"url": "http://localhost:1/api"}}}}))
    };
    assert_eq!(with(json!(0)).unwrap().functions[0].retries, 0);
    assert!(with(json!(21)).is_err());
}

#[test]
fn the_smallest_concurrency_counts_and_zero_is_none() {
    let limit = |value| register(json!({"concurrency": value})).unwrap().functions[0].concurrency;
    assert_eq!(limit(json!(3)), Some(3));
    assert_eq!(
        limit(json!([{"limit": 5}, {"limit": 2, "scope": "fn"}])),
        Some(2)
    );
    assert_eq!(limit(json!(0)), None);
}

#[test]
fn bad_triggers_are_refused() {
    for triggers in [
        json!([{"event": "a", "expression": "event.data.a =="}]),
        json!([{"cron": "every minute"}]),
        json!([{}]),
        json!(["a"]),
    ] {
        let error = register(json!({ "triggers": triggers })).unwrap_err();
        assert!(error.contains("app-fn"), "{error}");
    }
}

#[test]
fn an_event_name_may_end_with_a_star() {
    assert!(covers("a/*", "a/b"));
    assert!(!covers("a/*", "b/a"));
    assert!(covers("a/b", "a/b"));
    assert!(!covers("a/b", "a/bc"));
}

#[test]
fn ids_that_no_database_takes_are_refused() {
    assert!(register(json!({"id": "app-\u{0}"})).is_err());
    assert!(register(json!({"id": "x".repeat(257)})).is_err());
}
