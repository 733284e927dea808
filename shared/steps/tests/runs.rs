//! Durable functions carried to their end, call by call: every body runs once, whatever the order.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::{Either, join, join_all, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use itemsmith_steps::testing::{End, Engine, Exchange, answer};
use itemsmith_steps::{
    Event, Failure, HttpRequest, HttpResponse, OpCode, Retry, Step, StepError, WaitFor,
};
use serde_json::{Value, json};

/// Counts how often each body ran.
#[derive(Default)]
struct Counts(RefCell<BTreeMap<String, u32>>);

impl Counts {
    fn add(&self, id: &str) -> u32 {
        let mut counts = self.0.borrow_mut();
        let count = counts.entry(id.to_owned()).or_default();
        *count += 1;
        *count
    }

    fn all(&self) -> Vec<(String, u32)> {
        self.0
            .borrow()
            .iter()
            .map(|(id, count)| (id.clone(), *count))
            .collect()
    }
}

fn event() -> Event {
    Event {
        name: "test/begin".into(),
        data: json!({ "n": 20 }),
        ..Event::default()
    }
}

fn engine() -> Engine {
    Engine::new("app-fn", event())
}

fn run<T: serde::Serialize>(
    engine: &mut Engine,
    function: impl AsyncFn(&Step) -> Result<T, Failure>,
) -> End {
    let call = async |request: HttpRequest| -> HttpResponse {
        answer(&request, async |step: &Step| function(step).await).await
    };
    pollster::block_on(engine.run(call))
}

#[test]
fn steps_in_a_row_run_once_each_in_their_own_call() {
    let counts = Counts::default();
    let mut engine = engine();
    let end = run(&mut engine, async |step| {
        let n = step.call().event.data["n"].as_u64().unwrap_or_default();
        let a: u64 = step
            .run("a", async || {
                counts.add("a");
                Ok(n + 1)
            })
            .await?;
        let b: String = step
            .run("b", async || {
                counts.add("b");
                Ok(format!("{a}!"))
            })
            .await?;
        Ok((a, b))
    });
    assert_eq!(end, End::Finished(json!([21, "21!"])));
    assert_eq!(counts.all(), [("a".to_owned(), 1), ("b".to_owned(), 1)]);
    assert_eq!(
        engine.reported(),
        [(OpCode::StepRun, "a"), (OpCode::StepRun, "b")]
    );
    assert_eq!(engine.exchanges().len(), 3);
}

#[test]
fn a_function_without_steps_finishes_in_one_call() {
    let mut engine = engine();
    assert_eq!(
        run(&mut engine, async |_| Ok(())),
        End::Finished(Value::Null)
    );
    assert_eq!(engine.exchanges().len(), 1);
}

#[test]
fn repeats_of_an_id_are_different_steps() {
    let counts = Counts::default();
    let mut engine = engine();
    let end = run(&mut engine, async |step| {
        let mut sum = 0;
        for round in 0..3_u32 {
            sum += step
                .run("again", async || {
                    counts.add(&format!("{round}"));
                    Ok(round)
                })
                .await?;
        }
        Ok(sum)
    });
    assert_eq!(end, End::Finished(json!(3)));
    assert!(counts.all().iter().all(|(_, count)| *count == 1) && counts.all().len() == 3);
}

#[test]
fn parallel_steps_are_planned_and_run_once_each() {
    let counts = Counts::default();
    let mut engine = engine();
    let end = run(&mut engine, async |step| {
        let one = |id: &'static str, value: u32| {
            let counts = &counts;
            step.run(id, async move || {
                counts.add(id);
                Ok(value)
            })
        };
        let (a, b) = join(one("a", 1), one("b", 2)).await;
        let c = one("c", 3).await?;
        Ok(a? + b? + c)
    });
    assert_eq!(end, End::Finished(json!(6)));
    assert!(
        counts.all().iter().all(|(_, count)| *count == 1),
        "{:?}",
        counts.all()
    );
    use OpCode::{StepPlanned, StepRun};
    assert_eq!(
        engine.reported(),
        [
            (StepPlanned, "a"),
            (StepPlanned, "b"),
            (StepRun, "a"),
            (StepRun, "b"),
            (StepRun, "c")
        ]
    );
}

#[test]
fn many_parallel_steps_work_with_every_combinator() {
    let counts = Counts::default();
    let mut engine = engine();
    let end = run(&mut engine, async |step| {
        let one = |kind: &str, n: u32| {
            let (counts, id) = (&counts, format!("{kind}-{n}"));
            step.run(id.clone(), async move || {
                counts.add(&id);
                Ok(n)
            })
        };
        // `join_all` of more than 30 polls only what was woken; so does `FuturesUnordered`.
        let all: Result<Vec<u32>, StepError> = join_all((0..40).map(|n| one("all", n)))
            .await
            .into_iter()
            .collect();
        let mut unordered: FuturesUnordered<_> = (0..40).map(|n| one("un", n)).collect();
        let mut sum = all?.iter().sum::<u32>();
        while let Some(n) = unordered.next().await {
            sum += n?;
        }
        Ok(sum)
    });
    assert_eq!(end, End::Finished(json!(1560)));
    assert_eq!(counts.all().len(), 80);
    assert!(counts.all().iter().all(|(_, count)| *count == 1));
}

#[test]
fn a_step_is_retried_until_it_succeeds() {
    let counts = Counts::default();
    let mut engine = engine();
    let end = run(&mut engine, async |step| {
        let attempt = step.call().attempt;
        let n: u32 = step
            .run("flaky", async || match counts.add("flaky") {
                1 => Err(Failure::new("Busy", "later")
                    .with_retry(Retry::After(Duration::from_millis(1500)))),
                2 => Err(Failure::new("Busy", "again")),
                _ => Ok(attempt),
            })
            .await?;
        Ok(n)
    });
    assert_eq!(end, End::Finished(json!(2)));
    let first = &engine.exchanges()[0];
    assert_eq!(
        (first.status, first.headers.get("retry-after")),
        (206, Some("2"))
    );
    assert_eq!(first.headers.get("x-inngest-no-retry"), Some("false"));
    assert_eq!(engine.exchanges()[1].headers.get("retry-after"), None);
}

#[test]
fn a_step_that_fails_for_good_is_an_error_that_can_be_handled() {
    for (retry, attempts, last) in [(Retry::Never, 4, 1), (Retry::Default, 3, 3)] {
        let counts = Counts::default();
        let mut engine = engine().max_attempts(attempts);
        let end = run(&mut engine, async |step| {
            let result: Result<u32, StepError> = step
                .run("bad", async || {
                    counts.add("bad");
                    let cause = json!({ "reason": "model_rejected" });
                    Err(Failure::new("Bad", "no")
                        .with_retry(retry)
                        .with_cause(cause))
                })
                .await;
            let error = result.expect_err("the step fails");
            step.run("compensate", async || Ok(counts.add("compensate")))
                .await?;
            Ok((error.name, error.message, error.data))
        });
        let expected = json!(["Bad", "no", { "reason": "model_rejected" }]);
        assert_eq!(end, End::Finished(expected), "{retry:?}");
        assert_eq!(
            counts.all(),
            [("bad".to_owned(), last), ("compensate".to_owned(), 1)]
        );
        let failed = &engine.exchanges()[last as usize - 1];
        assert_eq!(failed.ops, [(OpCode::StepFailed, "bad".to_owned())]);
        assert_eq!(failed.headers.get("x-inngest-no-retry"), Some("true"));
    }
}

#[test]
fn an_unhandled_step_error_ends_the_run_at_once() {
    let mut engine = engine();
    let end = run(&mut engine, async |step| {
        step.run("bad", async || Err::<(), _>(Failure::fatal("Bad", "no")))
            .await?;
        Ok(())
    });
    let error = StepError {
        name: "Bad".into(),
        message: "no".into(),
        data: None,
    };
    assert_eq!(end, End::Failed(error));
    let last = engine.exchanges().last().unwrap();
    assert_eq!(
        (last.status, last.headers.get("x-inngest-no-retry")),
        (400, Some("true"))
    );
}

#[test]
fn a_failing_function_is_retried_on_its_own_terms() {
    let calls = Cell::new(0);
    let mut engine = engine();
    let end = run(&mut engine, async |_| {
        calls.set(calls.get() + 1);
        match calls.get() {
            1 => Err(Failure::new("F", "x").with_retry(Retry::After(Duration::from_secs(9)))),
            _ => Ok(calls.get()),
        }
    });
    assert_eq!(end, End::Finished(json!(2)));
    let first = &engine.exchanges()[0];
    assert_eq!(
        (first.status, first.headers.get("retry-after")),
        (500, Some("9"))
    );
    assert_eq!(first.headers.get("x-inngest-no-retry"), Some("false"));
}

#[test]
fn a_function_that_fails_on_its_last_attempt_is_final() {
    let mut engine = engine().max_attempts(2);
    let later = Retry::After(Duration::from_secs(9));
    let end = run(&mut engine, async |_| {
        Err::<(), _>(Failure::new("F", "x").with_retry(later))
    });
    assert!(matches!(end, End::Failed(error) if error.name == "F"));
    let told = |exchange: &Exchange| {
        let header = |name| exchange.headers.get(name).map(str::to_owned);
        let headers = (header("x-inngest-no-retry"), header("retry-after"));
        (exchange.status, headers)
    };
    let told: Vec<_> = engine.exchanges().iter().map(told).collect();
    let text = |text: &str| Some(text.to_owned());
    let first = (500, (text("false"), text("9")));
    assert_eq!(told, [first, (400, (text("true"), None))]);
}

#[test]
fn sleeping_invoking_and_waiting_take_one_call_each() {
    let got = Event {
        name: "test/got".into(),
        data: json!({ "x": 1 }),
        ..Event::default()
    };
    let mut engine = engine()
        .on_invoke("app-double", |data| {
            Ok(json!(data["n"].as_u64().unwrap_or(0) * 2))
        })
        .on_invoke("app-broken", |_| {
            let data = Some(json!(["why"]));
            Err(StepError {
                name: "Broken".into(),
                message: "so".into(),
                data,
            })
        })
        .on_wait(got);
    let end = run(&mut engine, async |step| {
        step.sleep("nap", Duration::from_secs(60)).await?;
        let hour = Duration::from_secs(3600);
        let double: u32 = step
            .invoke("twice", "app-double", json!({ "n": 4 }), Some(hour))
            .await?;
        let broken = step
            .invoke::<u32>("broken", "app-broken", json!({}), None)
            .await;
        let unknown = step
            .invoke::<u32>("unknown", "app-unknown", json!({}), None)
            .await;
        let wait = |event: &str| WaitFor {
            event: event.into(),
            timeout: hour,
            if_expr: None,
        };
        let came: Option<Event> = step.wait_for_event("comes", wait("test/got")).await?;
        let none: Option<Event> = step.wait_for_event("never", wait("test/other")).await?;
        let broken = broken.expect_err("fails").data;
        Ok((
            double,
            broken,
            unknown.is_err(),
            came.map(|event| event.data),
            none.is_none(),
        ))
    });
    assert_eq!(
        end,
        End::Finished(json!([8, ["why"], true, { "x": 1 }, true]))
    );
    use OpCode::{InvokeFunction, Sleep, WaitForEvent};
    let codes: Vec<OpCode> = engine
        .reported()
        .into_iter()
        .map(|(code, _)| code)
        .collect();
    assert_eq!(
        codes,
        [
            Sleep,
            InvokeFunction,
            InvokeFunction,
            InvokeFunction,
            WaitForEvent,
            WaitForEvent
        ]
    );
}

#[test]
fn branches_of_several_steps_interleave_and_run_once() {
    let counts = Counts::default();
    let mut engine = engine();
    let end = run(&mut engine, async |step| {
        let counts = &counts;
        let branch = async |name: &'static str, length: u32| {
            let mut done = 0;
            for n in 0..length {
                let id = format!("{name}-{n}");
                done += step.run(id.clone(), async || Ok(counts.add(&id))).await?;
            }
            Ok::<u32, StepError>(done)
        };
        let (short, long) = join(branch("short", 2), branch("long", 4)).await;
        Ok((short?, long?))
    });
    assert_eq!(end, End::Finished(json!([2, 4])));
    assert_eq!(counts.all().len(), 6);
    assert!(counts.all().iter().all(|(_, count)| *count == 1));
}

#[test]
fn the_loser_of_a_race_may_be_held_while_the_run_goes_on() {
    let counts = Counts::default();
    let mut engine = engine();
    let end = run(&mut engine, async |step| {
        let counts = &counts;
        let nap = Box::pin(step.sleep("nap", Duration::from_secs(1)));
        let work = Box::pin(step.run("work", async || Ok(counts.add("work"))));
        // The loser lives until the end of the match: it is not awaited, so it is not reported.
        match select(nap, work).await {
            Either::Left((slept, _loser)) => {
                slept?;
                Ok(step.run("after", async || Ok(counts.add("after"))).await?)
            }
            Either::Right((worked, _loser)) => Ok(worked?),
        }
    });
    assert_eq!(end, End::Finished(json!(1)));
    assert!(
        counts.all().iter().all(|(_, count)| *count == 1),
        "{:?}",
        counts.all()
    );
}

#[test]
fn a_body_may_await_anything() {
    let mut engine = engine();
    let end = run(&mut engine, async |step| {
        let n: u32 = step
            .run("io", async || {
                let mut polls = 0;
                std::future::poll_fn(|context| {
                    polls += 1;
                    context.waker().wake_by_ref();
                    if polls > 3 {
                        std::task::Poll::Ready(())
                    } else {
                        std::task::Poll::Pending
                    }
                })
                .await;
                Ok(polls)
            })
            .await?;
        Ok(n)
    });
    assert_eq!(end, End::Finished(json!(4)));
}
