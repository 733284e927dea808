//! Signatures against the official TypeScript SDK: what it signs we take, what we sign it takes,
//! and what one refuses so does the other. The few kinds of requests on which the two differ on
//! purpose are listed with their reasons in `tests/inngest/signature-differences.json`.

mod cases;
mod json;
mod random;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use cases::{Case, Keys, NOW, Over};
use itemsmith_steps::{
    Answer, App, Call, Config, FetchError, FunctionConfig, Headers, Host, HttpRequest,
    HttpResponse, Method, Settings, serve, signature::SigningKey,
};
use random::Random;
use serde_json::{Value, json};

/// More than ten thousand, even without those on which the two may differ.
const CASES: usize = 14_000;

/// Of so many different keys; the TypeScript SDK takes milliseconds to set each up.
const ENDPOINTS: usize = 100;

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("inngest");
    assert!(
        folder.join("node_modules/inngest").is_dir(),
        "the TypeScript SDK is not installed; run: npm ci --prefix {}",
        folder.display()
    );
    folder
}

/// Asks the TypeScript SDK.
fn typescript(arguments: &[&str], input: &[Value]) -> Vec<Value> {
    let mut node = Command::new("node")
        .arg("signatures.mjs")
        .args(arguments)
        .current_dir(folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Node is installed");
    let input = serde_json::to_vec(input).expect("JSON");
    // Dropped at the end of the statement: Node reads to the end.
    node.stdin
        .take()
        .expect("piped")
        .write_all(&input)
        .expect("Node reads");
    let output = node.wait_with_output().expect("Node ends");
    assert!(output.status.success(), "Node failed");
    serde_json::from_slice(&output.stdout).expect("an array")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Nothing;

impl App for Nothing {
    fn id(&self) -> &str {
        "app"
    }

    fn functions(&self) -> Vec<FunctionConfig> {
        Vec::new()
    }

    async fn call(&self, _: &str, _: Call) -> Answer {
        unreachable!("nothing is called")
    }
}

impl Host for Nothing {
    async fn fetch(&self, _: HttpRequest) -> Result<HttpResponse, FetchError> {
        unreachable!("nothing is asked")
    }

    fn unix_seconds(&self) -> u64 {
        NOW
    }
}

/// Whether our endpoint trusts a request.
async fn accepts(case: &Case, headers: &[String]) -> bool {
    let config = Config::new(Settings {
        signing_key: Some(case.keys.main.clone()),
        signing_key_fallback: case.keys.fallback.clone(),
        ..Settings::default()
    });
    let headers: Headers = headers
        .iter()
        .map(|value| ("x-inngest-signature", value))
        .collect();
    let request = HttpRequest {
        method: Method::Post,
        url: "https://app.test/api/inngest?probe=trust".to_owned(),
        headers,
        body: case.body.clone(),
    };
    let response = serve(
        &Nothing,
        &Nothing,
        &config.expect("a configuration"),
        request,
    )
    .await;
    match response.status {
        200 => true,
        401 => false,
        other => panic!("status {other}"),
    }
}

/// The kinds of requests that a case belongs to and that may differ. Told from the case alone,
/// never from what became of it.
fn kinds(case: &Case, signed: &Value) -> BTreeSet<&'static str> {
    let mut kinds = BTreeSet::new();
    let text = String::from_utf8_lossy(&case.body);
    let text = text.trim_start_matches('\u{feff}').trim();
    if case.over == Over::Raw && signed["canonical"] != signed["raw"] {
        kinds.insert("signed over its bytes");
    }
    if !case.signing.time.bytes().all(|byte| byte.is_ascii_digit()) {
        kinds.insert("a time with more than digits");
    }
    if signed["canonical"].is_null() {
        kinds.insert("not JSON");
    }
    if matches!(text, "null" | "false" | "\"\"") || text.parse() == Ok(0.0) {
        kinds.insert("a value that JavaScript takes for nothing");
    }
    if text.starts_with('"') {
        kinds.insert("a text alone");
    }
    if text.contains("toJSON") {
        kinds.insert("a field called toJSON");
    }
    if text.starts_with(&"[ ".repeat(128)) {
        kinds.insert("deeper than 127 levels");
    }
    kinds
}

#[tokio::test]
async fn every_signature_means_the_same_to_the_typescript_sdk() {
    let mut random = Random(2026);
    let endpoints: Vec<Keys> = (0..ENDPOINTS).map(|_| Keys::new(&mut random)).collect();
    let cases: Vec<Case> = (0..CASES)
        .map(|_| Case::new(&mut random, &endpoints))
        .collect();
    let signing = cases.iter().map(|case| {
        let cases::Signing { key, time, body } = &case.signing;
        json!({ "key": key, "time": time, "body": hex(body) })
    });
    let signed = typescript(&["sign"], &signing.collect::<Vec<_>>());

    let mut headers = Vec::with_capacity(CASES);
    let mut same_signatures = 0;
    for (case, signed) in cases.iter().zip(&signed) {
        let text = |field: &str| signed[field].as_str();
        let cases::Signing { key, time, body } = &case.signing;
        let ours = SigningKey::new(key.as_str());
        assert_eq!(Some(ours.bearer().as_str()), text("bearer"), "{key}");
        if let (Ok(seconds), Ok(_)) = (time.parse::<u64>(), std::str::from_utf8(body))
            && seconds.to_string() == *time
        {
            let header = |hex: &str| format!("t={time}&s={hex}");
            assert_eq!(Some(ours.sign(body, seconds)), text("raw").map(header));
            let apart = kinds(case, signed);
            let alike = [
                "a text alone",
                "a field called toJSON",
                "deeper than 127 levels",
            ];
            if let (Some(canonical), true) = (
                text("canonical"),
                alike.iter().all(|kind| !apart.contains(kind)),
            ) {
                let shown = String::from_utf8_lossy(body);
                assert_eq!(
                    ours.sign_request(body, seconds),
                    header(canonical),
                    "{shown}"
                );
                same_signatures += 1;
            }
        }
        let over = match case.over {
            Over::Canonical => text("canonical").or(text("raw")),
            Over::Raw => text("raw"),
        };
        headers.push(case.headers(over.expect("a signature")));
    }

    let asked = cases.iter().zip(&headers).map(|(case, headers)| {
        let Keys { main, fallback } = &case.keys;
        let body = &case.body;
        json!({ "key": main, "fallback": fallback, "headers": headers, "body": hex(body) })
    });
    let now = NOW.to_string();
    let theirs = typescript(&["verify", &now], &asked.collect::<Vec<_>>());

    let listed = std::fs::read(folder().join("signature-differences.json")).expect("the list");
    let listed: BTreeMap<String, String> =
        serde_json::from_slice(&listed).expect("reasons by kind");
    let (mut agreed, mut accepted, mut seen) = (0, 0, BTreeMap::new());
    for ((case, headers), (signed, theirs)) in
        cases.iter().zip(&headers).zip(signed.iter().zip(&theirs))
    {
        let ours = accepts(case, headers).await;
        if ours == (theirs == "accepted") {
            agreed += 1;
            accepted += usize::from(ours);
            continue;
        }
        let kinds = kinds(case, signed);
        let kind = kinds.iter().find(|kind| listed.contains_key(**kind));
        let kind = kind.unwrap_or_else(|| {
            panic!(
                "we {} and the TypeScript SDK {theirs}: {headers:?} over {:?} ({:?})",
                if ours { "accepted" } else { "refused" },
                String::from_utf8_lossy(&case.body),
                case.header,
            )
        });
        *seen.entry(*kind).or_insert(0) += 1;
    }
    println!(
        "{agreed} agree, {accepted} of them accepted; {same_signatures} same signatures; apart: {seen:?}"
    );
    assert!(
        agreed >= 10_000 && same_signatures >= 10_000,
        "{agreed}, {same_signatures}"
    );
    // A third of all is enough to show that agreement is not refusal throughout.
    assert!(accepted >= CASES / 3, "{accepted}");
    for kind in listed.keys() {
        assert!(
            seen.contains_key(kind.as_str()),
            "listed, but no case differs: {kind}"
        );
    }
}
