//! Requests made to both apps by hand: what no engine sends, or not at will.

use std::{collections::BTreeMap, sync::LazyLock};

use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use super::{
    exchange::{Exchange, Message, headers},
    normal,
    report::{Finding, Report, add},
    side::Side,
    signed::{self, FALLBACK, KEY},
};

/// One request.
#[derive(Clone, Debug)]
pub struct Probe {
    /// What it is.
    pub name: &'static str,
    /// The numbered points of the protocol.
    pub points: &'static [u8],
    /// The status that our SDK answers.
    pub status: u16,
    method: &'static str,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    signature: Signature,
    /// Made by itself at the end, for it may end the app.
    deadly: bool,
}

/// How a probe is signed.
#[derive(Clone, Copy, Debug)]
enum Signature {
    None,
    /// With this key, so many seconds from now.
    By(&'static str, i64),
    /// Over other bytes than are sent.
    Over(&'static str),
    /// This text.
    Text(&'static str),
}

const SIGNED: Signature = Signature::By(KEY, 0);
/// sha1 of `first`.
const FIRST: &str = "e0996a37c13d44c3b06074939d43fa3759bd32c1";

fn probe(name: &'static str, points: &'static [u8], status: u16) -> Probe {
    Probe {
        name,
        points,
        status,
        method: "POST",
        target: "/api/inngest?fnId=conformance-sequence&stepId=step".into(),
        headers: Vec::new(),
        body: call(json!({})).into_bytes(),
        signature: SIGNED,
        deadly: false,
    }
}

impl Probe {
    fn signed(self, signature: Signature) -> Self {
        Self { signature, ..self }
    }

    fn body(self, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self { body, ..self }
    }

    fn to(self, method: &'static str, target: &str) -> Self {
        let (target, body) = (target.to_owned(), Vec::new());
        Self {
            method,
            target,
            body,
            ..self
        }
    }

    fn function(self, function: &str, step: &str) -> Self {
        let target = format!("/api/inngest?fnId={function}&stepId={step}");
        Self { target, ..self }
    }

    /// The body with the event that starts the function called: the TypeScript SDK takes no other.
    fn sent(&self) -> Vec<u8> {
        let function = self.target.split("fnId=conformance-").nth(1);
        let function = function.and_then(|rest| rest.split('&').next());
        let text = String::from_utf8_lossy(&self.body).into_owned();
        match function {
            Some(function) => {
                text.replace("conformance/sequence", &format!("conformance/{function}"))
            }
            None => text,
        }
        .into_bytes()
    }

    fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    fn deadly(self) -> Self {
        Self {
            deadly: true,
            ..self
        }
    }
}

/// A call's body; `changes` are put into `ctx`, or beside it if their names say so.
fn call(changes: Value) -> String {
    let mut body = json!({
        "version": 2,
        "ctx": {
            "run_id": "01KAT5GQ4M0Z6V6Q8Y4RGN9F2D",
            "fn_id": "123e4567-e89b-12d3-a456-426614174000",
            "attempt": 0,
            "max_attempts": 4,
            "disable_immediate_execution": false,
            "use_api": false,
            "stack": { "stack": [], "current": 0 },
        },
        "event": { "name": "conformance/sequence", "data": { "name": "Ada" } },
        "events": [{ "name": "conformance/sequence", "data": { "name": "Ada" } }],
        "steps": {},
        "use_api": false,
    });
    for (name, value) in changes.as_object().cloned().unwrap_or_default() {
        match name.as_str() {
            "version" | "event" | "events" | "steps" | "use_api" | "news" => body[&name] = value,
            "order" => body["ctx"]["stack"] = json!({ "stack": value, "current": 0 }),
            _ => body["ctx"][&name] = value,
        }
    }
    canonical(&body)
}

/// The canonical form, in which the TypeScript SDK checks signatures, of plain values: names in
/// order, no white space.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<&String, &Value> = fields.iter().collect();
            let fields = fields
                .into_iter()
                .map(|(name, value)| format!("{}:{}", json!(name), canonical(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Value::Array(list) => {
            let list: Vec<String> = list.iter().map(canonical).collect();
            format!("[{}]", list.join(","))
        }
        other => other.to_string(),
    }
}

/// All probes.
pub static PROBES: LazyLock<Vec<Probe>> = LazyLock::new(|| {
    let mut all = signatures();
    all.extend(endpoint());
    all.extend(calls());
    all.extend(memory());
    all
});

fn signatures() -> Vec<Probe> {
    vec![
        probe("a signed call", &[1, 4], 206),
        probe("an unsigned call", &[1, 2], 401).signed(Signature::None),
        probe("a call signed with another key", &[1, 2], 401)
            .signed(Signature::By("signkey-test-00000000", 0)),
        probe("a call signed with the fallback key", &[1, 4], 206)
            .signed(Signature::By(FALLBACK, 0)),
        probe("a call signed 290 s ago", &[1], 206).signed(Signature::By(KEY, -290)),
        probe("a call signed 310 s ago", &[1, 2], 401).signed(Signature::By(KEY, -310)),
        probe("a call signed in 290 s", &[1], 206).signed(Signature::By(KEY, 290)),
        probe("a call signed in 310 s", &[1, 2], 401).signed(Signature::By(KEY, 310)),
        probe("a signature of another body", &[1, 2], 401).signed(Signature::Over("{}")),
        probe("a signature without a time", &[1, 2], 401).signed(Signature::Text("s=00")),
        probe("a signature that is none", &[1, 2], 401).signed(Signature::Text("none")),
        probe("a call signed in its canonical form", &[1], 200)
            .function("conformance-plain", "step")
            .body("{ \"steps\":{}, \"event\":{\"name\":\"conformance/plain\",\"data\":{\"name\":\"\\u0041da\"}}, \"ctx\":{\"run_id\":\"1\"} }")
            .signed(Signature::Over(
                "{\"ctx\":{\"run_id\":\"1\"},\"event\":{\"data\":{\"name\":\"Ada\"},\"name\":\"conformance/plain\"},\"steps\":{}}",
            )),
        probe("a call signed as it was written", &[1], 200)
            .function("conformance-plain", "step")
            .body("{ \"ctx\":{\"run_id\":\"1\"}, \"event\":{\"data\":{\"name\":\"Ada\"},\"name\":\"conformance/plain\"} }"),
        probe("an unsigned call that is not JSON", &[1, 2], 401)
            .body("{\"never\": parsed")
            .signed(Signature::None)
            .deadly(),
    ]
}

fn endpoint() -> Vec<Probe> {
    let get = "/api/inngest";
    let sync = json!({ "url": "https://app.example/api/inngest" }).to_string();
    let in_band = |name, points, status, body: &str| {
        probe(name, points, status)
            .to("PUT", get)
            .body(body)
            .header("x-inngest-sync-kind", "in_band")
    };
    vec![
        in_band("an in-band sync", &[4, 6, 7], 200, &sync),
        in_band("an unsigned in-band sync", &[6], 401, &sync).signed(Signature::None),
        in_band("an in-band sync without an address", &[6], 400, "{}"),
        in_band("an in-band sync of every setting", &[6, 7], 200, &sync).path("/api/flow"),
        probe("an unsigned introspection", &[8], 200)
            .to("GET", get)
            .signed(Signature::None),
        probe("an introspection", &[4, 8], 200).to("GET", get),
        probe("an introspection with the fallback key", &[8], 200)
            .to("GET", get)
            .signed(Signature::By(FALLBACK, 0)),
        probe("an introspection with another key", &[8], 200)
            .to("GET", get)
            .signed(Signature::By("signkey-test-00000000", 0)),
        probe("a trust probe", &[8], 200)
            .to("POST", "/api/inngest?probe=trust")
            .body("{}"),
        probe("an unsigned trust probe", &[8], 401)
            .to("POST", "/api/inngest?probe=trust")
            .body("{}")
            .signed(Signature::None),
        probe("an unknown probe", &[8], 400)
            .to("POST", "/api/inngest?probe=other")
            .body("{}"),
        probe("another method", &[4], 405).to("PATCH", get),
    ]
}

impl Probe {
    fn path(self, path: &str) -> Self {
        let target = path.to_owned();
        Self { target, ..self }
    }
}

fn calls() -> Vec<Probe> {
    let version =
        |name, version: i64| probe(name, &[9], 206).body(call(json!({ "version": version })));
    vec![
        version("a call of version -1", -1),
        version("a call of version 1", 1),
        version("a call of version 2", 2),
        probe("a call with unknown fields", &[9], 206)
            .body(call(json!({ "news": { "a": 1 }, "more": [true] }))),
        probe("a call with nulls for what is empty", &[9], 206)
            .body(call(json!({ "stack": null, "max_attempts": 4 }))),
        probe("a call of an unknown function", &[11], 500).function("conformance-nobody", "step"),
        probe("a call of no function", &[9], 400)
            .to("POST", "/api/inngest")
            .body(call(json!({}))),
        probe("a call without a context", &[9], 400).body("{\"event\":{\"data\":{}}}"),
        probe("a call without a body", &[9], 400).body(""),
        probe("a signed call that is not JSON", &[9], 400)
            .body("{\"never\": parsed")
            .deadly(),
        probe("a call with one new step", &[15], 206).body(call(json!({}))),
        probe("a call that may run nothing at once", &[15], 206)
            .body(call(json!({ "disable_immediate_execution": true }))),
        probe("a call for one step", &[15], 206)
            .function("conformance-sequence", FIRST)
            .body(call(json!({ "disable_immediate_execution": true }))),
        probe("a call for one of several steps", &[15, 16], 206)
            .function("conformance-parallel", LEFT)
            .body(call(json!({ "disable_immediate_execution": true }))),
        probe("a call for a step that there is not", &[14, 15], 500).function(
            "conformance-sequence",
            "0000000000000000000000000000000000000000",
        ),
        probe("a call for a step that is remembered", &[15], 206)
            .function("conformance-sequence", FIRST)
            .body(call(
                json!({ "steps": { FIRST: { "data": 20 } }, "order": [FIRST] }),
            )),
        probe("several new steps", &[14, 16], 206).function("conformance-parallel", "step"),
    ]
}

fn memory() -> Vec<Probe> {
    let remembered = |name, points, status, first: Value| {
        let order = json!([FIRST]);
        probe(name, points, status).body(call(json!({ "steps": { FIRST: first }, "order": order })))
    };
    let slept = json!({ "steps": { SLEEP: null }, "order": [SLEEP] });
    let event = json!({ "name": "conformance/answer", "data": { "text": "yes" } });
    let woken = json!({ "steps": { WAIT: event }, "order": [WAIT] });
    let timed_out = json!({ "steps": { NOTHING: null }, "order": [NOTHING] });
    let order = |name, order: [&str; 2]| {
        let steps = json!({ LEFT: { "data": "l" }, RIGHT: { "data": "r" } });
        probe(name, &[17], 200)
            .function("conformance-ordered", "step")
            .body(call(json!({ "steps": steps, "order": order })))
    };
    vec![
        remembered("a remembered result", &[13], 206, json!({ "data": 20 })),
        remembered(
            "a remembered error",
            &[13],
            400,
            json!({ "error": { "name": "Error", "message": "no" } }),
        ),
        remembered(
            "a step with input: not over",
            &[13],
            206,
            json!({ "input": [1] }),
        ),
        probe("a remembered sleep", &[13], 200)
            .function("conformance-asleep", "step")
            .body(call(slept)),
        probe("a remembered event", &[13], 200)
            .function("conformance-matched", "step")
            .body(call(woken)),
        probe("a remembered time-out", &[13], 200)
            .function("conformance-unmatched", "step")
            .body(call(timed_out)),
        order("left before right", [LEFT, RIGHT]),
        order("right before left", [RIGHT, LEFT]),
    ]
}

/// sha1 of `a second`, `the same number`, `nothing`, `left` and `right`.
const SLEEP: &str = "ad0cb1ef4cf83cec678e93eb4c210379b6c4dced";
const WAIT: &str = "93a9d93dd38d2f260b04a25adeb7c0b7d5fb7ce7";
const NOTHING: &str = "0feca720e2c29dafb2c900713ba560e03b758711";
const LEFT: &str = "12c0f1fbadc4046b5f2bb9e063b227ef8750d9d6";
const RIGHT: &str = "d27a1f11771200949714b1af99f048a416f5d6f4";

/// Makes every probe on both sides and compares the answers.
pub async fn probe_all(rust: &Side, typescript: &Side) -> Report {
    let (deadly, harmless): (Vec<&Probe>, Vec<&Probe>) =
        PROBES.iter().partition(|probe| probe.deadly);
    let mut answers = join_all(harmless.into_iter().map(async |probe| {
        let (mine, their) = join(ask(rust, probe), ask(typescript, probe)).await;
        (probe, mine, their)
    }))
    .await;
    for probe in deadly {
        let (mine, their) = join(ask(rust, probe), ask(typescript, probe)).await;
        answers.push((probe, mine, their));
        join(rust.ready(), typescript.ready()).await;
    }
    let mut report = Report::new();
    for (probe, mine, their) in answers {
        let status = u64::from(probe.status);
        let mut finding = Finding {
            points: probe.points.to_vec(),
            exchanges: 1,
            ..Finding::default()
        };
        let mine = normal::exchange(&mine, &rust.origins);
        let their = normal::exchange(&their, &typescript.origins);
        let answers = [&mine, &their].map(|answer| Some(&answer["response"]));
        add(&mut finding, probe.name, "the answer", "probe", answers);
        let expected = json!(status);
        let got = &mine["response"]["status"];
        if *got != expected {
            let answer = &mine["response"];
            let failure = format!("{}: not {status} but {answer}", probe.name);
            finding.failures.push(failure);
        }
        finding.rust.insert("the answer".into(), mine);
        report.insert(probe.name.to_owned(), finding);
    }
    report
}

async fn ask(side: &Side, probe: &Probe) -> Exchange {
    let sent = probe.sent();
    let signature = match probe.signature {
        Signature::None => None,
        Signature::By(key, seconds) => Some((key, seconds, sent.as_slice())),
        Signature::Over(body) => Some((KEY, 0, body.as_bytes())),
        Signature::Text(_) => None,
    };
    let signature = signature.map(|(key, seconds, body)| {
        let at = signed::now().saturating_add_signed(seconds);
        signed::sign(key, body, at)
    });
    let signature = match probe.signature {
        Signature::Text(text) => Some(text.to_owned()),
        _ => signature,
    };
    let method = reqwest::Method::from_bytes(probe.method.as_bytes()).expect("a method");
    let mut request = side
        .http
        .request(method, format!("{}{}", side.app, probe.target))
        .header("content-type", "application/json")
        .body(sent.clone());
    for (name, value) in &probe.headers {
        request = request.header(*name, value);
    }
    if let Some(signature) = signature {
        request = request.header("x-inngest-signature", signature);
    }
    let (status, response) = match request.send().await {
        Err(_) => (0, Message::default()),
        Ok(answer) => {
            let (status, fields) = (answer.status().as_u16(), headers(answer.headers()));
            let body = answer.bytes().await.unwrap_or_default().to_vec();
            (
                status,
                Message {
                    headers: fields,
                    body,
                },
            )
        }
    };
    Exchange {
        to_app: true,
        method: probe.method.to_owned(),
        target: probe.target.clone(),
        request: Message::default(),
        status,
        response,
    }
}
