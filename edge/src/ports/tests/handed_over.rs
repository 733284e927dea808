//! A model call that the engine makes: what it is handed, and what it hands back.

use itemsmith_domain::FailureReason;
use itemsmith_pipeline::ports::{ChatRequest, PortError, Ports as _, Retrying};
use itemsmith_steps::{Inference, ModelFormat, StepError};
use pollster::block_on;
use serde_json::{Value, json};

use super::{MODEL, chat, with};
use crate::ports::World;
use crate::{
    Settings,
    testing::{Fake, environment},
};

fn request() -> ChatRequest {
    let [model, system, user] = ["m", "s", "u"].map(str::to_owned);
    ChatRequest {
        model,
        system,
        user,
    }
}

fn handed_over() -> Inference<Value> {
    with(Fake::default(), async |world| world.inference(&request()))
}

fn in_vain(message: String) -> PortError {
    let error = StepError {
        name: "AIGatewayError".to_owned(),
        message,
        data: None,
    };
    with(Fake::default(), async |world| {
        world.inference_trouble(&error)
    })
}

#[test]
fn the_engine_is_handed_the_call_that_the_worker_would_make() {
    let fake = Fake::default().plain(MODEL, 500, &[], "");
    let settings = Settings::from_lookup(environment).expect("a complete environment");
    let world = World::new(&fake, &settings);
    let handed = world.inference(&request());
    let _refused = block_on(world.chat(&request()));
    let asked = fake.asked.borrow();
    let body: Value = serde_json::from_slice(&asked[0].body).expect("JSON");
    assert_eq!((&handed.url, &handed.body), (&asked[0].url, &body));
    let bearer = format!("Bearer {}", handed.auth_key);
    assert_eq!(asked[0].headers.get("authorization"), Some(bearer.as_str()));
    assert_eq!(handed.format, ModelFormat::OpenAiChat);
}

#[test]
fn the_key_is_in_one_field_of_what_is_handed_over() {
    let mut handed = handed_over();
    assert_eq!(std::mem::take(&mut handed.auth_key), "sk-sekret");
    let Inference {
        url, headers, body, ..
    } = &handed;
    let headers: Vec<_> = headers.iter().collect();
    let rest = format!("{url} {headers:?} {body}");
    assert!(!rest.contains("sekret"), "{rest}");
    let debug = format!("{:?}", handed_over());
    assert!(!debug.contains("sekret"), "{debug}");
}

#[test]
fn what_is_handed_back_is_read_as_the_models_own_answer() {
    let answer = json!({
        "model": "m-1",
        "choices": [{ "message": { "content": "hello" }, "finish_reason": "stop" }],
    });
    let own = chat(Fake::default().on(MODEL, 200, &answer)).expect("a completion");
    let back = with(Fake::default(), async |world| {
        world.completion(&answer, "m")
    });
    assert_eq!(back.expect("a completion"), own);
    // What the engine takes for an answer may be none.
    for answer in [json!(null), json!("hello"), json!({ "choices": [] })] {
        let back = with(Fake::default(), async |world| {
            world.completion(&answer, "m")
        });
        let trouble = back.expect_err("no completion");
        assert_eq!(trouble.reason, FailureReason::ModelRejected, "{answer}");
    }
}

#[test]
fn a_call_handed_over_in_vain_is_told_without_the_key() {
    let long = "é".repeat(1000);
    let trouble = in_vain(format!("Error making AI request: `sk-sekret` {long}"));
    let told = trouble.to_string();
    assert!(told.contains("Error making AI request: `…`"), "{told}");
    assert!(told.chars().count() < 400, "{told}");
    assert_eq!(
        (trouble.reason, trouble.retrying),
        (FailureReason::ModelRejected, Retrying::Never)
    );
}

#[test]
fn a_key_where_an_error_is_cut_off_is_not_told_in_part() {
    // The key begins within what is told, and ends after it.
    let trouble = in_vain(format!("{}sk-sekret", "e".repeat(295)));
    assert!(!trouble.to_string().contains("sk-s"), "{trouble}");
}
