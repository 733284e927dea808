//! Broken rules are told, not hung on; and never an empty answer.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::{join, pending, select};
use itemsmith_steps::{Answer, Call, Failure, OpCode, Step, Violation, drive, respond};
use serde_json::{Value, json};

const A: &str = "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8";
const B: &str = "e9d71f5ee7c92d6dc9e92ffdad17b8bd49418f98";

fn call(steps: &[(&str, Value)], step_id: &str, immediate: bool) -> Call {
    let stack: Vec<&str> = steps.iter().map(|(id, _)| *id).collect();
    let steps: BTreeMap<&str, &Value> = steps.iter().map(|(id, memo)| (*id, memo)).collect();
    let body = json!({
        "ctx": {
            "run_id": "r",
            "attempt": 0,
            "disable_immediate_execution": !immediate,
            "stack": { "stack": stack, "current": 1 },
            "something_new": {},
        },
        "event": { "name": "e", "data": {} },
        "events": null,
        "steps": steps,
    });
    Call::parse(body.to_string().as_bytes(), Some(step_id)).unwrap()
}

fn first(function: impl AsyncFnOnce(&Step) -> Result<(), Failure>) -> Answer {
    pollster::block_on(drive(call(&[], "step", true), function))
}

fn violation(answer: Answer) -> Violation {
    let Answer::Misused(violation) = answer else {
        panic!("not misused: {answer:?}")
    };
    let response = respond(Answer::Misused(violation.clone()));
    assert_eq!(response.status, 500);
    let body: Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!(body["message"], violation.to_string());
    violation
}

async fn one(step: &Step, id: &'static str) -> Result<u32, Failure> {
    Ok(step.run(id, async || Ok(1)).await?)
}

fn reported(answer: &Answer) -> Vec<(OpCode, &str)> {
    let Answer::Ops { ops, .. } = answer else {
        panic!("no operations: {answer:?}")
    };
    ops.iter()
        .map(|op| (op.op, op.display_name.as_str()))
        .collect()
}

#[test]
fn awaiting_what_is_no_step_is_refused() {
    let answer = first(async |_| pending().await);
    assert_eq!(violation(answer), Violation::ForeignAwait);
}

#[test]
fn waking_for_ever_is_refused() {
    let answer = first(async |_| {
        std::future::poll_fn(|context| {
            context.waker().wake_by_ref();
            std::task::Poll::<()>::Pending
        })
        .await;
        Ok(())
    });
    assert_eq!(violation(answer), Violation::ForeignAwait);
}

#[test]
fn a_step_inside_a_step_is_refused() {
    let answer = first(async |step| {
        let body = async || {
            one(step, "inner").await?;
            Ok(())
        };
        Ok(step.run("outer", body).await?)
    });
    let (outer, inner) = ("outer".to_owned(), "inner".to_owned());
    assert_eq!(violation(answer), Violation::NestedStep { outer, inner });
}

#[test]
fn an_id_that_collides_with_a_repeat_is_refused() {
    let answer = first(async |step| {
        let (a, b) = (
            step.run("a", async || Ok(1)),
            step.run("a:1", async || Ok(2)),
        );
        let c = step.run("a", async || Ok(3));
        drop((a, b, c));
        pending().await
    });
    assert_eq!(
        violation(answer),
        Violation::IdCollision {
            id: "a:1".to_owned()
        }
    );
}

#[test]
fn a_stored_result_of_another_type_is_refused_without_showing_it() {
    for memo in [
        json!({ "data": "secret" }),
        json!("secret"),
        json!({ "other": "secret" }),
    ] {
        let call = call(&[(A, memo)], "step", true);
        let answer = pollster::block_on(drive(call, async |step: &Step| one(step, "a").await));
        let violation = violation(answer);
        let (id, expected) = ("a".to_owned(), "u32".to_owned());
        assert_eq!(violation, Violation::ResultMismatch { id, expected });
    }
}

#[test]
fn a_step_that_is_not_reached_is_refused() {
    for finishes in [true, false] {
        let call = call(&[], B, false);
        let answer = pollster::block_on(drive(call, async |step: &Step| {
            if finishes {
                Ok(1)
            } else {
                one(step, "a").await
            }
        }));
        assert_eq!(
            violation(answer),
            Violation::TargetNotReached { hash: B.to_owned() }
        );
    }
}

#[test]
fn a_renamed_step_is_not_run_again_under_its_new_name() {
    let call = call(&[(A, json!({ "data": 1 }))], "step", true);
    let answer = pollster::block_on(drive(call, async |step: &Step| one(step, "renamed").await));
    let (hash, id) = (A.to_owned(), "renamed".to_owned());
    assert_eq!(violation(answer), Violation::StepsChanged { hash, id });
}

#[test]
fn dropping_a_running_step_is_refused() {
    let answer = first(async |step| {
        // A body that never ends races something that is no step and ends on its second poll.
        let body = Box::pin(step.run("a", async || pending::<Result<(), Failure>>().await));
        let mut polls = 0;
        let timer = std::future::poll_fn(move |_| {
            polls += 1;
            if polls > 2 {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        });
        let _ = select(body, timer).await;
        Ok(())
    });
    assert_eq!(
        violation(answer),
        Violation::StepAbandoned { id: "a".to_owned() }
    );
}

#[test]
fn a_result_that_is_no_json_is_refused() {
    use serde::{Deserialize, Serialize};
    let keys = BTreeMap::from([(vec![1_u8], 1)]);
    let answer = first(async |step| {
        #[derive(Serialize, Deserialize)]
        struct Odd(BTreeMap<Vec<u8>, u8>);
        step.run("odd", async || Ok(Odd(keys.clone()))).await?;
        Ok(())
    });
    assert!(matches!(violation(answer), Violation::ResultUnserializable { id, .. } if id == "odd"));
}

#[test]
fn a_step_asked_for_runs_alone() {
    let answer = pollster::block_on(drive(call(&[], B, false), async |step: &Step| {
        let never = async || -> Result<u32, Failure> { panic!("not asked for") };
        let (a, b) = join(step.run("a", never), one(step, "b")).await;
        Ok(a? + b?)
    }));
    assert_eq!(reported(&answer), [(OpCode::StepRun, "b")]);
}

#[test]
fn a_step_asked_for_twice_is_reported_again_without_running() {
    let call = call(&[(A, json!({ "data": 7 }))], A, false);
    let answer = pollster::block_on(drive(call, async |step: &Step| {
        let never = async || -> Result<u32, Failure> { panic!("ran before") };
        Ok(step.run("a", never).await?)
    }));
    let Answer::Ops { ops, .. } = answer else {
        panic!("no operations")
    };
    assert_eq!(ops[0].data.as_ref().map(|data| data.get()), Some("7"));
}

#[test]
fn the_loser_of_a_race_is_still_run_when_asked_for() {
    let call = call(&[(A, json!({ "data": 1 }))], B, false);
    let answer = pollster::block_on(drive(call, async |step: &Step| {
        let (a, b) = (Box::pin(one(step, "a")), Box::pin(one(step, "b")));
        select(a, b).await.factor_first().0
    }));
    assert_eq!(reported(&answer), [(OpCode::StepRun, "b")]);
}

#[test]
fn steps_go_on_in_the_order_in_which_they_completed() {
    for (order, winner) in [([A, B], "a"), ([B, A], "b")] {
        let steps: Vec<(&str, Value)> =
            order.iter().map(|id| (*id, json!({ "data": 1 }))).collect();
        let answer = pollster::block_on(drive(call(&steps, "step", true), async |step: &Step| {
            let named = async |id| one(step, id).await.map(|_| id);
            let (a, b) = (Box::pin(named("a")), Box::pin(named("b")));
            select(a, b).await.factor_first().0
        }));
        assert!(matches!(answer, Answer::Finished(won) if won == winner));
    }
}

#[test]
fn one_new_step_is_planned_where_it_may_not_run_at_once() {
    let call = call(&[], "step", false);
    let answer = pollster::block_on(drive(call, async |step: &Step| one(step, "a").await));
    assert_eq!(reported(&answer), [(OpCode::StepPlanned, "a")]);
}

#[test]
fn an_input_alone_means_that_the_step_is_not_over() {
    let call = call(&[(A, json!({ "input": [1] }))], "step", true);
    let answer = pollster::block_on(drive(call, async |step: &Step| one(step, "a").await));
    assert_eq!(reported(&answer), [(OpCode::StepRun, "a")]);
}

#[test]
fn steps_that_are_never_awaited_do_not_exist() {
    let answer = first(async |step| {
        let _unused = step.sleep("unused", Duration::from_secs(1));
        one(step, "a").await?;
        Ok(())
    });
    assert_eq!(reported(&answer), [(OpCode::StepRun, "a")]);
}

#[test]
fn an_argument_that_is_no_json_is_refused() {
    let keys = BTreeMap::from([(vec![1_u8], 1)]);
    let answer = first(async |step| Ok(step.invoke("odd", "app-f", &keys, None).await?));
    assert!(
        matches!(violation(answer), Violation::ArgumentUnserializable { id, .. } if id == "odd")
    );
}
