//! Checkpointing: steps one after the other in one call, each of them reported, none run twice.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{Either, join, select};
use itemsmith_steps::testing::{End, Engine, Exchange, Server};
use itemsmith_steps::{
    Checkpointing, Checkpoints, Event, Failure, Headers, HttpRequest, HttpResponse, OpCode, Step,
    StepError,
};
use serde_json::{Value, json};

const SECOND: Duration = Duration::from_secs(1);

/// One step at a time, without limits.
const EACH: Checkpoints = Checkpoints {
    buffered_steps: 1,
    max_interval: Duration::ZERO,
    max_runtime: Duration::ZERO,
};

const TEN_AT_ONCE: Checkpoints = Checkpoints {
    buffered_steps: 10,
    ..EACH
};

/// A run with what tests look at.
struct Run {
    engine: Engine,
    end: End,
}

impl Run {
    fn of<T: serde::Serialize>(
        checkpoints: Checkpoints,
        prepare: impl FnOnce(&Server),
        function: impl AsyncFn(&Step, &Server) -> Result<T, Failure>,
    ) -> Self {
        let mut engine = Engine::new("app-fn", Event::default()).max_attempts(3);
        let server = engine.server();
        prepare(&server);
        let call = async |request: HttpRequest| {
            let function = async |step: &Step| function(step, &server).await;
            let on = Checkpointing::On(checkpoints);
            server.answer(request, on, function).await
        };
        let end = pollster::block_on(engine.run(call));
        Self { engine, end }
    }

    fn calls(&self) -> &[Exchange] {
        self.engine.exchanges()
    }

    /// The steps of each checkpoint of a call.
    fn checkpoints(&self, call: usize) -> Vec<String> {
        let names = |steps: &Vec<(OpCode, String)>| {
            let names: Vec<&str> = steps.iter().map(|(_, name)| name.as_str()).collect();
            names.join("+")
        };
        self.calls()[call].checkpoints.iter().map(names).collect()
    }

    fn ops(&self, call: usize) -> Vec<(OpCode, &str)> {
        let ops = &self.calls()[call].ops;
        ops.iter().map(|(op, name)| (*op, name.as_str())).collect()
    }
}

/// Steps that count how often their bodies run.
#[derive(Default)]
struct Ran(RefCell<Vec<String>>);

impl Ran {
    async fn step(&self, step: &Step, id: &str) -> Result<u32, StepError> {
        step.run(id, async || {
            self.0.borrow_mut().push(id.to_owned());
            Ok(1)
        })
        .await
    }

    async fn steps(&self, step: &Step, ids: &[&str]) -> Result<u32, Failure> {
        let mut sum = 0;
        for id in ids {
            sum += self.step(step, id).await?;
        }
        Ok(sum)
    }

    fn all(&self) -> String {
        self.0.borrow().join(" ")
    }
}

const END: (OpCode, &str) = (OpCode::RunComplete, "");

#[test]
fn ordinary_steps_take_one_call() {
    let ran = Ran::default();
    let run = Run::of(
        EACH,
        |_| (),
        async |step, _| ran.steps(step, &["a", "b", "c"]).await,
    );
    assert_eq!(run.end, End::Finished(json!(3)));
    assert_eq!(ran.all(), "a b c");
    assert_eq!(run.calls().len(), 1);
    assert_eq!(run.checkpoints(0), ["a", "b", "c"]);
    assert_eq!(run.ops(0), [END]);
}

#[test]
fn a_function_without_steps_completes_its_run() {
    let run = Run::of(EACH, |_| (), async |_, _| Ok(()));
    assert_eq!(run.end, End::Finished(Value::Null));
    assert_eq!((run.calls().len(), run.ops(0)), (1, vec![END]));
}

#[test]
fn buffered_steps_go_out_together_or_with_the_end() {
    let ran = Ran::default();
    let two = Checkpoints {
        buffered_steps: 2,
        ..EACH
    };
    let run = Run::of(
        two,
        |_| (),
        async |step, _| ran.steps(step, &["a", "b", "c"]).await,
    );
    assert_eq!(run.end, End::Finished(json!(3)));
    assert_eq!(run.checkpoints(0), ["a+b"]);
    assert_eq!(run.ops(0), [(OpCode::StepRun, "c"), END]);
}

#[test]
fn what_is_buffered_goes_out_before_anything_that_is_not_a_body() {
    let ran = Ran::default();
    let run = Run::of(
        TEN_AT_ONCE,
        |_| (),
        async |step, _| {
            ran.steps(step, &["a", "b"]).await?;
            step.sleep("nap", SECOND).await?;
            let (c, d) = join(ran.step(step, "c"), ran.step(step, "d")).await;
            Ok(c? + d? + ran.step(step, "e").await?)
        },
    );
    assert_eq!(run.end, End::Finished(json!(3)));
    assert_eq!(run.checkpoints(0), ["a+b"]);
    assert_eq!(run.ops(0), [(OpCode::Sleep, "nap")]);
    assert_eq!(
        run.ops(1),
        [(OpCode::StepPlanned, "c"), (OpCode::StepPlanned, "d")]
    );
    // A step that is asked for is never checkpointed.
    assert_eq!(run.ops(2), [(OpCode::StepRun, "c")]);
    assert!(run.checkpoints(2).is_empty());
    assert_eq!(ran.all(), "a b c d e");
}

#[test]
fn a_failing_step_is_reported_alone_and_retried_with_its_own_attempts() {
    let (ran, tries) = (Ran::default(), Cell::new(0));
    let run = Run::of(
        TEN_AT_ONCE,
        |_| (),
        async |step, _| {
            ran.step(step, "a").await?;
            let n: u32 = step
                .run("flaky", async || {
                    tries.set(tries.get() + 1);
                    match tries.get() {
                        3 => Ok(step.call().attempt),
                        _ => Err(Failure::new("Busy", "later")),
                    }
                })
                .await?;
            Ok(n + ran.steps(step, &["b", "c"]).await?)
        },
    );
    assert_eq!(run.end, End::Finished(json!(4)));
    assert_eq!((ran.all().as_str(), tries.get()), ("a b c", 3));
    assert_eq!(run.checkpoints(0), ["a"]);
    assert_eq!(run.ops(0), [(OpCode::StepError, "flaky")]);
    // A retry reports its step in the answer, so that the next step has attempts of its own.
    assert_eq!(run.ops(2), [(OpCode::StepRun, "flaky")]);
    assert!(run.checkpoints(2).is_empty());
    assert_eq!(run.calls()[3].attempt, 0);
    assert_eq!(
        run.ops(3),
        [(OpCode::StepRun, "b"), (OpCode::StepRun, "c"), END]
    );
}

#[test]
fn a_step_that_fails_for_good_can_be_handled() {
    let ran = Ran::default();
    let run = Run::of(
        EACH,
        |_| (),
        async |step, _| {
            ran.step(step, "a").await?;
            let body = async || Err::<(), _>(Failure::fatal("Bad", "no"));
            let error = step.run("bad", body).await.expect_err("fails");
            ran.step(step, "b").await?;
            Ok(error.name)
        },
    );
    assert_eq!(run.end, End::Finished(json!("Bad")));
    assert_eq!(run.ops(0), [(OpCode::StepFailed, "bad")]);
    assert_eq!(run.calls().len(), 2);
    assert_eq!(ran.all(), "a b");
}

#[test]
fn a_failing_function_loses_no_step() {
    let (ran, failed) = (Ran::default(), Cell::new(false));
    let run = Run::of(
        TEN_AT_ONCE,
        |_| (),
        async |step, _| {
            ran.step(step, "a").await?;
            if failed.replace(true) {
                ran.step(step, "b").await?;
                return Ok(());
            }
            Err(Failure::new("F", "x"))
        },
    );
    assert_eq!(run.end, End::Finished(Value::Null));
    assert_eq!(run.checkpoints(0), ["a"]);
    assert_eq!((run.calls()[0].status, ran.all().as_str()), (500, "a b"));
}

#[test]
fn steps_that_the_server_does_not_take_go_out_in_the_answer() {
    let ran = Ran::default();
    let refuse = |server: &Server| server.refuse([500, 404, 400, 503, 500]);
    let run = Run::of(EACH, refuse, async |step, _| {
        ran.steps(step, &["a", "b"]).await
    });
    assert_eq!(run.end, End::Finished(json!(2)));
    assert_eq!(ran.all(), "a b");
    assert_eq!(run.ops(0), [(OpCode::StepRun, "a")]);
    assert_eq!(run.checkpoints(1), ["b"]);
}

#[test]
fn a_checkpoint_is_tried_again() {
    let ran = Ran::default();
    let refuse = |server: &Server| server.refuse([500, 502, 503, 429]);
    let run = Run::of(EACH, refuse, async |step, _| ran.steps(step, &["a"]).await);
    assert_eq!(run.end, End::Finished(json!(1)));
    assert_eq!((run.calls().len(), ran.all().as_str()), (1, "a"));
    assert_eq!(run.checkpoints(0), ["a"]);
}

#[test]
fn a_call_that_is_stale_stops_at_once() {
    let ran = Ran::default();
    let run = Run::of(
        EACH,
        |server| server.refuse([409]),
        async |step, _| ran.steps(step, &["a", "b"]).await,
    );
    let End::Failed(error) = run.end else {
        panic!("not failed")
    };
    assert_eq!(error.name, "StaleDispatchError");
    let answer = &run.engine.exchanges()[0];
    assert_eq!(answer.status, 400);
    assert_eq!(answer.headers.get("x-inngest-no-retry"), Some("true"));
    assert_eq!(ran.all(), "a");
}

#[test]
fn a_call_that_took_its_time_begins_no_further_step() {
    let ran = Ran::default();
    let limited = Checkpoints {
        max_runtime: SECOND * 10,
        ..TEN_AT_ONCE
    };
    let run = Run::of(
        limited,
        |_| (),
        async |step, server| {
            for id in ["a", "b", "c"] {
                step.run(id, async || {
                    server.pass(SECOND * 6);
                    Ok(())
                })
                .await?;
            }
            ran.step(step, "d").await?;
            Ok(())
        },
    );
    assert_eq!(run.end, End::Finished(Value::Null));
    assert_eq!(run.checkpoints(0), ["a+b"]);
    assert_eq!(run.ops(0), [(OpCode::StepPlanned, "c")]);
    // The planned step gets its call, and the one after that goes on as before.
    assert_eq!(run.ops(1), [(OpCode::StepRun, "c")]);
    assert_eq!(run.ops(2), [(OpCode::StepRun, "d"), END]);
}

#[test]
fn steps_do_not_wait_longer_than_the_interval() {
    let ran = Ran::default();
    let limited = Checkpoints {
        max_interval: SECOND * 5,
        ..TEN_AT_ONCE
    };
    let run = Run::of(
        limited,
        |_| (),
        async |step, server| {
            ran.step(step, "a").await?;
            step.run("slow", async || {
                server.pass(SECOND * 5);
                Ok(())
            })
            .await?;
            ran.step(step, "b").await?;
            Ok(())
        },
    );
    assert_eq!(run.checkpoints(0), ["a+slow"]);
    assert_eq!(run.ops(0), [(OpCode::StepRun, "b"), END]);
}

#[test]
fn misuse_after_a_step_loses_no_step() {
    let ran = Ran::default();
    let run = Run::of(
        TEN_AT_ONCE,
        |_| (),
        async |step, _| {
            ran.step(step, "a").await?;
            std::future::pending::<()>().await;
            Ok(())
        },
    );
    assert!(matches!(run.end, End::Failed(_)));
    assert_eq!((run.calls()[0].status, ran.all().as_str()), (500, "a"));
    assert_eq!(run.checkpoints(0), ["a"]);
}

#[test]
fn repeats_and_results_are_what_a_replay_gives() {
    let seen = RefCell::new(Vec::new());
    let run = Run::of(
        EACH,
        |_| (),
        async |step, _| {
            let mut sum = 0.0;
            for n in 0..3_u8 {
                sum += step.run("again", async || Ok(f64::from(n) / 10.0)).await?;
            }
            step.sleep("nap", SECOND).await?;
            seen.borrow_mut().push(sum);
            Ok(sum)
        },
    );
    assert_eq!(run.end, End::Finished(json!(0.1 + 0.2)));
    assert_eq!(run.checkpoints(0), ["again", "again", "again"]);
    assert_eq!(seen.borrow().len(), 1);
}

/// Runs four steps; the process dies in the body of one of them, once. Gives how often each ran.
fn killed_in(victim: usize, checkpoints: Checkpoints) -> (End, String) {
    let (ran, killed) = (Ran::default(), Cell::new(false));
    let mut engine = Engine::new("app-fn", Event::default());
    let server = engine.server();
    let call = async |request: HttpRequest| {
        let function = async |step: &Step| {
            for (place, id) in ["a", "b", "c", "d"].into_iter().enumerate() {
                let body = async || {
                    ran.0.borrow_mut().push(id.to_owned());
                    if place == victim && !killed.replace(true) {
                        std::future::pending::<()>().await;
                    }
                    Ok(())
                };
                step.run(id, body).await?;
            }
            Ok(())
        };
        let was_killed = killed.get();
        let answer = pin!(server.answer(request, Checkpointing::On(checkpoints), function));
        let death = poll_fn(|_| match killed.get() && !was_killed {
            true => Poll::Ready(()),
            false => Poll::Pending,
        });
        match select(answer, death).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => HttpResponse {
                status: 502,
                headers: Headers::new(),
                body: Vec::new(),
            },
        }
    };
    let end = pollster::block_on(engine.run(call));
    (end, ran.all())
}

#[test]
fn a_step_whose_report_was_taken_never_runs_again() {
    for (victim, ran) in ["a a b c d", "a b b c d", "a b c c d", "a b c d d"]
        .into_iter()
        .enumerate()
    {
        let end = End::Finished(Value::Null);
        assert_eq!(killed_in(victim, EACH), (end, ran.to_owned()));
    }
}

#[test]
fn steps_that_were_only_buffered_run_again() {
    let two = Checkpoints {
        buffered_steps: 2,
        ..EACH
    };
    let end = End::Finished(Value::Null);
    assert_eq!(killed_in(3, two), (end, "a b c d c d".to_owned()));
}
