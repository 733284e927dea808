//! Every operation: as it is written, and what it is answered with.

use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, FutureExt, LocalBoxFuture, join_all, select};
use itemsmith_steps::signal::OutgoingSignal;
use itemsmith_steps::testing::{End, Engine, answer};
use itemsmith_steps::{
    Call, Event, Failure, FunctionRef, Headers, HttpRequest, Inference, ModelFormat, OnConflict,
    Signal, Step, StepError, WaitFor, WaitForSignal, drive, respond,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const MINUTE: Duration = Duration::from_secs(60);

/// The operations of a run's first call, without ids.
fn written(function: impl AsyncFnOnce(&Step) -> Result<(), Failure>) -> Value {
    let body = json!({ "ctx": { "run_id": "r" }, "event": { "name": "e" } }).to_string();
    let call = Call::parse(body.as_bytes(), Some("step")).unwrap();
    let response = respond(pollster::block_on(drive(call, function)));
    assert_eq!(response.status, 206);
    assert_eq!(response.headers.get("x-inngest-no-retry"), None);
    let mut ops: Value = serde_json::from_slice(&response.body).unwrap();
    for op in ops.as_array_mut().unwrap() {
        op.as_object_mut().unwrap().remove("id");
    }
    ops
}

fn run<T: Serialize>(
    engine: &mut Engine,
    function: impl AsyncFn(&Step) -> Result<T, Failure>,
) -> End {
    let call =
        async |request: HttpRequest| answer(&request, async |step| function(step).await).await;
    pollster::block_on(engine.run(call))
}

fn engine(data: Value) -> Engine {
    let name = "test/begin".to_owned();
    Engine::new(
        "app-fn",
        Event {
            name,
            data,
            ..Event::default()
        },
    )
}

/// A step among others of other types.
fn done<'a>(step: impl Future + 'a) -> LocalBoxFuture<'a, ()> {
    step.map(drop).boxed_local()
}

fn chat() -> Inference<Value> {
    Inference {
        url: "https://model.test/v1/chat/completions".to_owned(),
        headers: Headers::from_iter([("x-team", "secret-team")]),
        auth_key: "secret-key".to_owned(),
        format: ModelFormat::OpenAiChat,
        body: json!({ "model": "m", "messages": [] }),
    }
}

fn signal() -> OutgoingSignal {
    let (signal, data) = ("ready".to_owned(), json!({ "n": 1 }));
    OutgoingSignal { signal, data }
}

#[test]
fn operations_are_written_as_the_protocol_says() {
    let ops = written(async |step| {
        let signalled = WaitForSignal {
            signal: "ready".into(),
            timeout: MINUTE,
            on_conflict: OnConflict::Replace,
        };
        let came = WaitFor {
            event: "x".into(),
            timeout: MINUTE,
            if_expr: Some("async.data.n == 1".into()),
        };
        let mut headless = chat();
        headless.headers = Headers::new();
        join_all([
            done(step.sleep("nap", MINUTE)),
            done(step.sleep_until("until", 0)),
            done(step.invoke::<u32>("call", "app-f", json!({ "n": 1 }), Some(MINUTE))),
            done(step.wait_for_event::<Event>("event", came)),
            done(step.wait_for_signal::<u32>("signal", signalled)),
            done(step.send_signal("send", signal(), async |_| Ok(None))),
            done(step.send_event("events", Vec::new(), async |_| Ok(Vec::new()))),
            done(step.infer::<Value>("model", chat())),
            done(step.infer::<Value>("model", headless)),
        ])
        .await;
        Ok(())
    });
    let model = json!({
        "type": "step.ai.infer",
        "url": "https://model.test/v1/chat/completions",
        "auth_key": "secret-key",
        "format": "openai-chat",
        "body": { "model": "m", "messages": [] },
    });
    let mut with_headers = model.clone();
    with_headers["headers"] = json!({ "x-team": "secret-team" });
    let op = |op: &str, name: &str, id: &str, opts: Value| json!({ "op": op, "name": name, "displayName": id, "opts": opts, "data": null, "userland": { "id": id } });
    let mut again = op("AIGateway", "model", "model", model);
    again["userland"]["index"] = 1.into();
    let call = json!({
        "function_id": "app-f",
        "payload": { "data": { "n": 1 } },
        "timeout": "60s",
    });
    let event = json!({ "event": "x", "timeout": "60s", "if": "async.data.n == 1" });
    let waiting = json!({ "signal": "ready", "timeout": "60s", "conflict": "replace" });
    let sending = json!({ "type": "step.sendSignal", "signal": "ready" });
    let until = "1970-01-01T00:00:00.000Z";
    assert_eq!(
        ops,
        json!([
            op("Sleep", "60s", "nap", json!({ "duration": "60s" })),
            op("Sleep", until, "until", json!({ "duration": until })),
            op("InvokeFunction", "call", "call", call),
            op("WaitForEvent", "event", "event", event),
            op("WaitForSignal", "ready", "signal", waiting),
            op("StepPlanned", "sendSignal", "send", sending),
            op(
                "StepPlanned",
                "sendEvent",
                "events",
                json!({ "type": "step.sendEvent" })
            ),
            op("AIGateway", "model", "model", with_headers),
            again,
        ])
    );
}

#[test]
fn what_a_model_is_called_with_does_not_show() {
    let shown = format!("{:?}", chat());
    assert!(
        shown.contains("model.test") && !shown.contains("secret"),
        "{shown}"
    );
}

#[test]
fn a_model_called_by_the_server_answers_or_fails() {
    let mut engine = engine(json!({})).on_infer(|body| match body["model"].as_str() {
        Some("m") => Ok(json!({ "choices": [] })),
        _ => Err(StepError {
            name: "Refused".into(),
            message: "no such model".into(),
            data: None,
        }),
    });
    let end = run(&mut engine, async |step| {
        let reply: Value = step.infer("good", chat()).await?;
        let mut other = chat();
        other.body["model"] = "other".into();
        let refused = step.infer::<Value>("bad", other).await.expect_err("fails");
        Ok((reply, refused.message))
    });
    assert_eq!(
        end,
        End::Finished(json!([{ "choices": [] }, "no such model"]))
    );
}

#[test]
fn signals_are_waited_for_and_sent() {
    let mut engine = engine(json!({})).on_signal("ready", json!(7));
    let end = run(&mut engine, async |step| {
        let wait = |signal: &str| WaitForSignal {
            signal: signal.into(),
            timeout: MINUTE,
            on_conflict: OnConflict::Fail,
        };
        let came: Option<Signal<u32>> = step.wait_for_signal("comes", wait("ready")).await?;
        let none: Option<Signal<u32>> = step.wait_for_signal("never", wait("other")).await?;
        let send = async |signal: &OutgoingSignal| Ok(Some(format!("run of {}", signal.signal)));
        let to = step.send_signal("send", signal(), send).await?;
        let nobody = step
            .send_signal("nobody", signal(), async |_| Ok(None))
            .await?;
        let came = came.map(|signal| (signal.signal, signal.data));
        Ok((came, none.is_none(), to, nobody))
    });
    assert_eq!(
        end,
        End::Finished(json!([["ready", 7], true, "run of ready", null]))
    );
}

#[test]
fn a_race_goes_on_with_its_winner() {
    let runs = Cell::new(0);
    let race = async |step: &Step| -> Result<&'static str, Failure> {
        let one = |id: &'static str| {
            step.run(id, async || {
                runs.set(runs.get() + 1);
                Ok(())
            })
        };
        let winner = async || {
            let (a, b) = (pin!(one("a")), pin!(one("b")));
            match select(a, b).await {
                Either::Left((won, _)) => won.map(|()| "a"),
                Either::Right((won, _)) => won.map(|()| "b"),
            }
        };
        Ok(step.race(winner).await?)
    };
    let mut engine = engine(json!({}));
    assert_eq!(run(&mut engine, race), End::Finished(json!("a")));
    // The loser's call was still to come: the run did not wait for it.
    assert_eq!((runs.get(), engine.exchanges().len()), (1, 3));

    let ops = written(async |step| race(step).await.map(drop));
    assert_eq!(ops[0]["opts"], json!({ "parallelMode": "race" }));
    assert_eq!(ops[1]["opts"], json!({ "parallelMode": "race" }));
}

#[test]
fn a_step_that_races_alone_is_planned_and_one_after_the_race_is_not() {
    let first = written(async |step| {
        step.race(|| step.run("alone", async || Ok(()))).await?;
        Ok(())
    });
    assert_eq!(first[0]["op"], "StepPlanned");
    assert_eq!(first[0]["opts"], json!({ "parallelMode": "race" }));
    let ops = written(async |step| {
        step.race(async || ()).await;
        step.run("after", async || Ok(())).await?;
        Ok(())
    });
    assert_eq!(
        (&ops[0]["op"], &ops[0]["opts"]),
        (&json!("StepRun"), &Value::Null)
    );
}

#[test]
fn inputs_invocations_and_failures_have_types() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Order {
        item: String,
        count: u32,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Trouble {
        SoldOut { left: u32 },
    }
    const RESERVE: FunctionRef<Order, u32> = FunctionRef::new("app", "reserve");

    let mut shop = engine(json!({ "item": "pen", "count": 3 })).on_invoke("app-reserve", |order| {
        let trouble =
            Failure::fatal("SoldOut", "none left").with_detail(&Trouble::SoldOut { left: 1 });
        match order["count"].as_u64() {
            Some(3) => Err(trouble.into()),
            _ => Ok(json!(1)),
        }
    });
    let end = run(&mut shop, async |step| {
        let order: Order = step.input()?;
        let error = step
            .invoke_ref("reserve", &RESERVE, &order, None)
            .await
            .expect_err("sold out");
        let Some(Trouble::SoldOut { left }) = error.detail() else {
            return Err(error.into());
        };
        assert_eq!(error.detail::<u32>(), None);
        let order = Order {
            count: left,
            ..order
        };
        let got = step.invoke_ref("fewer", &RESERVE, &order, None).await?;
        Ok((got, step.inputs::<Order>()?.len()))
    });
    assert_eq!(end, End::Finished(json!([1, 1])));

    let mut odd = engine(json!({ "item": "secret" }));
    let end = run(&mut odd, async |step| {
        Ok(step.input::<Order>().map(drop)?)
    });
    let End::Failed(error) = end else {
        panic!("{end:?}")
    };
    assert!(error.message.contains("Order") && !error.message.contains("secret"));
    assert_eq!(odd.exchanges().len(), 1, "not retried");
}
