//! What needs no database.

use http::{HeaderMap, HeaderValue};

use super::{error::Refusal, request::Options, target::Target};

fn refusal(text: &str, own: Option<&Target>) -> Option<String> {
    match Target::allowed(text, own) {
        Ok(_) => None,
        Err(Refusal::Request(why)) => Some(why),
        Err(_) => panic!("an address is only ever refused as a request"),
    }
}

#[test]
fn only_this_machine_and_the_own_server_can_be_asked_for() {
    let own = Target::parse("postgres://u:p@db.example:6000/d").ok();
    for allowed in [
        "postgresql://u:p@127.0.0.1:5432/d",
        "postgres://u@localhost/d?application_name=x",
        "postgres://u@[::1]:5432/d",
        "postgres://someone:else@db.example:6000/other",
    ] {
        assert_eq!(refusal(allowed, own.as_ref()), None, "{allowed}");
    }
    for refused in [
        "postgres://u:p@db.example:5432/d",
        "postgres://u:p@10.0.0.1/d",
        "postgres://127.0.0.1/d",
        "postgres://u:p@127.0.0.1",
        "mysql://u@127.0.0.1/d",
        "",
    ] {
        let why = refusal(refused, own.as_ref());
        assert!(
            why.as_ref().is_some_and(|why| !why.contains(":p@")),
            "{refused}: {why:?}"
        );
    }
}

#[test]
fn the_headers_of_a_batch_become_its_begin() {
    let mut headers = HeaderMap::new();
    assert_eq!(Options::read(&headers).unwrap().begin(), "BEGIN");
    headers.insert(
        "neon-batch-isolation-level",
        HeaderValue::from_static("Serializable"),
    );
    headers.insert("neon-batch-read-only", HeaderValue::from_static("true"));
    headers.insert("neon-batch-deferrable", HeaderValue::from_static("true"));
    let options = Options::read(&headers).unwrap();
    assert_eq!(
        options.begin(),
        "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE"
    );
    headers.insert(
        "neon-batch-isolation-level",
        HeaderValue::from_static("Chaos"),
    );
    assert!(Options::read(&headers).is_err());
}

#[test]
fn a_flag_is_exactly_true() {
    let mut headers = HeaderMap::new();
    headers.insert("neon-array-mode", HeaderValue::from_static("True"));
    headers.insert("neon-raw-text-output", HeaderValue::from_static("true"));
    let options = Options::read(&headers).unwrap();
    assert!(options.raw_text && !options.array_mode);
}
