//! What only exists in Wasm: the crossing of requests, answers, time and randomness.

use std::time::Duration;

use itemsmith_steps::{HttpRequest, HttpResponse, Method};
use js_sys::{Array, Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{Host, closing, configure, handle, opening_parts};
use crate::{App, Exchange, FetchTrouble, Outside};

/// A host whose `fetch` has this body; its arguments are `m, u, h, b, t, x`.
fn host(body: &str) -> Host {
    let object = js_sys::Object::new();
    let fetch = Function::new_with_args("m, u, h, b, t, x", body);
    Reflect::set(&object, &"fetch".into(), &fetch).expect("a plain object");
    object.unchecked_into()
}

async fn fetch(body: &str) -> Result<HttpResponse, FetchTrouble> {
    let request = HttpRequest {
        method: Method::Post,
        url: "http://x.test/é".to_owned(),
        headers: [("a", "1"), ("b", "2")].into_iter().collect(),
        body: "grün".as_bytes().to_vec(),
    };
    let exchange = Exchange {
        request,
        timeout: Duration::from_millis(1500),
        max_bytes: 9,
    };
    Outside::fetch(&host(body), exchange).await
}

#[wasm_bindgen_test]
async fn a_request_crosses_whole_and_so_does_its_answer() {
    let echo = "const text = [m, u, h, new TextDecoder().decode(b), t, x].join('|');
        return Promise.resolve([207, 'k\\nv\\n', new TextEncoder().encode(text)]);";
    let answer = fetch(echo).await.expect("an answer");
    assert_eq!((answer.status, answer.headers.get("K")), (207, Some("v")));
    let expected = "POST|http://x.test/é|a\n1\nb\n2\n|grün|1500|9";
    assert_eq!(String::from_utf8_lossy(&answer.body), expected);
}

#[wasm_bindgen_test]
async fn every_trouble_has_its_name() {
    let cases = [
        (
            "return Promise.resolve([0, 'timeout']);",
            FetchTrouble::TimedOut,
        ),
        (
            "return Promise.resolve([0, 'too-large']);",
            FetchTrouble::TooLarge,
        ),
        (
            "return Promise.resolve([0, 'connection']);",
            FetchTrouble::Connection,
        ),
        (
            "return Promise.reject(new Error('x'));",
            FetchTrouble::Connection,
        ),
        (
            "return Promise.resolve(undefined);",
            FetchTrouble::Connection,
        ),
        (
            "return Promise.resolve([200, 'k', 'no bytes']);",
            FetchTrouble::Connection,
        ),
    ];
    for (body, trouble) in cases {
        assert_eq!(fetch(body).await, Err(trouble), "{body}");
    }
}

#[wasm_bindgen_test]
fn time_and_randomness_come_from_the_platform() {
    let host = host("");
    let year_2020 = 1_577_836_800_000;
    assert!(host.now_ms() > year_2020);
    assert_ne!(host.random(), host.random());
    assert_ne!(host.random(), [0; 10]);
}

#[wasm_bindgen_test]
async fn an_answer_crosses_in_four_parts() {
    configure(
        "{\"LOG_LEVEL\":\"error\"}",
        host("return Promise.resolve([0, 'connection']);"),
    );
    let ask = async |method: &str, path: &str| -> (f64, String, String, JsValue) {
        let url = format!("http://worker.test{path}");
        let promise = handle(method.to_owned(), url, String::new(), Some(Vec::new()));
        let parts = JsFuture::from(promise).await.expect("never rejects");
        let parts: Array = parts.dyn_into().expect("an array");
        let text = |at| parts.get(at).as_string().expect("a text");
        (
            parts.get(0).as_f64().expect("a status"),
            text(1),
            text(2),
            parts.get(3),
        )
    };
    let (status, headers, body, after) = ask("GET", "/health").await;
    assert_eq!(status, 200.0);
    assert!(headers.contains("content-type\napplication/json\n"));
    assert!(headers.contains("x-request-id\n"));
    assert!(body.contains("\"ok\"") && after.is_undefined());
    let (status, _, body, _) = ask("GET", "/ready").await;
    assert_eq!(status, 500.0, "the environment is empty");
    assert!(body.contains("DATABASE_URL is missing"));
    assert_eq!(ask("GET", "/nope").await.0, 404.0);
}

#[wasm_bindgen_test]
async fn a_sleep_takes_as_long_as_the_host_says_and_never_fails() {
    let asked = |body: &str| {
        let host = host("");
        let sleep = Function::new_with_args("ms", body);
        Reflect::set(&host, &"sleep".into(), &sleep).expect("a plain object");
        host
    };
    let host = asked("this.slept = ms; return Promise.resolve();");
    Outside::sleep(&host, Duration::from_micros(1500)).await;
    let slept = Reflect::get(&host, &"slept".into()).expect("a property");
    assert_eq!(slept.as_f64(), Some(1.5));
    Outside::sleep(
        &asked("return Promise.reject(new Error('x'));"),
        Duration::from_secs(1),
    )
    .await;
}

#[wasm_bindgen_test]
fn a_stream_is_opened_in_five_parts() {
    let app = App::new(host(""), |name| {
        let value = match name {
            "ITEMSMITH_ENV" => "development",
            "DATABASE_URL" => "postgres://u:p@db.test/main",
            "SQL_HTTP_URL" => "http://db.test/sql",
            "CHECKER_URL" => "http://checker.test",
            "OPENAI_API_KEY" => "k",
            "INNGEST_DEV" => "http://bus.test",
            "INNGEST_STREAMING_INTERVAL" => "1500",
            _ => return None,
        };
        Some(value.to_owned())
    });
    let headers = Default::default();
    let open =
        |method, path: &str| app.opening(method, &format!("http://worker.test{path}"), &headers);
    let stream = open("POST", "/api/inngest?fnId=f&stepId=step").expect("calls are streamed");
    let parts: Array = opening_parts(&stream).dyn_into().expect("an array");
    assert_eq!(parts.length(), 5);
    let number = |at| parts.get(at).as_f64().expect("a number");
    let text = |at| parts.get(at).as_string().expect("a text");
    assert_eq!((number(0), number(1)), (1500.0, 1500.0));
    assert!(
        !text(2).is_empty() && text(2).trim().is_empty(),
        "white space"
    );
    assert_eq!(number(3), 201.0);
    assert!(text(4).contains("x-inngest-sdk\n"), "{}", text(4));
    assert!(open("GET", "/api/inngest").is_none());
    assert!(open("POST", "/api/templates").is_none());
}

#[wasm_bindgen_test]
fn a_stream_ends_with_the_whole_answer() {
    let end = closing(206, "a\n1\n".to_owned(), "[\"grün\"]".to_owned());
    let end: serde_json::Value = serde_json::from_str(&end).expect("JSON");
    let expected = serde_json::json!({
        "status": 206, "headers": { "a": "1" }, "body": "[\"grün\"]",
    });
    assert_eq!(end, expected);
}
