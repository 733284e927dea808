use super::{Defaults, MAX_BODY_BYTES, NewRequest, idempotency_key, parse};
use crate::problem::{Code, Problem};

fn read(body: &str) -> Result<NewRequest, Problem> {
    parse(
        body.as_bytes(),
        &Defaults {
            model: "gpt-5",
            max_attempts: 7,
        },
    )
}

#[test]
fn what_is_left_out_has_its_default() {
    let body = r#"{"structuredItem":{"title":"T","n":1.0},"seed":null,"model":null}"#;
    let request = read(body).expect("valid");
    assert_eq!(request.seed.to_string(), "0");
    assert_eq!(request.max_attempts, 7);
    assert_eq!(request.model, "gpt-5");
    assert!(!request.debug && request.warnings.is_empty() && request.allowed_widgets.is_empty());
    assert_eq!(request.structured_item, r#"{"title":"T","n":1.0}"#);
    assert_eq!(
        request.source_text,
        "{\n  \"title\": \"T\",\n  \"n\": 1.0\n}"
    );
}

#[test]
fn what_is_said_is_taken() {
    let body = r#"{"seed":"0018446744073709551616","maxAttempts":10,"model":"rehearsal-once",
        "debugArtifacts":true,"structuredItem":{"widgets":{"a":{"type":"vennDiagram"}}}}"#;
    let request = read(body).expect("valid");
    assert_eq!(request.seed.to_string(), "18446744073709551616");
    assert_eq!(
        (request.max_attempts, request.model.as_str()),
        (10, "rehearsal-once")
    );
    assert_eq!(request.allowed_widgets, ["vennDiagram"]);
    assert!(request.debug);
    assert_eq!(request.warnings.len(), 1);
}

#[test]
fn the_body_hash_is_that_of_the_meaning() {
    let one = read(r#"{"structuredItem":{"a":1,"b":2},"seed":"1"}"#).expect("valid");
    let same = read(r#"{ "seed":"1", "structuredItem":{"b":2.0,"a":1} }"#).expect("valid");
    let other = read(r#"{"structuredItem":{"a":1,"b":2},"seed":"2"}"#).expect("valid");
    assert_eq!(one.body_hash, same.body_hash);
    assert_ne!(one.body_hash, other.body_hash);
    assert_eq!(one.canonical_hash, other.canonical_hash);
}

#[test]
fn every_broken_rule_has_its_code_and_place() {
    let deep = format!(
        r#"{{"structuredItem":{}{}}}"#,
        "[".repeat(64),
        "]".repeat(64)
    );
    let deep_pointer = format!("/structuredItem{}", "/0".repeat(63));
    let cases: [(&str, Code, &str); 31] = [
        ("", Code::MalformedJson, ""),
        ("{", Code::MalformedJson, ""),
        ("\u{feff}{}", Code::MalformedJson, ""),
        (r#"{"structuredItem":{}} {}"#, Code::MalformedJson, ""),
        (
            r#"{"structuredItem":{},"structuredItem":{}}"#,
            Code::MalformedJson,
            "/structuredItem",
        ),
        (
            r#"{"structuredItem":{"a":{"b":1,"b":1}}}"#,
            Code::MalformedJson,
            "/structuredItem/a/b",
        ),
        (
            r#"{"structuredItem":{"a":NaN}}"#,
            Code::MalformedJson,
            "/structuredItem/a",
        ),
        (
            r#"{"structuredItem":{"a":"\ud800"}}"#,
            Code::MalformedJson,
            "/structuredItem/a",
        ),
        (
            r#"{"structuredItem":{"a":"\u0000"}}"#,
            Code::MalformedJson,
            "/structuredItem/a",
        ),
        (&deep, Code::MalformedJson, &deep_pointer),
        ("[]", Code::InvalidRequest, ""),
        ("{}", Code::InvalidRequest, "/structuredItem"),
        (
            r#"{"structuredItem":{},"webhook":"x"}"#,
            Code::InvalidRequest,
            "/webhook",
        ),
        (
            r#"{"structuredItem":{},"maxAttempts":0}"#,
            Code::InvalidRequest,
            "/maxAttempts",
        ),
        (
            r#"{"structuredItem":{},"maxAttempts":11}"#,
            Code::InvalidRequest,
            "/maxAttempts",
        ),
        (
            r#"{"structuredItem":{},"maxAttempts":1.5}"#,
            Code::InvalidRequest,
            "/maxAttempts",
        ),
        (
            r#"{"structuredItem":{},"maxAttempts":"3"}"#,
            Code::InvalidRequest,
            "/maxAttempts",
        ),
        (
            r#"{"structuredItem":{},"model":""}"#,
            Code::InvalidRequest,
            "/model",
        ),
        (
            r#"{"structuredItem":{},"model":"a b"}"#,
            Code::InvalidRequest,
            "/model",
        ),
        (
            r#"{"structuredItem":{},"model":5}"#,
            Code::InvalidRequest,
            "/model",
        ),
        (
            r#"{"structuredItem":{},"debugArtifacts":1}"#,
            Code::InvalidRequest,
            "/debugArtifacts",
        ),
        (
            r#"{"structuredItem":{},"seed":42}"#,
            Code::InvalidSeed,
            "/seed",
        ),
        (
            r#"{"structuredItem":{},"seed":"-1"}"#,
            Code::InvalidSeed,
            "/seed",
        ),
        (
            r#"{"structuredItem":{},"seed":"100000000000000000000"}"#,
            Code::InvalidSeed,
            "/seed",
        ),
        (
            r#"{"structuredItem":{},"seed":{}}"#,
            Code::InvalidSeed,
            "/seed",
        ),
        (
            r#"{"structuredItem":5}"#,
            Code::InvalidItem,
            "/structuredItem",
        ),
        (
            r#"{"structuredItem":null}"#,
            Code::InvalidItem,
            "/structuredItem",
        ),
        (
            r#"{"structuredItem":{"widgets":3}}"#,
            Code::InvalidItem,
            "/structuredItem/widgets",
        ),
        (
            r#"{"structuredItem":{"n":[1e999]}}"#,
            Code::InvalidItem,
            "/structuredItem/n/0",
        ),
        (
            r#"{"structuredItem":{"widgets":{"a":{"type":"rocket"}}}}"#,
            Code::UnknownWidget,
            "/structuredItem/widgets/a/type",
        ),
        (
            r#"{"structuredItem":{"widgets":{"a":{"type":"dotPlot"},"b":{"type":"barChart"}}}}"#,
            Code::TooManyWidgetTypes,
            "/structuredItem/widgets/b/type",
        ),
    ];
    for (body, code, pointer) in cases {
        let problem = read(body).expect_err(body);
        assert_eq!(
            (problem.code, problem.pointer.as_deref()),
            (code, Some(pointer)),
            "{body}"
        );
        assert!(problem.detail.is_some(), "{body}");
    }
    let invalid = parse(
        b"{\"structuredItem\":\"\xff\"}",
        &Defaults {
            model: "m",
            max_attempts: 1,
        },
    );
    let problem = invalid.expect_err("not UTF-8");
    assert_eq!(problem.pointer.as_deref(), Some("/structuredItem"));
}

#[test]
fn a_number_as_seed_is_told_why() {
    let problem = read(r#"{"structuredItem":{},"seed":42}"#).expect_err("a number");
    assert!(problem.detail.is_some_and(|detail| detail.contains("2^53")));
}

#[test]
fn a_body_may_be_exactly_as_long_as_the_limit() {
    let bare = r#"{"structuredItem":{}}"#;
    let full = format!("{bare}{}", " ".repeat(MAX_BODY_BYTES - bare.len()));
    assert!(read(&full).is_ok());
    assert_eq!(
        read(&format!("{full} ")).map_err(|problem| problem.status()),
        Err(413)
    );
    let item = format!(
        r#"{{"structuredItem":{{"t":"{}"}}}}"#,
        "x".repeat(300 * 1024)
    );
    assert_eq!(
        read(&item).map_err(|problem| problem.code),
        Err(Code::ItemTooLarge)
    );
}

#[test]
fn an_idempotency_key_is_taken_whole_or_refused() {
    assert_eq!(idempotency_key(None), Ok(None));
    assert_eq!(idempotency_key(Some(" a-1 ")), Ok(Some("a-1")));
    let longest = "k".repeat(255);
    assert_eq!(idempotency_key(Some(&longest)), Ok(Some(longest.as_str())));
    for bad in ["", "  ", "a b", "é", "a\u{7f}", &"k".repeat(256)] {
        let result = idempotency_key(Some(bad)).map_err(|problem| problem.status());
        assert_eq!(result, Err(400), "{bad:?}");
    }
}
