//! An app on our SDK whose one function goes through every kind of step, and that notes what its
//! steps did: what an engine must not lose or repeat, whatever is killed.

mod effects;
mod served;

use std::time::Duration;

use futures_util::future::join;
use itemsmith_steps::{
    Answer, App, Call, Checkpointing, Event, Failure, FunctionConfig, Step, Trigger, WaitFor,
    client::OutgoingEvent, drive,
};
use serde_json::{Value, json, value::RawValue};

pub use effects::Effects;
use served::Outside;
pub use served::Served;

/// The event that starts a journey; its data has a `key` of its own.
pub const START: &str = "journey/start";
/// Runs that one journey takes: its own, the invoked one, and that of the event it sends.
pub const RUNS: i64 = 3;
/// What a journey returns.
#[must_use]
pub fn result() -> Value {
    json!("first left right 42 heard")
}

/// The app, for one call.
struct Journey<'a> {
    effects: &'a Effects,
    outside: &'a Outside,
    checkpointing: Checkpointing,
}

impl App for Journey<'_> {
    fn id(&self) -> &str {
        "journey"
    }

    fn functions(&self) -> Vec<FunctionConfig> {
        let on = |id: &str, event: &str| {
            let trigger = Trigger::Event {
                name: event.to_owned(),
                expression: None,
            };
            FunctionConfig::new(id, id, vec![trigger])
        };
        vec![
            on("journey", START),
            on("child", "journey/child.never.sent"),
            on("listener", "journey/asked"),
        ]
    }

    async fn call(&self, function: &str, call: Call) -> Answer {
        match function {
            "journey" => drive(call, async |step| self.journey(step).await).await,
            "child" => {
                drive(call, async |step| {
                    Ok(step
                        .run("work", async || Ok(self.done(step, "work", 42)))
                        .await?)
                })
                .await
            }
            _ => drive(call, async |step| self.listener(step).await).await,
        }
    }

    fn checkpointing(&self) -> Checkpointing {
        self.checkpointing
    }
}

impl Journey<'_> {
    async fn journey(&self, step: &Step) -> Result<String, Failure> {
        let key = key(step);
        let body = |name: &str| self.done(step, name, name.to_owned());
        let first: String = step.run("first", async || Ok(body("first"))).await?;
        step.sleep("rest", Duration::from_millis(20)).await?;
        let (left, right): (Result<String, _>, Result<String, _>) = join(
            step.run("left", async || Ok(body("left"))),
            step.run("right", async || Ok(body("right"))),
        )
        .await;
        let (left, right) = (left?, right?);
        let child: u32 = step
            .invoke("call", "journey-child", json!({ "key": key }), None)
            .await?;
        let wait = WaitFor {
            event: "journey/answer".to_owned(),
            timeout: Duration::from_secs(3600),
            if_expr: Some("event.data.key == async.data.key".to_owned()),
        };
        let ask = event(&key, "journey/asked");
        // The wait is known to the engine before the question is sent.
        let (answer, asked): (Result<Option<Event>, _>, _) = join(
            step.wait_for_event("answer", wait),
            step.send_event("ask", vec![ask], async |events| {
                self.send(step, "ask", events).await
            }),
        )
        .await;
        asked?;
        let answer = answer?.map_or(Value::Null, |event| event.data["text"].clone());
        let answer = answer.as_str().unwrap_or("nothing").to_owned();
        let last: String = step
            .run("last", async || {
                let all = format!("{first} {left} {right} {child} {answer}");
                Ok(self.done(step, "last", all))
            })
            .await?;
        Ok(last)
    }

    async fn listener(&self, step: &Step) -> Result<(), Failure> {
        let heard: String = step
            .run("hear", async || {
                Ok(self.done(step, "hear", "heard".to_owned()))
            })
            .await?;
        let mut answer = event(&key(step), "journey/answer");
        answer.data = raw(&json!({ "key": key(step), "text": heard }));
        step.send_event("reply", vec![answer], async |events| {
            self.send(step, "reply", events).await
        })
        .await?;
        Ok(())
    }

    /// The effect of a step's body, and its result.
    fn done<T>(&self, step: &Step, name: &str, result: T) -> T {
        let run = &step.call().run_id;
        self.effects.begins(run, name);
        self.effects.happened(run, name);
        result
    }

    /// Sends an event in the step `id`. While the engine is away this fails, and is tried again.
    async fn send(
        &self,
        step: &Step,
        id: &str,
        events: &[OutgoingEvent],
    ) -> Result<Vec<String>, Failure> {
        let run = &step.call().run_id;
        self.effects.begins(run, id);
        let ids = self.outside.send(events).await?;
        self.effects.happened(run, id);
        Ok(ids)
    }
}

fn key(step: &Step) -> String {
    step.call().event.data["key"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// An event whose id is its idempotency key: sent twice, it counts once.
fn event(key: &str, name: &str) -> OutgoingEvent {
    OutgoingEvent {
        id: format!("{key} {name}"),
        name: name.to_owned(),
        data: raw(&json!({ "key": key })),
        ts: None,
    }
}

fn raw(value: &Value) -> Box<RawValue> {
    RawValue::from_string(value.to_string()).expect("JSON")
}
