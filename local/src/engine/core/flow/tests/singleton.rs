//! One run at a time.

use super::*;

fn mode(mode: &str) -> Value {
    json!({"singleton": {"mode": mode, "key": "event.data.user"}})
}

#[test]
fn a_second_run_is_skipped_until_the_first_is_over() {
    let mut sim = Sim::new(&[("f", mode("skip"))]);
    sim.send("f", json!({"n": 1, "user": "a"}));
    sim.send("f", json!({"n": 2, "user": "a"}));
    sim.send("f", json!({"n": 3, "user": "b"}));
    assert_eq!(sim.calling(), [1, 3]);
    let call = sim.open.remove(0);
    let sleep = json!([{"id": "s", "op": "Sleep", "opts": {"duration": "9s"}}]);
    sim.report(&call, sleep);
    sim.crash();
    sim.send("f", json!({"n": 4, "user": "a"}));
    assert_eq!(sim.calling(), [3], "asleep, but under way");
    sim.pass(9 * SECOND);
    assert_eq!(sim.calling(), [3, 1]);
    sim.finish();
    sim.finish();
    sim.send("f", json!({"n": 5, "user": "a"}));
    assert_eq!(sim.calling(), [5]);
}

#[test]
fn a_failure_and_a_cancellation_free_it_too() {
    let mut sim = Sim::new(&[("f", mode("skip"))]);
    sim.send("f", json!({"n": 1, "user": "a"}));
    let call = sim.only();
    let failed = Outcome::Failed {
        error: "{}".into(),
        last: true,
    };
    sim.answer(&call, failed);
    sim.send("f", json!({"n": 2, "user": "a"}));
    assert_eq!(sim.calling(), [2]);
    let run = Ulid::from_string(&sim.open[0].run_id).unwrap();
    sim.cancel(run);
    sim.send("f", json!({"n": 3, "user": "a"}));
    assert_eq!(sim.calling(), [2, 3]);
}

#[test]
fn a_new_run_takes_the_place_of_the_old_also_while_that_is_delayed() {
    let mut settings = mode("cancel");
    settings["throttle"] = json!({"limit": 1, "period": "10s"});
    let mut sim = Sim::new(&[("f", settings)]);
    for n in 1..=4 {
        sim.send("f", json!({"n": n, "user": "a"}));
        sim.pass(1);
    }
    let status: Vec<RunStatus> = sim.runs().into_iter().map(|run| run.2).collect();
    let cancelled = RunStatus::Cancelled;
    assert_eq!(
        status,
        [cancelled, cancelled, cancelled, RunStatus::Running]
    );
    sim.pass(10 * SECOND);
    assert_eq!(sim.calling(), [1, 4], "the app is still at the first");
}

#[test]
fn an_event_without_the_key_is_no_singleton_and_a_function_without_a_key_is_one() {
    let mut sim = Sim::new(&[
        ("f", mode("skip")),
        ("g", json!({"singleton": {"mode": "skip"}})),
    ]);
    sim.send("f", json!({"n": 1}));
    sim.send("f", json!({"n": 2}));
    assert_eq!(sim.calling(), [1, 2]);
    sim.send("g", json!({"n": 3}));
    sim.send("g", json!({"n": 4}));
    assert_eq!(sim.calling(), [1, 2, 3]);
}

#[test]
fn one_that_starts_itself_when_it_is_cancelled_comes_to_rest() {
    let settings = json!({"singleton": {"mode": "cancel"},
        "triggers": [{"event": "f"}, {"event": "inngest/function.cancelled"}]});
    let mut sim = Sim::new(&[("f", settings)]);
    sim.send("f", json!({"n": 1}));
    sim.send("f", json!({"n": 2}));
    let under_way = |run: &&(Ulid, Vec<Value>, RunStatus)| run.2 == RunStatus::Running;
    assert_eq!(sim.runs().iter().filter(under_way).count(), 1);
}
