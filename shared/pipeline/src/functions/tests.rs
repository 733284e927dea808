//! The functions, carried to their end over the protocol's own bytes.

mod memory;

use std::rc::Rc;

use itemsmith_domain::{Digest, FailureReason, IterationStatus, RequestStatus, event};
use itemsmith_steps::{
    Answer, App as _, Call, Checkpointing, Config, Event, HttpRequest, HttpResponse, OpCode,
    Settings, StepError, Trigger, check, respond, serve,
    testing::{End, Engine},
};
use serde_json::{Value, json};

use super::{APP_ID, Orchestrator, functions, id};
use crate::{
    ports::{FinishReason, Ports as _, Reply},
    retry::{ModelTrouble, Pace, model_trouble},
};
use memory::{Memory, says};

type World = Rc<Orchestrator<Memory>>;

fn world(memory: Memory) -> World {
    Rc::new(Orchestrator {
        ports: memory,
        pace: Pace::DEVELOPMENT,
        checkpointing: Checkpointing::default(),
    })
}

/// Answers one call; with `twice`, as if the first answer had been lost on its way.
async fn answer(world: &World, function: &str, request: HttpRequest, twice: bool) -> HttpResponse {
    let step = request.url.split("stepId=").nth(1);
    let call = || Call::parse(&request.body, step).expect("the engine's own call");
    if twice {
        world.call(function, call()).await;
    }
    respond(world.call(function, call()).await)
}

/// The engine's call of the model: the same model as ours.
fn gateway(world: &World) -> impl Fn(&Value) -> Result<Value, StepError> + 'static {
    let world = Rc::clone(world);
    move |body| {
        let chat = serde_json::from_value(body.clone()).expect("the request that was handed over");
        match pollster::block_on(world.ports.chat(&chat)) {
            Ok(completion) => Ok(json!({ "text": completion.reply.text })),
            Err(error) => Err(StepError {
                name: "Error".to_owned(),
                message: error.message,
                data: None,
            }),
        }
    }
}

/// A world whose engine calls the model.
fn handing_over(memory: Memory) -> World {
    memory.hands_over.set(true);
    world(memory)
}

/// Runs a function for an event, the functions that it invokes included.
fn run(world: &World, function: &'static str, event: Event, twice: bool) -> (End, Engine) {
    let nested = |name: &'static str| {
        let world = Rc::clone(world);
        move |data: &Value| -> Result<Value, StepError> {
            let event = Event {
                data: data.clone(),
                ..Event::default()
            };
            match run(&world, name, event, twice).0 {
                End::Finished(value) => Ok(value),
                End::Failed(error) => Err(error),
            }
        }
    };
    let mut engine = Engine::new(format!("{APP_ID}-{function}"), event)
        .on_invoke(format!("{APP_ID}-{}", id::ITERATION), nested(id::ITERATION))
        .on_invoke(format!("{APP_ID}-{}", id::RECORD), nested(id::RECORD))
        .on_infer(gateway(world));
    let end = pollster::block_on(
        engine.run(async |request| answer(world, function, request, twice).await),
    );
    (end, engine)
}

/// The same through the endpoint, the steps checkpointed as they are in production.
fn run_checkpointed(world: &World, function: &'static str, event: Event) -> (End, Engine) {
    let nested = |name: &'static str| {
        let world = Rc::clone(world);
        move |data: &Value| -> Result<Value, StepError> {
            let event = Event {
                data: data.clone(),
                ..Event::default()
            };
            match run_checkpointed(&world, name, event).0 {
                End::Finished(value) => Ok(value),
                End::Failed(error) => Err(error),
            }
        }
    };
    let mut engine = Engine::new(format!("{APP_ID}-{function}"), event)
        .on_invoke(format!("{APP_ID}-{}", id::ITERATION), nested(id::ITERATION))
        .on_invoke(format!("{APP_ID}-{}", id::RECORD), nested(id::RECORD));
    let server = engine.server();
    let dev = Some("1".to_owned());
    let config = Config::new(Settings {
        dev,
        ..Settings::default()
    })
    .unwrap();
    let call = async |request| serve(&**world, &server, &config, request).await;
    let end = pollster::block_on(engine.run(call));
    (end, engine)
}

fn requested(world: &World) -> Event {
    let data = json!({ "requestId": world.ports.id });
    Event {
        name: event::REQUESTED.to_owned(),
        data,
        ..Event::default()
    }
}

fn generate(world: &World) -> Value {
    match run(world, id::GENERATE, requested(world), false).0 {
        End::Finished(value) => value,
        End::Failed(error) => panic!("the run failed: {error}"),
    }
}

fn rejected() -> crate::ports::PortError {
    model_trouble(&ModelTrouble::Status {
        status: 401,
        retry_after: None,
        code: None,
        message: None,
    })
}

fn repairing() -> Memory {
    Memory::new([
        says("badTypes"),
        says("badPolicy"),
        says("badRun"),
        says("good"),
    ])
}

#[test]
fn checkpointed_runs_come_to_the_same_end_in_fewer_calls() {
    let (plain, checkpointed) = (world(repairing()), world(repairing()));
    let (end, calls) = run(&plain, id::GENERATE, requested(&plain), false);
    let (same, fewer) = run_checkpointed(&checkpointed, id::GENERATE, requested(&checkpointed));
    assert_eq!(end, same);
    assert_eq!(
        plain.ports.posted_names(),
        checkpointed.ports.posted_names()
    );
    let without_end = |engine: &Engine| -> Vec<(OpCode, String)> {
        let reported = engine.reported().into_iter();
        reported
            .filter(|(op, _)| *op != OpCode::RunComplete)
            .map(|(op, id)| (op, id.to_owned()))
            .collect()
    };
    assert_eq!(without_end(&calls), without_end(&fewer));
    assert!(fewer.exchanges().len() < calls.exchanges().len());
}

#[test]
fn a_template_is_repaired_until_it_is_proven() {
    let world = world(repairing());
    let end = generate(&world);
    assert_eq!(
        end,
        json!({ "outcome": "proven", "iterations": 4, "status": "succeeded" })
    );
    let ports = &world.ports;
    assert_eq!(
        ports.posted_names(),
        [
            "template/completed:R",
            "template/iteration.completed:R:1",
            "template/iteration.completed:R:2",
            "template/iteration.completed:R:3",
            "template/iteration.completed:R:4",
        ]
    );
    assert!(ports.outbox.borrow().is_empty());
    let attempts = ports.attempts.borrow();
    let statuses: Vec<IterationStatus> = attempts
        .iter()
        .filter_map(|a| a.ruling.as_ref())
        .map(|r| r.status())
        .collect();
    use IterationStatus::{Success, TypecheckFailed, ValidationFailed};
    assert_eq!(
        statuses,
        [TypecheckFailed, ValidationFailed, ValidationFailed, Success]
    );
    assert!(!attempts[0].prompt.contains("badTypes"));
    assert!(
        attempts[1].prompt.contains("TS2322: badTypes"),
        "the findings reach the next prompt"
    );
    assert!(attempts[2].prompt.contains("9001 no-any: badPolicy"));
    assert!(attempts[3].prompt.contains("9002 invalid-item: badRun"));
}

#[test]
fn the_proven_template_is_stored_with_its_files() {
    let world = world(Memory::new([says("good")]));
    generate(&world);
    let output = world.ports.output.borrow();
    let output = output.as_ref().expect("an output");
    assert_eq!(output.typescript, "good\n");
    assert_eq!(output.widget_tuple, ["dotPlot"]);
    let names: Vec<&str> = output.artifacts.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["template.ts", "manifest.json", "items/3.json"]);
    let manifest: Value = serde_json::from_str(&output.artifacts[1].text).expect("JSON");
    assert_eq!(manifest["template"], output.artifacts[0].digest.as_str());
    assert_eq!(manifest["proof"]["iteration"], 1);
}

#[test]
fn every_effect_has_a_step_of_its_own() {
    let world = world(Memory::new([says("good")]));
    let (_, engine) = run(&world, id::GENERATE, requested(&world), false);
    use OpCode::{InvokeFunction, StepRun};
    assert_eq!(
        engine.reported(),
        [
            (StepRun, "start"),
            (InvokeFunction, "iterate-1"),
            (InvokeFunction, "record"),
            (StepRun, "complete"),
            (StepRun, "publish"),
        ]
    );
    let fresh = self::world(Memory::new([says("good")]));
    fresh.ports.status.set(RequestStatus::Running);
    let data = json!({ "requestId": fresh.ports.id, "iteration": 1 });
    let (_, engine) = run(
        &fresh,
        id::ITERATION,
        Event {
            data,
            ..Event::default()
        },
        false,
    );
    let steps: Vec<&str> = engine
        .reported()
        .into_iter()
        .map(|(_, name)| name)
        .collect();
    assert_eq!(
        steps,
        ["prompt-1", "model-1", "check-1", "persist-1", "publish-1"]
    );
}

#[test]
fn a_replay_of_every_step_changes_nothing() {
    let once = world(repairing());
    let twice = world(repairing());
    let (first, _) = run(&once, id::GENERATE, requested(&once), false);
    let (second, _) = run(&twice, id::GENERATE, requested(&twice), true);
    assert_eq!(first, second);
    assert_eq!(
        twice.ports.model_calls.get(),
        4,
        "a stored reply is not asked for again"
    );
    assert_eq!(once.ports.posted_names(), twice.ports.posted_names());
    assert_eq!(*once.ports.posted.borrow(), *twice.ports.posted.borrow());
}

#[test]
fn attempts_run_out() {
    let memory = Memory {
        max_attempts: 2,
        ..Memory::new([says("badPolicy")])
    };
    let world = world(memory);
    let end = generate(&world);
    assert_eq!(
        end,
        json!({ "outcome": "lost", "reason": "attempts_exhausted", "status": "failed" })
    );
    let posted = world.ports.posted.borrow();
    let failed = posted
        .iter()
        .find(|(id, _)| id.starts_with(event::FAILED))
        .expect("posted")
        .1;
    assert_eq!(failed["iterations"], 2);
    assert_eq!(failed["reason"], "attempts_exhausted");
}

#[test]
fn a_checker_that_comes_back_costs_no_attempt() {
    let world = world(Memory::new([says("good")]));
    world.ports.checker_down.set(3);
    assert_eq!(generate(&world)["iterations"], 1);
    assert_eq!(world.ports.model_calls.get(), 1);
    assert_eq!(world.ports.checks.get(), 4);
}

#[test]
fn a_checker_that_stays_away_ends_the_request_with_its_reason() {
    let world = world(Memory::new([says("good")]));
    world.ports.checker_down.set(u32::MAX);
    assert_eq!(generate(&world)["reason"], "checker_unavailable");
    assert_eq!(
        world.ports.reason.get(),
        Some(FailureReason::CheckerUnavailable)
    );
    assert_eq!(world.ports.model_calls.get(), 1);
    let attempts = world.ports.attempts.borrow();
    assert!(
        attempts.len() == 1 && attempts[0].ruling.is_none(),
        "no attempt was used up"
    );
}

#[test]
fn a_refused_credential_is_not_tried_again() {
    let world = world(Memory::new([Err(rejected())]));
    assert_eq!(generate(&world)["reason"], "model_rejected");
    assert_eq!(world.ports.model_calls.get(), 1);
    assert_eq!(world.ports.status.get(), RequestStatus::Failed);
}

#[test]
fn a_paid_reply_survives_a_lost_answer() {
    let world = world(Memory::new([says("good")]));
    world.ports.lose_an_answer.set(true);
    assert_eq!(generate(&world)["outcome"], "proven");
    assert_eq!(world.ports.model_calls.get(), 1);
}

#[test]
fn a_call_that_is_handed_over_ends_like_one_of_ours() {
    let (ours, handed) = (world(repairing()), handing_over(repairing()));
    assert_eq!(generate(&ours), generate(&handed));
    assert_eq!(handed.ports.model_calls.get(), 4);
    let texts = |world: &World| -> Vec<String> {
        let attempts = world.ports.attempts.borrow();
        let reply = |a: &memory::Attempt| a.reply.as_ref().map(|reply| reply.text.clone());
        attempts.iter().filter_map(reply).collect()
    };
    assert_eq!(texts(&ours), texts(&handed));

    let refused = handing_over(Memory::new([Err(rejected())]));
    assert_eq!(generate(&refused)["reason"], "model_rejected");
    assert_eq!(refused.ports.status.get(), RequestStatus::Failed);
}

#[test]
fn a_call_is_reserved_before_it_is_handed_over_and_made_once() {
    let world = handing_over(Memory::new([says("good")]));
    world.ports.status.set(RequestStatus::Running);
    let event = || Event {
        data: json!({ "requestId": world.ports.id, "iteration": 1 }),
        ..Event::default()
    };
    let (_, engine) = run(&world, id::ITERATION, event(), true);
    let steps = engine.reported();
    let names: Vec<&str> = steps.iter().map(|(_, name)| *name).collect();
    assert_eq!(names[..4], ["prompt-1", "reserve-1", "model-1", "reply-1"]);
    assert_eq!(steps[2].0, OpCode::AiGateway);
    assert_eq!(world.ports.model_calls.get(), 1);
    // Another run of the same attempt finds the reply.
    let (_, engine) = run(&world, id::ITERATION, event(), false);
    let names: Vec<&str> = engine
        .reported()
        .into_iter()
        .map(|(_, name)| name)
        .collect();
    assert_eq!(names[..3], ["prompt-1", "reserve-1", "check-1"]);
    assert_eq!(world.ports.model_calls.get(), 1);
}

#[test]
fn an_unusable_reply_is_a_failed_attempt_without_a_check() {
    let cut = Reply {
        text: "```typescript\ngood".to_owned(),
        finish: FinishReason::Length,
    };
    let world = world(Memory::new([Ok(cut), says("good")]));
    assert_eq!(generate(&world)["iterations"], 2);
    assert_eq!(world.ports.checks.get(), 1);
    let attempts = world.ports.attempts.borrow();
    assert!(attempts[1].prompt.contains("- 9003 truncated-reply: "));
}

#[test]
fn a_second_delivery_does_nothing() {
    let world = world(Memory::new([says("good")]));
    generate(&world);
    let before = world.ports.posted_names();
    let end = generate(&world);
    assert_eq!(
        end,
        json!({
            "outcome": "skipped",
            "because": { "outcome": "over", "status": "succeeded" },
        })
    );
    assert_eq!(world.ports.posted_names(), before);
    let held = self::world(Memory::new([says("good")]));
    held.ports.status.set(RequestStatus::Running);
    *held.ports.run.borrow_mut() = Some("another".to_owned());
    assert_eq!(generate(&held)["outcome"], "skipped");
    assert_eq!(held.ports.model_calls.get(), 0);
}

#[test]
fn events_that_the_bus_refused_leave_with_the_sweep() {
    let world = world(Memory::new([says("good")]));
    world.ports.bus_down.set(true);
    assert_eq!(
        generate(&world)["outcome"],
        "proven",
        "publishing holds nothing up"
    );
    assert_eq!(world.ports.outbox.borrow().len(), 2);
    world.ports.bus_down.set(false);
    let (end, _) = run(&world, id::SWEEP, Event::default(), false);
    assert_eq!(end, End::Finished(json!({ "sent": 2, "left": false })));
    assert!(world.ports.outbox.borrow().is_empty());
}

#[test]
fn an_event_that_the_bus_refuses_holds_no_other_back() {
    let world = world(repairing());
    *world.ports.refused.borrow_mut() = Some(format!("{}:", event::ITERATION_COMPLETED));
    assert_eq!(generate(&world)["outcome"], "proven");
    assert_eq!(world.ports.posted_names(), ["template/completed:R"]);
    let left: Vec<String> = world
        .ports
        .outbox
        .borrow()
        .iter()
        .map(|event| event.name.clone())
        .collect();
    assert_eq!(left, [event::ITERATION_COMPLETED; 4]);
}

#[test]
fn an_invoked_function_is_not_waited_for_without_end() {
    // SHA-1 of `start` and of `iterate-1`.
    let start = "2b020927d3c6eb407223a1baa3d6ce3597a3f88d";
    let attempt = "51f3e9a4d296d208b5cecfc601316400efff8a41";
    let world = world(Memory::new([says("good")]));
    let started = json!({ "data": { "outcome": "running", "maxAttempts": 1 } });
    let judged = json!({ "data": { "status": "success", "ruling": Digest::of(b"") } });
    for (steps, order) in [
        (json!({ start: started }), vec![start]),
        (
            json!({ start: started, attempt: judged }),
            vec![start, attempt],
        ),
    ] {
        let body = json!({
            "ctx": { "run_id": "r", "stack": { "stack": order, "current": order.len() } },
            "event": requested(&world),
            "steps": steps,
        });
        let call = Call::parse(body.to_string().as_bytes(), Some("step")).expect("a call");
        let Answer::Ops { ops, .. } = pollster::block_on(world.call(id::GENERATE, call)) else {
            panic!("an invocation is due");
        };
        let opts = ops[0].opts.as_ref().expect("options");
        assert_eq!(opts["timeout"], "21600s", "{}", ops[0].display_name);
    }
}

fn failed(world: &World, run: &str) -> Event {
    let data = json!({
        "function_id": format!("{APP_ID}-{}", id::GENERATE),
        "run_id": run,
        "error": { "name": "checker_unavailable", "message": "m" },
        "event": { "name": event::REQUESTED, "data": { "requestId": world.ports.id } },
    });
    Event {
        name: "inngest/function.failed".to_owned(),
        data,
        ..Event::default()
    }
}

#[test]
fn the_failure_handler_outlasts_a_database_that_refuses() {
    let world = world(Memory::new([says("good")]));
    world.ports.status.set(RequestStatus::Running);
    world.ports.refuses_to_fail.set(3);
    run(&world, id::GENERATE_FAILURE, failed(&world, "run"), false);
    assert_eq!(world.ports.status.get(), RequestStatus::Failed);
}

#[test]
fn the_failure_handler_ends_what_a_failed_run_left() {
    let world = world(Memory::new([says("good")]));
    world.ports.status.set(RequestStatus::Running);
    *world.ports.run.borrow_mut() = Some("run".to_owned());
    run(
        &world,
        id::GENERATE_FAILURE,
        failed(&world, "another"),
        false,
    );
    assert_eq!(
        world.ports.status.get(),
        RequestStatus::Running,
        "not that run's request"
    );
    run(&world, id::GENERATE_FAILURE, failed(&world, "run"), false);
    assert_eq!(
        world.ports.reason.get(),
        Some(FailureReason::CheckerUnavailable)
    );
    run(&world, id::GENERATE_FAILURE, failed(&world, "run"), true);
    assert_eq!(world.ports.posted_names(), ["template/failed:R"]);
}

#[test]
fn an_end_is_told_and_audited() {
    let world = world(Memory::new([says("good")]));
    generate(&world);
    let data =
        world.ports.posted.borrow()[&format!("{}:{}", event::COMPLETED, world.ports.id)].clone();
    let completed = || Event {
        name: event::COMPLETED.to_owned(),
        data: data.clone(),
        ..Event::default()
    };
    let (end, _) = run(&world, id::NOTIFY, completed(), false);
    assert_eq!(
        (end, world.ports.notices.get()),
        (End::Finished(json!("sent")), 1)
    );
    let (end, _) = run(&world, id::AUDIT, completed(), true);
    assert_eq!(end, End::Finished(json!({ "status": "succeeded" })));
    assert_eq!(*world.ports.audited.borrow(), [event::COMPLETED]);
}

#[test]
fn an_audit_row_that_is_not_seen_yet_is_asked_for_again() {
    let world = world(Memory::new([says("good")]));
    let event = Event {
        name: event::COMPLETED.to_owned(),
        data: json!({ "requestId": uuid::Uuid::nil() }),
        ..Event::default()
    };
    let (end, engine) = run(&world, id::AUDIT, event, false);
    assert!(matches!(end, End::Failed(_)));
    let tries = engine.reported().len();
    assert_eq!(tries, 4, "every try was used");
}

#[test]
fn every_function_is_registered_with_what_starts_it() {
    let list = functions(Pace::PRODUCTION);
    let ids: Vec<&str> = list.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            id::GENERATE,
            id::ITERATION,
            id::RECORD,
            id::NOTIFY,
            id::AUDIT,
            id::SWEEP,
            id::GENERATE_FAILURE,
        ]
    );
    assert_eq!(list[5].triggers, [Trigger::Cron("* * * * *".to_owned())]);
    let ends = ["inngest/function.failed", "inngest/function.cancelled"].map(|name| {
        let expression = format!("event.data.function_id == '{APP_ID}-{}'", id::GENERATE);
        Trigger::Event {
            name: name.to_owned(),
            expression: Some(expression),
        }
    });
    assert_eq!(list[6].triggers, ends);
    assert!(list.iter().all(|f| f.retries.is_some()));
    assert_eq!(check(&*world(Memory::new([]))), Ok(()));
}
