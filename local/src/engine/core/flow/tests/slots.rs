//! Limits on calls under way.

use super::*;

fn tenants(sim: &mut Sim, name: &str, tenants: &[(&str, i32)]) {
    for (tenant, n) in tenants {
        sim.send(name, json!({"tenant": tenant, "n": n}));
    }
}

#[test]
fn each_value_of_a_key_has_its_own_room_and_none_is_in_another_s_way() {
    let limit = json!({"concurrency": {"limit": 1, "key": "event.data.tenant"}});
    let mut sim = Sim::new(&[("f", limit)]);
    tenants(&mut sim, "f", &[("a", 1), ("a", 2), ("a", 3), ("b", 4)]);
    assert_eq!(sim.calling(), [1, 4]);
    sim.finish();
    assert_eq!(sim.calling(), [4, 2]);
    sim.finish();
    assert_eq!(sim.calling(), [2], "b's end makes no room for a");
    sim.finish();
    assert_eq!(sim.calling(), [3]);
}

#[test]
fn two_limits_hold_both_and_room_that_one_call_cannot_use_is_another_s() {
    let limits = json!({"concurrency": [{"limit": 2}, {"limit": 1, "key": "event.data.tenant"}]});
    let mut sim = Sim::new(&[("f", limits)]);
    let order = [("a", 1), ("a", 2), ("b", 3), ("c", 4), ("a", 5)];
    tenants(&mut sim, "f", &order);
    assert_eq!(sim.calling(), [1, 3]);
    let second = sim.open.remove(1);
    sim.answer(&second, Outcome::Finished("1".into()));
    assert_eq!(
        sim.calling(),
        [1, 4],
        "a's next waits for a, not in c's way"
    );
    sim.finish();
    assert_eq!(sim.calling(), [4, 2]);
    sim.finish();
    sim.finish();
    assert_eq!(sim.calling(), [5]);
}

#[test]
fn a_key_of_the_account_is_shared_by_functions_and_not_with_the_environment() {
    let limit = |limit: u32, scope: &str| json!({"concurrency": {"limit": limit, "scope": scope, "key": "'model'"}});
    let mut sim = Sim::new(&[
        ("f", limit(1, "account")),
        ("g", limit(3, "account")),
        ("h", limit(1, "env")),
    ]);
    tenants(&mut sim, "f", &[("", 1), ("", 2)]);
    tenants(&mut sim, "g", &[("", 3), ("", 4), ("", 5)]);
    tenants(&mut sim, "h", &[("", 6)]);
    assert_eq!(sim.calling(), [1, 3, 4, 6]);
    sim.finish();
    assert_eq!(
        sim.calling(),
        [3, 4, 6, 5],
        "f knows of room for one, g of room for three"
    );
    for _ in 0..4 {
        sim.finish();
    }
    assert_eq!(sim.calling(), [2]);
}

#[test]
fn a_sleeping_run_holds_no_room() {
    let mut sim = Sim::new(&[("f", json!({"concurrency": 1}))]);
    tenants(&mut sim, "f", &[("", 1), ("", 2)]);
    let call = sim.only();
    sim.report(
        &call,
        json!([{"id": "s", "op": "Sleep", "opts": {"duration": "9s"}}]),
    );
    assert_eq!(sim.calling(), [2]);
    sim.pass(10 * SECOND);
    assert_eq!(sim.calling(), [2], "awake, and in the queue");
    sim.finish();
    assert_eq!(sim.calling(), [1]);
}

#[test]
fn a_cancelled_call_keeps_its_room_until_it_is_over_and_a_waiting_one_its_turn_to_nobody() {
    let mut sim = Sim::new(&[("f", json!({"concurrency": 1}))]);
    for n in 1..=3 {
        sim.send("f", json!({"n": n}));
        sim.pass(1);
    }
    let runs = sim.runs();
    sim.cancel(runs[1].0);
    sim.cancel(runs[0].0);
    assert_eq!(sim.calling(), [1], "the app is still at it");
    sim.finish();
    assert_eq!(sim.calling(), [3]);
}

#[test]
fn steps_in_parallel_each_take_room() {
    let mut sim = Sim::new(&[("f", json!({"concurrency": 2}))]);
    sim.send("f", json!({"n": 1}));
    let call = sim.only();
    let plan = json!([{"id": "a", "op": "StepPlanned"}, {"id": "b", "op": "StepPlanned"},
        {"id": "c", "op": "StepPlanned"}]);
    sim.report(&call, plan);
    assert_eq!(sim.open.len(), 2);
    let call = sim.open.remove(0);
    sim.report(&call, json!([{"id": "a", "op": "StepRun", "data": 1}]));
    assert_eq!(sim.open.len(), 2);
}

#[test]
fn older_runs_go_on_before_younger_ones_begin() {
    let mut sim = Sim::new(&[("f", json!({"concurrency": 1}))]);
    for n in 1..=3 {
        sim.send("f", json!({"n": n}));
        sim.pass(1);
    }
    let call = sim.only();
    sim.report(&call, json!([{"id": "a", "op": "StepRun", "data": 1}]));
    assert_eq!(
        sim.calling(),
        [2],
        "room is handed on before the answer is read"
    );
    sim.finish();
    assert_eq!(sim.calling(), [1]);
    sim.finish();
    assert_eq!(sim.calling(), [3]);
}

#[test]
fn limits_are_changed_for_those_who_wait_too() {
    let mut sim = Sim::new(&[("f", json!({"concurrency": 1}))]);
    tenants(&mut sim, "f", &[("", 1), ("", 2), ("", 3)]);
    sim.register(&[("f", json!({"concurrency": 2}))]);
    assert_eq!(sim.calling(), [1, 2]);
    sim.register(&[("f", json!({}))]);
    assert_eq!(sim.calling(), [1, 2, 3]);
}

#[test]
fn after_a_crash_the_limit_holds_and_everybody_gets_a_turn() {
    let limit = json!({"concurrency": {"limit": 1, "key": "event.data.tenant"}});
    let mut sim = Sim::new(&[("f", limit)]);
    tenants(&mut sim, "f", &[("a", 1), ("a", 2), ("b", 3)]);
    sim.crash();
    assert_eq!(sim.open.len(), 2);
    for _ in 0..3 {
        sim.finish();
    }
    assert!(sim.open.is_empty());
    let ended = sim.runs().iter().all(|run| run.2 == RunStatus::Completed);
    assert!(ended);
}

#[test]
fn nothing_is_kept_for_functions_without_limits() {
    let mut sim = Sim::new(&[("f", json!({}))]);
    tenants(&mut sim, "f", &[("", 1), ("", 2)]);
    let flow = &sim.core.flow;
    assert!(flow.taken.is_empty() && flow.in_use.is_empty() && flow.held.is_empty());
    assert!(sim.rows.gates.is_empty() && sim.rows.gatherings.is_empty());
}
