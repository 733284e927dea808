use serde_json::{Value, json};

use super::{
    super::{
        batch::Batch,
        event::NewEvent,
        function,
        run::RunStatus,
        wire::{Answer, Op, Outcome},
    },
    *,
};

const NOW: Millis = 1_700_000_000_000;

fn core(max_calls: usize) -> Core {
    let rules = Rules {
        retry_base: Duration::from_secs(1),
        unreachable_grace: 60_000,
        max_calls,
    };
    let mut core = Core::restore(rules, Loaded::default(), NOW);
    let step =
        json!({"step": {"runtime": {"url": "http://127.0.0.1:1/"}, "retries": {"attempts": 1}}});
    let app = json!({"appName": "x", "functions": [
        {"id": "x-a", "triggers": [{"event": "go"}], "steps": step},
        {"id": "x-one", "triggers": [{"event": "one"}], "steps": step, "concurrency": 1},
        {"id": "x-after", "triggers": [{"event": "inngest/function.failed",
            "expression": "event.data.function_id == 'x-a'"}], "steps": step},
    ]});
    core.register(function::parse(&app.to_string()).unwrap(), NOW);
    core
}

fn send(core: &mut Core, event: Value) {
    let event: NewEvent = serde_json::from_value(event).unwrap();
    core.ingest(vec![event], &HashMap::new(), NOW);
}

/// Commits what was decided and gives what was written and the calls that follow.
fn commit(core: &mut Core, now: Millis) -> (Batch, Vec<CallRequest>) {
    let mut batch = core.take_batch().unwrap_or_default();
    core.committed(std::mem::take(&mut batch.effects), now);
    core.fire_due(now);
    let calls = core.due_calls(now);
    (batch, calls)
}

fn answer(core: &mut Core, call: &CallRequest, outcome: Outcome, now: Millis) {
    core.call_over(call.job);
    let answer = Answer {
        version: Some(2),
        retry_at: None,
        outcome,
    };
    core.call_done(call.job, answer, now);
}

fn ops(list: Value) -> Outcome {
    let ops: Vec<Op> = serde_json::from_str(&list.to_string()).unwrap();
    Outcome::Ops { ops, last: false }
}

#[test]
fn nothing_is_called_before_it_is_committed() {
    let mut core = core(9);
    send(&mut core, json!({"name": "go"}));
    assert!(core.due_calls(NOW).is_empty());
    let (batch, calls) = commit(&mut core, NOW);
    assert_eq!(
        (batch.events.len(), batch.runs.len(), batch.jobs.len()),
        (1, 1, 1)
    );
    assert_eq!(calls.len(), 1);
    answer(
        &mut core,
        &calls[0],
        ops(json!([{"id": "s", "op": "StepRun", "data": 1}])),
        NOW,
    );
    assert!(core.due_calls(NOW).is_empty());
    let (batch, calls) = commit(&mut core, NOW);
    assert_eq!(
        (batch.steps.len(), batch.jobs.len()),
        (1, 1),
        "one step, one row of a call"
    );
    assert_eq!(calls[0].steps.len(), 1);
}

#[test]
fn steps_planned_together_are_continued_once_when_the_last_is_done() {
    let mut core = core(9);
    send(&mut core, json!({"name": "go"}));
    let (_, calls) = commit(&mut core, NOW);
    let plan = json!([{"id": "a", "op": "StepPlanned"}, {"id": "b", "op": "StepPlanned"},
        {"id": "c", "op": "Sleep", "opts": {"duration": "1s"}}]);
    answer(&mut core, &calls[0], ops(plan), NOW);
    let (_, calls) = commit(&mut core, NOW);
    let targets: Vec<_> = calls
        .iter()
        .map(|call| call.target.as_deref().unwrap())
        .collect();
    assert_eq!(targets, ["a", "b"]);
    assert!(calls.iter().all(|call| call.parallel));
    for call in &calls {
        let id = call.target.as_deref().unwrap();
        answer(
            &mut core,
            call,
            ops(json!([{"id": id, "op": "StepRun", "data": id}])),
            NOW,
        );
        assert!(
            commit(&mut core, NOW).1.is_empty(),
            "the sleep is still outstanding"
        );
    }
    core.fire_due(NOW + 1000);
    let (_, calls) = commit(&mut core, NOW + 1000);
    assert_eq!(calls.len(), 1);
    let order: Vec<_> = calls[0].steps.iter().map(|(id, _)| &**id).collect();
    assert_eq!(order, ["a", "b", "c"]);
}

#[test]
fn a_remembered_step_is_never_changed() {
    let mut core = core(9);
    send(&mut core, json!({"name": "go"}));
    let (_, calls) = commit(&mut core, NOW);
    answer(
        &mut core,
        &calls[0],
        ops(json!([{"id": "s", "op": "StepRun", "data": 1}])),
        NOW,
    );
    let (_, calls) = commit(&mut core, NOW);
    let again = json!([{"id": "s", "op": "StepRun", "data": 2}, {"id": "t", "op": "StepRun"}]);
    answer(&mut core, &calls[0], ops(again), NOW);
    let (batch, calls) = commit(&mut core, NOW);
    assert_eq!(batch.steps.len(), 1);
    assert_eq!(&*calls[0].steps[0].1, r#"{"data":1}"#);
}

#[test]
fn an_app_that_reports_nothing_new_does_not_leave_its_run_for_ever() {
    let mut core = core(9);
    send(&mut core, json!({"name": "go"}));
    let (_, calls) = commit(&mut core, NOW);
    answer(&mut core, &calls[0], ops(json!([])), NOW);
    let (batch, _) = commit(&mut core, NOW);
    assert!(
        batch
            .runs
            .values()
            .any(|run| run.status == RunStatus::Failed)
    );
}

#[test]
fn an_operation_that_is_not_built_fails_the_run_by_its_name() {
    let mut core = core(9);
    send(&mut core, json!({"name": "go"}));
    let (_, calls) = commit(&mut core, NOW);
    answer(
        &mut core,
        &calls[0],
        ops(json!([{"id": "s", "op": "DeferAdd"}])),
        NOW,
    );
    let (batch, calls) = commit(&mut core, NOW);
    let failed = batch
        .runs
        .values()
        .find(|run| run.status == RunStatus::Failed)
        .unwrap();
    assert!(failed.output.as_deref().unwrap().contains("DeferAdd"));
    assert_eq!(
        calls[0].function.slug, "x-after",
        "its failure handler is called"
    );
}

#[test]
fn attempts_are_counted_waited_for_and_used_up() {
    let mut core = core(9);
    send(&mut core, json!({"name": "go"}));
    let (_, calls) = commit(&mut core, NOW);
    let failed = || ops(json!([{"id": "s", "op": "StepError", "error": {"message": "no"}}]));
    answer(&mut core, &calls[0], failed(), NOW);
    let (_, calls) = commit(&mut core, NOW);
    assert!(calls.is_empty(), "not before the back-off is over");
    let later = NOW + 1101;
    core.fire_due(later);
    let calls = core.due_calls(later);
    assert_eq!(calls[0].attempt, 1);
    answer(&mut core, &calls[0], failed(), later);
    let (_, calls) = commit(&mut core, later);
    assert_eq!(
        calls[0].attempt, 0,
        "the run goes on with the error as the step's result"
    );
    assert_eq!(&*calls[0].steps[0].1, r#"{"error":{"message":"no"}}"#);
}

#[test]
fn an_app_that_is_away_costs_attempts_only_after_the_grace() {
    let mut core = core(9);
    send(&mut core, json!({"name": "go"}));
    let (_, mut calls) = commit(&mut core, NOW);
    let mut now = NOW;
    while now < NOW + 59_000 {
        answer(
            &mut core,
            &calls[0],
            Outcome::Unreachable("refused".into()),
            now,
        );
        now += 2000;
        calls = commit(&mut core, now).1;
        assert_eq!(calls[0].attempt, 0);
    }
    answer(
        &mut core,
        &calls[0],
        Outcome::Unreachable("refused".into()),
        now + 1000,
    );
    let (batch, _) = commit(&mut core, now + 1000);
    assert_eq!(batch.jobs.values().flatten().next().unwrap().attempt, 1);
}

#[test]
fn held_calls_get_their_turn_even_if_the_one_before_was_cancelled() {
    let mut core = core(9);
    for _ in 0..3 {
        send(&mut core, json!({"name": "one"}));
    }
    let (batch, first) = commit(&mut core, NOW);
    assert_eq!(first.len(), 1, "the function allows one call at once");
    let mut jobs: Vec<_> = batch
        .jobs
        .iter()
        .map(|(id, job)| (*id, job.as_ref().unwrap().run))
        .collect();
    jobs.sort_unstable();
    let held: Vec<_> = jobs[1..].iter().map(|(_, run)| *run).collect();
    assert_eq!(held.len(), 2);
    assert!(core.cancel(held[0], NOW));
    answer(&mut core, &first[0], Outcome::Finished("1".into()), NOW);
    let (_, next) = commit(&mut core, NOW);
    assert_eq!(next.len(), 1);
    assert_eq!(next[0].run_id, held[1].to_string());
}

#[test]
fn no_more_calls_than_allowed_are_under_way() {
    let mut core = core(2);
    for _ in 0..5 {
        send(&mut core, json!({"name": "go"}));
    }
    let (_, calls) = commit(&mut core, NOW);
    assert_eq!(calls.len(), 2);
    answer(&mut core, &calls[0], Outcome::Finished("1".into()), NOW);
    assert_eq!(core.due_calls(NOW).len(), 1);
}

#[test]
fn every_failed_attempt_of_a_step_is_kept_with_its_times() {
    let mut core = core(9);
    send(&mut core, json!({"name": "go"}));
    let (_, calls) = commit(&mut core, NOW);
    let failed =
        |text: &str| ops(json!([{"id": "s", "op": "StepError", "error": {"message": text}}]));
    answer(&mut core, &calls[0], failed("one"), NOW + 5);
    commit(&mut core, NOW + 5);
    let later = NOW + 2000;
    core.fire_due(later);
    let calls = core.due_calls(later);
    answer(&mut core, &calls[0], failed("two"), later + 7);
    let (batch, _) = commit(&mut core, later + 7);
    let step = batch.steps.values().next().unwrap();
    let attempts: Value = serde_json::from_str(step.attempts.as_json().unwrap()).unwrap();
    let shown = |from: Millis, to: Millis, message: &str| json!({"started_at": from, "ended_at": to, "error": {"name": "", "message": message}});
    assert_eq!(
        attempts,
        json!([shown(NOW, NOW + 5, "one"), shown(later, later + 7, "two")])
    );
}

#[test]
fn calls_that_fail_outside_of_steps_are_kept_with_their_run() {
    let mut core = core(9);
    send(&mut core, json!({"name": "go"}));
    let (_, calls) = commit(&mut core, NOW);
    let error = json!({"message": "thrown"}).to_string();
    answer(
        &mut core,
        &calls[0],
        Outcome::Failed { error, last: true },
        NOW + 5,
    );
    let (batch, _) = commit(&mut core, NOW + 5);
    let run = batch
        .runs
        .values()
        .find(|run| run.status == RunStatus::Failed);
    let attempts = run.unwrap().attempts.as_json().unwrap();
    assert!(attempts.contains("thrown"), "{attempts}");
}

#[test]
fn a_rerun_has_the_same_events_and_leads_back_to_the_first_run() {
    let mut core = core(9);
    send(&mut core, json!({"name": "go"}));
    let (_, calls) = commit(&mut core, NOW);
    answer(&mut core, &calls[0], Outcome::Finished("1".into()), NOW);
    commit(&mut core, NOW);
    let original = Ulid::from_string(&calls[0].run_id).unwrap();
    let events = calls[0].events.clone();
    assert!(
        core.rerun(original, "x-gone", events.clone(), NOW)
            .is_none()
    );
    let again = core.rerun(original, "x-a", events, NOW).unwrap();
    let (batch, next) = commit(&mut core, NOW);
    assert_eq!(batch.runs[&again].rerun_of, Some(original));
    assert_eq!(
        batch.events.len(),
        1,
        "written again, or they might be gone"
    );
    assert_eq!(next[0].run_id, again.to_string());
    assert_eq!(next[0].events[0].id, calls[0].events[0].id);
    assert!(next[0].steps.is_empty());
}

#[test]
fn a_step_does_not_begin_before_its_call_whatever_the_apps_clock_says() {
    let mut core = core(9);
    send(&mut core, json!({"name": "go"}));
    let (_, calls) = commit(&mut core, NOW);
    let told = (NOW - 400) * 1_000_000;
    let step = json!([{"id": "s", "op": "StepRun", "timing": {"a": told, "b": 0}}]);
    answer(&mut core, &calls[0], ops(step), NOW + 50);
    let (batch, calls) = commit(&mut core, NOW + 50);
    assert_eq!(batch.steps.values().next().unwrap().started_at, Some(NOW));
    let told = (NOW + 60) * 1_000_000;
    let step = json!([{"id": "t", "op": "StepRun", "timing": {"a": told, "b": 0}}]);
    answer(&mut core, &calls[0], ops(step), NOW + 90);
    let (batch, _) = commit(&mut core, NOW + 90);
    let begun = batch.steps.values().next().unwrap().started_at;
    assert_eq!(begun, Some(NOW + 60));
}
