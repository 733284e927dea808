use serde_json::{Value, json};

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
fn what_is_not_known_is_refused_by_name() {
    for (field, value, named) in [
        ("brandNewThing", json!(true), "brandNewThing"),
        (
            "throttle",
            json!({"limit": 1, "period": "1m", "smooth": true}),
            "throttle.smooth",
        ),
        (
            "concurrency",
            json!({"limit": 1, "mode": "x"}),
            "concurrency.mode",
        ),
        ("singleton", json!({"mode": "queue"}), "queue"),
        (
            "concurrency",
            json!({"limit": 1, "scope": "galaxy", "key": "'a'"}),
            "galaxy",
        ),
        ("debounce", json!(5), "debounce"),
    ] {
        let error = register(json!({field: value})).unwrap_err();
        assert!(error.contains("app-fn") && error.contains(named), "{error}");
    }
}

#[test]
fn flow_control_is_read_at_the_ends_of_its_ranges() {
    for (field, value) in [
        ("rateLimit", json!({"limit": 1, "period": "24h"})),
        ("throttle", json!({"limit": 0, "period": "7d", "burst": 0})),
        ("throttle", json!({"limit": 1, "period": "1s", "key": ""})),
        ("debounce", json!({"period": "7d", "timeout": "30d"})),
        ("priority", json!({"run": "event.data.p"})),
        ("priority", json!({})),
        (
            "batchEvents",
            json!({"maxSize": 500, "timeout": "5m", "if": "event.data.a"}),
        ),
        ("singleton", json!({"mode": "cancel"})),
        (
            "concurrency",
            json!([{"limit": 1, "scope": "env", "key": "'a'"}, {"limit": 2}]),
        ),
        ("idempotency", json!("event.data.order")),
    ] {
        let read = register(json!({field: value.clone()}));
        assert!(read.is_ok(), "{field} {value}: {read:?}");
    }
}

#[test]
fn what_inngest_refuses_is_refused_with_a_sentence() {
    for (field, value) in [
        ("rateLimit", json!({"limit": 0, "period": "1m"})),
        ("rateLimit", json!({"limit": 1, "period": "25h"})),
        ("rateLimit", json!({"limit": 1})),
        ("throttle", json!({"limit": 1, "period": "500ms"})),
        ("throttle", json!({"limit": 1, "period": "8d"})),
        ("throttle", json!({"limit": 1.5, "period": "1m"})),
        ("debounce", json!({"period": "8d"})),
        ("debounce", json!({"period": "1m", "key": "event.data."})),
        ("debounce", json!({"period": "soon"})),
        ("batchEvents", json!({"maxSize": 1, "timeout": "1s"})),
        ("batchEvents", json!({"maxSize": 501, "timeout": "1s"})),
        ("batchEvents", json!({"maxSize": 2, "timeout": "1h"})),
        ("batchEvents", json!({"maxSize": 2})),
        ("singleton", json!({"key": "event.data.a"})),
        ("concurrency", json!({"limit": 1, "scope": "account"})),
        ("concurrency", json!([1, 2, 3])),
        ("concurrency", json!({"limit": -1})),
        ("priority", json!({"run": "event.data.p +"})),
        (
            "cancel",
            json!([{"event": "a"}, {"event": "b"}, {"event": "c"}, {"event": "d"}, {"event": "e"},
                {"event": "f"}]),
        ),
    ] {
        let error = register(json!({field: value})).unwrap_err();
        assert!(error.contains("app-fn"), "{field}: {error}");
    }
}

#[test]
fn batches_are_combined_with_nothing_that_inngest_does_not_combine_them_with() {
    let batch = json!({"maxSize": 2, "timeout": "1s"});
    for (field, value) in [
        ("rateLimit", json!({"limit": 1, "period": "1m"})),
        ("debounce", json!({"period": "1m"})),
        ("priority", json!({"run": "1"})),
        ("singleton", json!({"mode": "skip"})),
        ("cancel", json!([{"event": "stop"}])),
        ("idempotency", json!("event.data.order")),
    ] {
        let error = register(json!({"batchEvents": batch, field: value})).unwrap_err();
        assert!(
            error.contains("batchEvents") && error.contains(field),
            "{error}"
        );
    }
    let fine = json!({"batchEvents": batch, "throttle": {"limit": 1, "period": "1m"},
        "concurrency": {"limit": 1, "key": "event.data.a"}});
    assert!(register(fine).is_ok());
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
fn the_smallest_of_two_limits_for_the_function_counts_and_zero_is_none() {
    let limits = |value| {
        let app = register(json!({"concurrency": value})).unwrap();
        let limits = app.functions[0].flow.concurrency.iter();
        limits.map(|limit| limit.limit).collect::<Vec<_>>()
    };
    assert_eq!(limits(json!(3)), [3]);
    assert_eq!(
        limits(json!([{"limit": 5}, {"limit": 2, "scope": "fn"}])),
        [2]
    );
    assert_eq!(
        limits(json!([{"limit": 2}, {"limit": 9, "key": "'a'"}])),
        [9, 2]
    );
    assert!(limits(json!(0)).is_empty());
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

#[test]
fn an_address_that_the_database_cannot_keep_is_refused() {
    let steps = json!({"step": {"runtime": {"url": "http://h/"}}});
    let app = json!({"appName": "a", "url": "http://h/\u{0}",
        "functions": [{"id": "a-b", "steps": steps}]});
    assert!(parse(&app.to_string()).is_err());
}

#[test]
fn a_refusal_does_not_quote_the_credentials_of_an_address() {
    for url in ["https://me:hunter22@h/", "http://me:hunter22@:x/"] {
        let steps = json!({"step": {"runtime": {"url": url}}});
        let error = register(json!({"steps": steps})).unwrap_err();
        assert!(!error.contains("hunter22"), "{error}");
    }
}
