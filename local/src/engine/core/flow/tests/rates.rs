//! Throttles, rate limits and idempotency.

use super::*;

fn burst(sim: &mut Sim, name: &str, count: i32) {
    for n in 1..=count {
        sim.send(name, json!({"n": n}));
    }
}

#[test]
fn a_throttle_starts_the_limit_and_the_others_evenly_and_in_order() {
    let throttle = json!({"throttle": {"limit": 2, "period": "10s"}});
    let mut sim = Sim::new(&[("f", throttle)]);
    burst(&mut sim, "f", 4);
    assert_eq!(sim.calling(), [1, 2]);
    sim.pass(4_999);
    assert_eq!(sim.calling(), [1, 2]);
    sim.pass(1);
    assert_eq!(sim.calling(), [1, 2, 3]);
    sim.pass(5 * SECOND);
    assert_eq!(sim.calling(), [1, 2, 3, 4]);
    sim.pass(60 * SECOND);
    burst(&mut sim, "f", 3);
    assert_eq!(
        sim.open.len(),
        6,
        "after a silence the limit is there again"
    );
}

#[test]
fn a_throttle_lets_its_burst_start_on_top_of_the_limit() {
    let throttle = json!({"throttle": {"limit": 1, "period": "5s", "burst": 2}});
    let mut sim = Sim::new(&[("f", throttle)]);
    burst(&mut sim, "f", 4);
    assert_eq!(sim.calling(), [1, 2, 3]);
}

#[test]
fn a_throttle_delays_starts_and_no_later_step() {
    let throttle = json!({"throttle": {"limit": 1, "period": "1m", "key": "event.data.tenant"}});
    let mut sim = Sim::new(&[("f", throttle)]);
    sim.send("f", json!({"n": 1, "tenant": "a"}));
    sim.send("f", json!({"n": 2, "tenant": "a"}));
    sim.send("f", json!({"n": 3, "tenant": "b"}));
    assert_eq!(sim.calling(), [1, 3]);
    let call = sim.open.remove(0);
    sim.report(&call, json!([{"id": "a", "op": "StepRun", "data": 1}]));
    assert_eq!(sim.calling(), [3, 1]);
}

#[test]
fn a_throttled_start_is_committed_before_its_call_leaves() {
    let throttle = json!({"throttle": {"limit": 1, "period": "1m"}});
    let mut sim = Sim::new(&[("f", throttle)]);
    sim.take_event(json!({"name": "f"}));
    let mut batch = sim.core.take_batch().unwrap();
    let effects = std::mem::take(&mut batch.effects);
    sim.core.committed(effects, sim.now);
    assert!(sim.core.due_calls(sim.now).is_empty());
    assert_eq!(sim.core.take_batch().unwrap().gates.len(), 1);
}

#[test]
fn crashes_let_no_more_starts_through() {
    let throttle = json!({"throttle": {"limit": 1, "period": "10s"}});
    let mut sim = Sim::new(&[("f", throttle)]);
    burst(&mut sim, "f", 3);
    assert_eq!(sim.calling(), [1]);
    for _ in 0..5 {
        sim.crash();
        assert_eq!(sim.calling(), [1], "the one that had started goes on");
    }
    sim.pass(10 * SECOND);
    assert_eq!(sim.calling(), [1, 2]);
}

#[test]
fn a_run_cancelled_while_it_is_delayed_uses_no_start() {
    let throttle = json!({"throttle": {"limit": 1, "period": "10s"},
        "timeouts": {"start": "15s"}});
    let mut sim = Sim::new(&[("f", throttle)]);
    for n in 1..=4 {
        sim.send("f", json!({"n": n}));
        sim.pass(1);
    }
    sim.cancel(sim.runs()[1].0);
    sim.pass(10 * SECOND);
    assert_eq!(sim.calling(), [1, 3]);
    sim.pass(10 * SECOND);
    assert_eq!(sim.runs()[3].2, RunStatus::Cancelled, "it waited too long");
    assert_eq!(sim.calling(), [1, 3]);
}

#[test]
fn a_throttle_s_queue_is_not_held_up_by_one_that_finds_no_room() {
    let both = json!({"throttle": {"limit": 100, "period": "1s"},
        "concurrency": {"limit": 1, "key": "event.data.tenant"}});
    let mut sim = Sim::new(&[("f", both)]);
    for n in 1..=3 {
        sim.send("f", json!({"n": n, "tenant": "a"}));
    }
    sim.send("f", json!({"n": 4, "tenant": "b"}));
    assert_eq!(sim.calling(), [1, 4]);
    sim.finish();
    assert_eq!(sim.calling(), [4, 2]);
}

#[test]
fn thousands_wait_for_a_throttle_and_all_start_in_time() {
    let both = json!({"throttle": {"limit": 100, "period": "1s"},
        "concurrency": {"limit": 1000, "key": "event.data.tenant"}});
    let mut sim = Sim::new(&[("f", both)]);
    for n in 0..1000 {
        sim.take_event(json!({"name": "f", "data": {"n": n}}));
    }
    sim.settle();
    assert_eq!(sim.open.len(), 100);
    sim.pass(9 * SECOND);
    assert_eq!(sim.open.len(), 1000);
}

#[test]
fn a_rate_limit_drops_what_is_too_much_and_takes_events_again_after_the_window() {
    let limit = json!({"rateLimit": {"limit": 1, "period": "10s"}});
    let mut sim = Sim::new(&[("f", limit)]);
    burst(&mut sim, "f", 3);
    sim.pass(9_999);
    sim.send("f", json!({"n": 8}));
    assert_eq!(sim.told(), [[1]]);
    sim.pass(1);
    sim.send("f", json!({"n": 9}));
    assert_eq!(sim.told(), [[1], [9]]);
}

#[test]
fn a_rate_limit_is_smooth_but_for_a_tenth_at_once() {
    let limit = json!({"rateLimit": {"limit": 20, "period": "20s"}});
    let mut sim = Sim::new(&[("f", limit)]);
    burst(&mut sim, "f", 10);
    assert_eq!(sim.told().len(), 3);
    sim.pass(SECOND);
    burst(&mut sim, "f", 10);
    assert_eq!(sim.told().len(), 4);
}

#[test]
fn a_rate_limit_counts_each_value_and_exempts_what_has_none() {
    let limit = json!({"rateLimit": {"limit": 1, "period": "1h", "key": "event.data.tenant"}});
    let mut sim = Sim::new(&[("f", limit)]);
    for (n, tenant) in [(1, json!("a")), (2, json!("b")), (3, json!("a"))] {
        sim.send("f", json!({"n": n, "tenant": tenant}));
    }
    sim.send("f", json!({"n": 4}));
    sim.send("f", json!({"n": 5}));
    sim.crash();
    sim.send("f", json!({"n": 6, "tenant": "b"}));
    assert_eq!(sim.open.len(), 4);
    assert!(!sim.told().contains(&vec![json!(3)]) && !sim.told().contains(&vec![json!(6)]));
}

#[test]
fn an_invocation_that_is_limited_fails_and_says_why() {
    let limit = json!({"rateLimit": {"limit": 1, "period": "1h"}});
    let mut sim = Sim::new(&[("f", limit), ("p", json!({}))]);
    sim.send("f", json!({}));
    sim.finish();
    sim.send("p", json!({}));
    let call = sim.only();
    let invoke = json!([{"id": "i", "op": "InvokeFunction",
        "opts": {"function_id": "x-f", "payload": {"data": {}}}}]);
    sim.report(&call, invoke);
    let call = sim.only();
    let memo: Value = serde_json::from_str(&call.steps[0].1).unwrap();
    assert_eq!(memo["error"]["message"], "invoked function is rate limited");
}

#[test]
fn an_idempotency_key_takes_the_place_of_a_rate_limit() {
    let settings = json!({"rateLimit": {"limit": 1, "period": "1h"},
        "idempotency": "event.data.order"});
    let mut sim = Sim::new(&[("f", settings)]);
    for (n, order) in [(1, 7), (2, 8), (3, 7)] {
        sim.send("f", json!({"n": n, "order": order}));
    }
    assert_eq!(sim.calling(), [1, 2]);
    sim.crash();
    sim.pass(24 * 3600 * SECOND - 1);
    sim.send("f", json!({"n": 4, "order": 8}));
    sim.pass(1);
    sim.send("f", json!({"n": 5, "order": 8}));
    assert_eq!(sim.calling(), [1, 2, 5]);
}
