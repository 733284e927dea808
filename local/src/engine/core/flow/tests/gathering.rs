//! Debounces and batches.

use super::*;

#[test]
fn a_debounce_runs_once_with_the_last_event_when_it_is_quiet() {
    let mut sim = Sim::new(&[("f", json!({"debounce": {"period": "5s"}}))]);
    for n in 1..=3 {
        sim.send("f", json!({"n": n}));
        sim.pass(4 * SECOND);
    }
    assert!(sim.told().is_empty());
    sim.pass(999);
    assert!(sim.told().is_empty());
    sim.pass(1);
    assert_eq!(sim.told(), [[3]]);
    sim.send("f", json!({"n": 4}));
    sim.pass(5 * SECOND);
    assert_eq!(sim.told(), [[3], [4]]);
    assert!(sim.rows.gatherings.is_empty());
}

#[test]
fn a_debounce_is_put_off_no_longer_than_its_timeout() {
    let debounce = json!({"debounce": {"period": "5s", "timeout": "8s"}});
    let mut sim = Sim::new(&[("f", debounce)]);
    for n in 1..=4 {
        sim.send("f", json!({"n": n}));
        sim.pass(2 * SECOND - 1);
    }
    assert!(sim.told().is_empty());
    sim.pass(4);
    assert_eq!(sim.told(), [[4]]);
}

#[test]
fn an_event_that_happened_before_the_one_that_waits_changes_nothing() {
    let mut sim = Sim::new(&[("f", json!({"debounce": {"period": "5s"}}))]);
    sim.send("f", json!({"n": 1}));
    sim.pass(SECOND);
    sim.take_event(json!({"name": "f", "data": {"n": 2}, "ts": START - 1}));
    sim.pass(4 * SECOND);
    assert_eq!(sim.told(), [[1]]);
}

#[test]
fn each_value_of_a_key_is_debounced_alone_and_survives_crashes() {
    let debounce = json!({"debounce": {"period": "5s", "key": "event.data.doc"}});
    let mut sim = Sim::new(&[("f", debounce)]);
    sim.send("f", json!({"n": 1, "doc": "a"}));
    sim.send("f", json!({"n": 2, "doc": "b"}));
    sim.crash();
    sim.pass(2 * SECOND);
    sim.send("f", json!({"n": 3, "doc": "a"}));
    sim.crash();
    sim.pass(3 * SECOND);
    assert_eq!(sim.told(), [[2]]);
    sim.crash();
    sim.pass(2 * SECOND);
    assert_eq!(sim.told(), [[2], [3]]);
    sim.crash();
    sim.pass(60 * SECOND);
    assert_eq!(sim.told().len(), 2);
}

#[test]
fn what_comes_due_while_the_engine_is_down_or_its_app_unknown_is_late_and_not_lost() {
    let settings = json!({"debounce": {"period": "5s"}});
    let mut sim = Sim::new(&[("f", settings.clone()), ("g", json!({}))]);
    sim.send("f", json!({"n": 1}));
    sim.register(&[("g", json!({}))]);
    sim.pass(60 * SECOND);
    assert!(sim.told().is_empty());
    sim.register(&[("f", settings)]);
    assert_eq!(sim.told(), [[1]]);
}

#[test]
fn a_batch_runs_when_it_is_full_or_when_its_time_is_over() {
    let batch = json!({"batchEvents": {"maxSize": 3, "timeout": "10s"}});
    let mut sim = Sim::new(&[("f", batch)]);
    for n in 1..=4 {
        sim.send("f", json!({"n": n}));
        sim.pass(1);
    }
    assert_eq!(sim.told(), [[1, 2, 3]]);
    assert_eq!(sim.open[0].events.len(), 3);
    sim.pass(10 * SECOND - 2);
    assert_eq!(sim.told().len(), 1);
    sim.pass(1);
    assert_eq!(sim.told()[1], [4]);
    assert!(sim.rows.gatherings.is_empty());
}

#[test]
fn a_batch_has_one_key_and_leaves_out_what_its_condition_does_not_hold_for() {
    let batch = json!({"batchEvents": {"maxSize": 2, "timeout": "10s", "key": "event.data.k",
        "if": "event.data.slow == true"}});
    let mut sim = Sim::new(&[("f", batch)]);
    for (n, k, slow) in [
        (1, "a", true),
        (2, "b", true),
        (3, "a", false),
        (4, "a", true),
    ] {
        sim.send("f", json!({"n": n, "k": k, "slow": slow}));
        sim.pass(1);
    }
    sim.send("f", json!({"n": 5}));
    let told: Vec<Vec<Value>> = sim.told();
    assert_eq!(
        told,
        [vec![json!(3)], vec![json!(1), json!(4)], vec![json!(5)]]
    );
}

#[test]
fn no_event_of_a_batch_is_lost_or_doubled_by_crashes_between_any_two() {
    let batch = json!({"batchEvents": {"maxSize": 4, "timeout": "10s"}});
    let mut sim = Sim::new(&[("f", batch)]);
    for n in 1..=10 {
        sim.send("f", json!({"n": n}));
        sim.crash();
        sim.pass(1);
    }
    sim.pass(10 * SECOND);
    let told: Vec<i64> = sim
        .told()
        .concat()
        .iter()
        .map(|n| n.as_i64().unwrap())
        .collect();
    assert_eq!(told, (1..=10).collect::<Vec<_>>());
}

#[test]
fn a_large_batch_does_not_wait_for_more() {
    let batch = json!({"batchEvents": {"maxSize": 100, "timeout": "10s"}});
    let mut sim = Sim::new(&[("f", batch)]);
    let text = "x".repeat(500 * 1024);
    for n in 1..=21 {
        sim.send("f", json!({"n": n, "text": text}));
    }
    assert_eq!(sim.told().len(), 1);
    assert_eq!(sim.told()[0].len(), 21);
}

#[test]
fn every_invocation_in_a_batch_gets_its_result_also_after_a_crash() {
    let batch = json!({"batchEvents": {"maxSize": 2, "timeout": "10s"}});
    let mut sim = Sim::new(&[("f", batch), ("p", json!({}))]);
    for n in 1..=2 {
        sim.send("p", json!({"n": n}));
        let call = sim.only();
        let invoke = json!([{"id": "i", "op": "InvokeFunction",
            "opts": {"function_id": "x-f", "payload": {"data": {"n": n}}}}]);
        sim.report(&call, invoke);
    }
    sim.crash();
    let call = sim.only();
    assert_eq!(call.events.len(), 2);
    sim.answer(&call, Outcome::Finished("\"both\"".into()));
    let memos: Vec<&str> = sim.open.iter().map(|call| &*call.steps[0].1).collect();
    assert_eq!(memos, [r#"{"data":"both"}"#; 2]);
}

#[test]
fn a_debounced_invocation_gets_its_result_and_a_replaced_one_waits_for_its_time_out() {
    let mut sim = Sim::new(&[
        ("f", json!({"debounce": {"period": "5s"}})),
        ("p", json!({})),
    ]);
    for n in 1..=2 {
        sim.send("p", json!({"n": n}));
        let call = sim.only();
        let invoke = json!([{"id": "i", "op": "InvokeFunction", "opts": {"function_id": "x-f",
            "timeout": "1h", "payload": {"data": {"n": n}}}}]);
        sim.report(&call, invoke);
    }
    sim.pass(5 * SECOND);
    sim.finish();
    assert_eq!(sim.calling(), [2]);
    sim.finish();
    sim.pass(3600 * SECOND);
    assert_eq!(sim.calling(), [1]);
    assert!(sim.open[0].steps[0].1.contains("InngestInvokeTimeoutError"));
}
