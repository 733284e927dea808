//! A host for tests: answers by address, remembers what was asked.

use std::{cell::RefCell, time::Duration};

use itemsmith_steps::{Headers, HttpRequest, HttpResponse};
use serde_json::{Value, json};

use crate::{App, Exchange, FetchTrouble, Incoming, Outside};

/// 2026-01-01T00:00:00Z.
pub const NOW_MS: u64 = 1_767_225_600_000;

type Answer = Result<HttpResponse, FetchTrouble>;

/// The host.
#[derive(Default)]
pub struct Fake {
    /// The end of an address, and what it answers next.
    answers: RefCell<Vec<(&'static str, Answer)>>,
    /// What was asked.
    pub asked: RefCell<Vec<HttpRequest>>,
    /// How long was waited, each time; it does not take any.
    pub slept: RefCell<Vec<Duration>>,
}

impl Fake {
    /// Says what the next request to an address that ends like this gets.
    pub fn on(self, end: &'static str, status: u16, body: &Value) -> Self {
        self.plain(end, status, &[], &body.to_string())
    }

    /// The same with headers and any body.
    pub fn plain(
        self,
        end: &'static str,
        status: u16,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Self {
        let headers: Headers = headers.iter().copied().collect();
        let response = HttpResponse {
            status,
            headers,
            body: body.as_bytes().to_vec(),
        };
        self.answers.borrow_mut().push((end, Ok(response)));
        self
    }

    /// The next request to an address that ends like this gets no answer.
    pub fn fails(self, end: &'static str, trouble: FetchTrouble) -> Self {
        self.answers.borrow_mut().push((end, Err(trouble)));
        self
    }
}

impl Outside for Fake {
    async fn fetch(&self, exchange: Exchange) -> Answer {
        let url = exchange.request.url.clone();
        self.asked.borrow_mut().push(exchange.request);
        let mut answers = self.answers.borrow_mut();
        let at = answers.iter().position(|(end, _)| url.ends_with(end));
        at.map_or(Err(FetchTrouble::Connection), |at| answers.remove(at).1)
    }

    async fn sleep(&self, duration: Duration) {
        self.slept.borrow_mut().push(duration);
    }

    fn now_ms(&self) -> u64 {
        NOW_MS
    }

    fn random(&self) -> [u8; 10] {
        [7; 10]
    }
}

/// The environment of a development stack.
pub fn environment(name: &str) -> Option<String> {
    let value = match name {
        "ITEMSMITH_ENV" => "development",
        "DATABASE_URL" => "postgres://user:sekret@db.test/main",
        "SQL_HTTP_URL" => "http://db.test/sql",
        "CHECKER_URL" => "http://checker.test",
        "OPENAI_API_KEY" => "sk-sekret",
        "OPENAI_BASE_URL" => "http://model.test/v1",
        "INNGEST_DEV" => "http://bus.test",
        _ => return None,
    };
    Some(value.to_owned())
}

/// An application in front of a host.
pub fn app(outside: Fake) -> App<Fake> {
    App::new(outside, environment)
}

/// A request with the development key.
pub fn request(method: &str, path: &str, body: &str) -> Incoming {
    let key = format!("Bearer {}", itemsmith_api::auth::DEVELOPMENT_KEY);
    let headers = [
        ("authorization", key.as_str()),
        ("content-type", "application/json"),
    ];
    Incoming {
        method: method.to_owned(),
        url: format!("http://worker.test{path}"),
        headers: headers.into_iter().collect(),
        body: Some(body.as_bytes().to_vec()),
    }
}

/// One row of the database over HTTP.
pub fn row(columns: &[(&str, Value)]) -> Value {
    let fields: Vec<Value> = columns
        .iter()
        .map(|(name, _)| json!({ "name": name }))
        .collect();
    let values: Vec<&Value> = columns.iter().map(|(_, value)| value).collect();
    json!({ "fields": fields, "rows": [values], "command": "SELECT", "rowCount": 1 })
}
