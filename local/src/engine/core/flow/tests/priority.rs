//! Head starts, and events that are dated ahead.

use super::*;

#[test]
fn a_head_start_counts_in_seconds_of_age() {
    let settings = json!({"concurrency": 1, "priority": {"run": "event.data.p"}});
    let mut sim = Sim::new(&[("f", settings)]);
    let order = [
        (1, json!(0)),
        (2, json!(0)),
        (3, json!(-5)),
        (4, json!(1)),
        (5, json!(9)),
        (6, json!("much")),
    ];
    for (n, p) in order {
        sim.send("f", json!({"n": n, "p": p}));
        sim.pass(SECOND);
    }
    let mut turns = Vec::new();
    while !sim.open.is_empty() {
        turns.extend(sim.calling());
        sim.finish();
    }
    assert_eq!(turns, [1, 5, 2, 4, 6, 3]);
}

#[test]
fn ten_minutes_are_the_most() {
    let settings = json!({"concurrency": 1, "priority": {"run": "event.data.p"}});
    let mut sim = Sim::new(&[("f", settings)]);
    for n in 1..=2 {
        sim.send("f", json!({"n": n, "p": 0}));
    }
    sim.pass(601 * SECOND);
    sim.send("f", json!({"n": 3, "p": 100_000}));
    sim.finish();
    assert_eq!(sim.calling(), [2], "older by more than the most");
}

#[test]
fn an_event_dated_ahead_starts_its_run_then() {
    let mut sim = Sim::new(&[("f", json!({}))]);
    sim.take_event(json!({"name": "f", "data": {"n": 1}, "ts": START + 5000}));
    sim.settle();
    sim.crash();
    sim.pass(4_999);
    assert!(sim.open.is_empty());
    sim.pass(1);
    assert_eq!(sim.calling(), [1]);
}
