//! Checkpoints as they are sent, and calls that send none.

use itemsmith_steps::{
    Answer, App, Call, Checkpointing, FunctionConfig, HttpRequest, Method, drive, serve,
};
use serde_json::{Value, json};

use super::{
    BEARER, NOW, Script, ask, call_body, call_url, cloud, dev, order, ordered, request, signed,
};

/// A call whose steps can be checkpointed.
fn checkpointed_call() -> HttpRequest {
    let mut body: Value = serde_json::from_str(&call_body(false)).unwrap();
    body["ctx"]["qi_id"] = "queue-item".into();
    let mut call = request(Method::Post, &call_url("shop-order"), &body.to_string());
    call.headers.set("x-request-id", "request-1");
    call.headers.set("x-inngest-generation-id", "3");
    call
}

#[test]
fn checkpoints_go_to_the_run_under_either_key() {
    let host = Script::new([(401, json!({})), (200, json!({}))]);
    let (status, body, _) = ask(&cloud(), &host, signed(checkpointed_call()));
    let complete = json!([{
        "id": "0737c22d3bfae812339732d14d8c7dbd6dc4e09c",
        "op": "RunComplete",
        "data": "42 of 1",
    }]);
    assert_eq!((status, body), (206, complete));
    let asked = host.asked.borrow();
    let [first, second] = asked.as_slice() else {
        panic!("{asked:?}")
    };
    assert_eq!(
        (first.method, first.url.as_str()),
        (
            Method::Post,
            "https://api.inngest.com/v1/checkpoint/01RUN/async"
        )
    );
    assert_eq!(first.headers.get("authorization"), Some(BEARER));
    assert_ne!(second.headers.get("authorization"), Some(BEARER));
    assert_eq!(first.headers.get("x-inngest-env"), Some("branch"));
    let now = NOW * 1000;
    let body: Value = serde_json::from_slice(&second.body).unwrap();
    assert_eq!(
        body,
        json!({
            "run_id": "01RUN",
            "fn_id": "x",
            "qi_id": "queue-item",
            "request_id": "request-1",
            "generation_id": 3,
            "request_started_at": now,
            "steps": [{
                "id": "ee9f38e186ba06f57b7b74d7e626b94e13ce2556",
                "op": "StepRun",
                "name": "count",
                "displayName": "count",
                "data": 41,
                "userland": { "id": "count" },
                "timing": { "a": now * 1_000_000, "b": 0 },
            }],
            "ts": now,
        })
    );
}

#[test]
fn calls_that_cannot_be_checkpointed_are_not() {
    let reported = |change: fn(&mut HttpRequest, &mut Value)| {
        let mut call = checkpointed_call();
        let mut body: Value = serde_json::from_slice(&call.body).unwrap();
        change(&mut call, &mut body);
        call.body = body.to_string().into_bytes();
        let host = Script::default();
        let (status, body, _) = ask(&dev(), &host, call);
        assert!(host.asked.borrow().is_empty());
        assert_eq!(status, 206);
        body[0]["op"].clone()
    };
    let count = "ee9f38e186ba06f57b7b74d7e626b94e13ce2556";
    assert_eq!(
        reported(|_, body| body["ctx"]["qi_id"] = Value::Null),
        "StepRun"
    );
    assert_eq!(
        reported(|_, body| body["ctx"]["fn_id"] = "".into()),
        "StepRun"
    );
    assert_eq!(
        reported(|_, body| body["ctx"]["disable_immediate_execution"] = true.into()),
        "StepPlanned"
    );
    let targeted = checkpointed_call()
        .url
        .replace("stepId=step", &format!("stepId={count}"));
    let host = Script::default();
    let call = HttpRequest {
        url: targeted,
        ..checkpointed_call()
    };
    let (_, body, _) = ask(&dev(), &host, call);
    assert_eq!(body[0]["op"], "StepRun");
    assert!(host.asked.borrow().is_empty());
}

#[test]
fn the_app_and_the_function_say_whether_steps_are_checkpointed() {
    struct Choosing {
        app: Checkpointing,
        function: Option<Checkpointing>,
    }
    impl App for Choosing {
        fn id(&self) -> &str {
            "shop"
        }
        fn functions(&self) -> Vec<FunctionConfig> {
            let config = FunctionConfig::new("order", "Order", vec![ordered()]);
            vec![FunctionConfig {
                checkpointing: self.function,
                ..config
            }]
        }
        async fn call(&self, _: &str, call: Call) -> Answer {
            drive(call, order).await
        }
        fn checkpointing(&self) -> Checkpointing {
            self.app
        }
    }
    let (on, off) = (Checkpointing::default(), Checkpointing::Off);
    for (app, function, expected) in [
        (on, None, 1),
        (on, Some(off), 0),
        (off, None, 0),
        (off, Some(on), 1),
    ] {
        let host = Script::new([(200, json!({}))]);
        let app = Choosing { app, function };
        pollster::block_on(serve(&app, &host, &dev(), checkpointed_call()));
        assert_eq!(host.asked.borrow().len(), expected);
    }
}
