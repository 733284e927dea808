//! What holds across crashes, new registrations and long times.

use super::*;
use crate::engine::core::Checkpoint;

#[test]
fn a_run_that_began_is_not_taken_for_one_that_waited_too_long_after_a_crash() {
    let mut sim = Sim::new(&[("f", json!({"timeouts": {"start": "10s"}}))]);
    sim.send("f", json!({"n": 1}));
    let call = sim.only();
    let steps = r#"[{"id": "s", "op": "StepRun", "data": 1}]"#;
    let checkpoint = Checkpoint {
        run: Ulid::from_string(&call.run_id).unwrap(),
        function: None,
        job: Some(call.job),
        request_id: Some(call.request_id.to_string()),
        steps: serde_json::from_str(steps).unwrap(),
    };
    sim.core.checkpoint(&checkpoint, sim.now);
    sim.pass(11 * SECOND);
    sim.crash();
    assert_eq!(sim.runs()[0].2, RunStatus::Running);
    assert_eq!(sim.only().steps.len(), 1);
}

#[test]
fn an_event_that_a_singleton_skipped_does_not_use_its_idempotency_key_up() {
    let both = json!({"idempotency": "event.data.id", "singleton": {"mode": "skip"}});
    let mut sim = Sim::new(&[("f", both)]);
    sim.send("f", json!({"n": 1, "id": "a"}));
    sim.send("f", json!({"n": 2, "id": "b"}));
    assert_eq!(sim.calling(), [1]);
    sim.finish();
    sim.send("f", json!({"n": 3, "id": "b"}));
    assert_eq!(sim.calling(), [3]);
}

#[test]
fn idempotency_keys_are_forgotten_after_their_day() {
    let mut sim = Sim::new(&[("f", json!({"idempotency": "event.data.n"}))]);
    for n in 0..3000 {
        sim.send("f", json!({"n": n}));
        sim.finish();
        sim.pass(600 * SECOND);
    }
    assert!(sim.core.keys.len() < 2 * 1024, "{}", sim.core.keys.len());
    sim.send("f", json!({"n": 2999}));
    assert!(sim.open.is_empty(), "still within its day");
}

#[test]
fn an_invocation_that_hands_on_another_ones_data_gets_its_result() {
    let mut sim = Sim::new(&[
        ("f", json!({})),
        ("g", json!({"debounce": {"period": "1s"}})),
    ]);
    sim.send("f", json!({"n": 1}));
    let call = sim.only();
    let data = json!({"n": 2, "_inngest": {"correlation_id": "another's"}});
    let invoke = json!([{"id": "i", "op": "InvokeFunction",
        "opts": {"function_id": "x-g", "payload": {"data": data}}}]);
    sim.report(&call, invoke);
    sim.pass(SECOND);
    sim.finish();
    assert_eq!(sim.calling(), [1], "the one that invoked goes on");
}

#[test]
fn nobody_hears_of_a_reruns_result() {
    let batch = json!({"batchEvents": {"maxSize": 2, "timeout": "60s"}});
    let mut sim = Sim::new(&[("f", json!({})), ("g", batch)]);
    for n in 1..=2 {
        sim.send("f", json!({"n": n}));
        let call = sim.only();
        let invoke = json!([{"id": "i", "op": "InvokeFunction",
            "opts": {"function_id": "x-g", "payload": {"data": {"n": n}}}}]);
        sim.report(&call, invoke);
    }
    let first = sim.open[0].events.clone();
    let original = Ulid::from_string(&sim.open[0].run_id).unwrap();
    sim.core.rerun(original, "x-g", first, sim.now).unwrap();
    sim.settle();
    let again = sim.open.remove(1);
    sim.answer(&again, Outcome::Finished("2".into()));
    assert_eq!(sim.open.len(), 1, "they wait for the first run");
    sim.finish();
    let memo = |call: &CallRequest| call.steps[0].1.to_string();
    let heard: Vec<_> = sim.open.iter().map(memo).collect();
    assert_eq!(heard, [r#"{"data":1}"#; 2]);
}

#[test]
fn a_time_out_that_is_registered_later_counts_for_runs_under_way() {
    let mut sim = Sim::new(&[("f", json!({}))]);
    sim.send("f", json!({"n": 1}));
    sim.register(&[("f", json!({"timeouts": {"finish": "10s"}}))]);
    sim.pass(11 * SECOND);
    assert_eq!(sim.runs()[0].2, RunStatus::Cancelled);
}

#[test]
fn an_ended_run_leaves_no_timer() {
    let limits = json!({"timeouts": {"start": "1d", "finish": "1d"}});
    let mut sim = Sim::new(&[("f", limits)]);
    sim.send("f", json!({"n": 1}));
    sim.pass(SECOND);
    sim.finish();
    assert_eq!(sim.core.next_timer(), None);
}
