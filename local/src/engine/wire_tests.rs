use http::HeaderValue;

use super::*;

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    map.insert("x-inngest-sdk", HeaderValue::from_static("test:v1.0.0"));
    for (name, value) in pairs {
        map.insert(*name, HeaderValue::from_static(value));
    }
    map
}

#[test]
fn a_200_is_the_result_and_an_empty_one_is_null() {
    let read = |body: &str| match read(200, &headers(&[]), body.as_bytes(), 0).outcome {
        Outcome::Finished(json) => json,
        other => panic!("{other:?}"),
    };
    assert_eq!(read(r#"{"a":1.0}"#), r#"{"a":1.0}"#);
    assert_eq!(read(""), "null");
}

#[test]
fn a_206_is_a_list_of_operations() {
    let body = br#"[{"id":"h","op":"Sleep","displayName":"nap","opts":{"duration":"1s"}}]"#;
    let answer = read(206, &headers(&[("x-inngest-req-version", "2")]), body, 0);
    assert_eq!(answer.version, Some(2));
    let Outcome::Ops { ops, last: false } = answer.outcome else {
        panic!("{answer:?}")
    };
    assert_eq!(ops[0].label(), "nap");
    assert_eq!(ops[0].opt::<String>("duration").as_deref(), Some("1s"));
    assert_eq!(ops[0].opt::<String>("timeout"), None);
}

#[test]
fn an_awaited_event_may_be_named_by_the_operation_alone() {
    let read = |body: &str| match read(206, &headers(&[]), body.as_bytes(), 0).outcome {
        Outcome::Ops { ops, .. } => ops[0].opts.as_ref().map(ToString::to_string),
        other => panic!("{other:?}"),
    };
    let named = r#"[{"id":"h","op":"WaitForEvent","name":"a/b","opts":{"timeout":"1h"}}]"#;
    let said = read(named).expect("arguments");
    assert_eq!(said, r#"{"timeout":"1h","event":"a/b"}"#);
    let both = r#"[{"id":"h","op":"WaitForEvent","name":"no","opts":{"event":"a"}}]"#;
    assert_eq!(read(both).as_deref(), Some(r#"{"event":"a"}"#));
}

#[test]
fn success_without_the_sdk_header_is_refused_and_tried_again() {
    let answer = read(200, &HeaderMap::new(), b"1", 0);
    assert!(
        matches!(answer.outcome, Outcome::Failed { last: false, .. }),
        "{answer:?}"
    );
}

#[test]
fn no_retry_and_retry_after_are_heeded() {
    let body = br#"{"name":"E","message":"m"}"#;
    let answer = read(400, &headers(&[("x-inngest-no-retry", "true")]), body, 0);
    assert!(
        matches!(answer.outcome, Outcome::Failed { last: true, ref error }
        if error == r#"{"name":"E","message":"m"}"#)
    );
    let answer = read(500, &headers(&[("retry-after", "3")]), body, 10);
    assert_eq!(answer.retry_at, Some(3010));
    assert!(matches!(
        answer.outcome,
        Outcome::Failed { last: false, .. }
    ));
}

#[test]
fn a_failure_that_is_no_error_object_is_quoted() {
    let answer = read(502, &HeaderMap::new(), b"<html>bad gateway", 0);
    let Outcome::Failed { error, .. } = answer.outcome else {
        panic!()
    };
    assert!(
        error.contains("502") && error.contains("bad gateway"),
        "{error}"
    );
}

#[test]
fn a_streamed_answer_is_unwrapped() {
    let body = br#"    {"status":206,"headers":{"X-Inngest-Req-Version":"2"},"body":"[{\"id\":\"h\",\"op\":\"StepRun\",\"data\":1}]"}"#;
    let answer = read(201, &headers(&[]), body, 0);
    assert_eq!(answer.version, Some(2));
    assert!(matches!(answer.outcome, Outcome::Ops { ref ops, .. } if ops.len() == 1));
    let broken = read(201, &headers(&[]), b"    ", 0);
    assert!(matches!(
        broken.outcome,
        Outcome::Failed { last: false, .. }
    ));
}
