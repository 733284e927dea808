//! Requests that a step leaves to the engine: model calls (`step.ai.infer`) and `step.fetch`.
//!
//! The engine makes them while nothing of the app's runs. What a request holds of credentials
//! lives only as long as the request: it is never stored. When the engine dies meanwhile, the app
//! is called again and tells the request anew. A host is not restricted to public addresses, since
//! apps, and the models they use, run on this machine as well.

mod request;

use std::time::Duration;

use reqwest::{Client, redirect::Policy};
use serde::Serialize;
use serde_json::value::RawValue;

use self::request::{Asked, Redaction};
use super::{
    client::{causes, read_body},
    config::EngineError,
    wire::Op,
};

/// The largest response: it becomes a step's output, and those end at 4 MiB.
const LARGEST_RESPONSE: usize = 4 * 1024 * 1024 - 64 * 1024;
/// All that this engine connects to is on its own machine or network.
const NO_TLS: &str = "this engine speaks http only, not https: let the app make the request in a \
    step, put a proxy that speaks TLS before the address, or use Inngest";
/// Redirects that `fetch` follows; a model call follows none, for its credential would follow too.
const MOST_REDIRECTS: usize = 10;

/// Whether the engine is to make this operation's request.
pub(super) fn is_request(op: &Op) -> bool {
    matches!(op.op.as_str(), "AIGateway" | "Gateway")
}

/// Makes requests for steps.
#[derive(Clone)]
pub(super) struct Gateway {
    model: Client,
    fetch: Client,
    timeout: Duration,
}

impl Gateway {
    /// Prepares the HTTP clients.
    ///
    /// # Errors
    /// A client cannot be built.
    pub(super) fn new(timeout: Duration) -> Result<Self, EngineError> {
        let client = |redirects| {
            Client::builder()
                .connect_timeout(Duration::from_secs(10))
                .redirect(redirects)
                .build()
        };
        Ok(Self {
            model: client(Policy::none())?,
            fetch: client(Policy::limited(MOST_REDIRECTS))?,
            timeout,
        })
    }

    /// Makes an operation's request and turns the operation into its result, without credentials.
    pub(super) async fn perform(&self, op: &mut Op) {
        let is_model = op.op == "AIGateway";
        let asked = op.opts.take();
        let asked = Asked::read(is_model, asked.as_deref().map_or("{}", RawValue::get));
        let (asked, redaction) = match asked {
            Ok(asked) => asked,
            Err(error) => {
                op.no_retry = true;
                return fail(op, &Redaction::default(), &error, None);
            }
        };
        op.opts = RawValue::from_string(redaction.opts.clone()).ok();
        let client = if is_model { &self.model } else { &self.fetch };
        match self.send(client, asked).await {
            Err(error) => {
                op.no_retry = error.last;
                fail(op, &redaction, &error.message, None);
            }
            Ok(response) if is_model => model_answered(op, &redaction, &response),
            Ok(response) => {
                let headers = response.headers.into_iter();
                let response = Response {
                    headers: headers.map(|(k, v)| (k, redaction.scrub(&v))).collect(),
                    body: redaction.scrub(&response.body),
                    ..response
                };
                op.data = serde_json::value::to_raw_value(&response).ok();
            }
        }
    }

    async fn send(&self, client: &Client, asked: Asked) -> Result<Response, Unanswered> {
        if asked.url.scheme() == "https" {
            return Err(Unanswered {
                message: NO_TLS.to_owned(),
                last: true,
            });
        }
        let lost = |error: reqwest::Error| Unanswered {
            message: causes(&error),
            last: false,
        };
        let sent = client
            .request(asked.method, asked.url)
            .headers(asked.headers)
            .body(asked.body)
            .timeout(self.timeout)
            .send()
            .await
            .map_err(lost)?;
        let (status_code, url) = (sent.status().as_u16(), sent.url().clone());
        let mut headers = std::collections::BTreeMap::<String, String>::new();
        for (name, value) in sent.headers() {
            let Ok(value) = value.to_str() else { continue };
            let values = headers.entry(name.to_string()).or_default();
            if !values.is_empty() {
                values.push(',');
            }
            values.push_str(value);
        }
        let body = read_body(sent, LARGEST_RESPONSE).await.map_err(lost)?;
        let body = body.ok_or_else(|| Unanswered {
            message: format!("the response is larger than {LARGEST_RESPONSE} bytes"),
            last: true,
        })?;
        Ok(Response {
            url: url.to_string(),
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
            status_code,
        })
    }
}

/// No response that could be used.
struct Unanswered {
    message: String,
    /// Another try would end the same, and be paid for.
    last: bool,
}

/// What `step.fetch` gives, as on the wire.
#[derive(Serialize)]
struct Response {
    url: String,
    headers: std::collections::BTreeMap<String, String>,
    body: String,
    status_code: u16,
}

fn model_answered(op: &mut Op, redaction: &Redaction, response: &Response) {
    let body = redaction.scrub(&response.body);
    if response.status_code > 299 {
        let message = format!("unsuccessful status code: {}", response.status_code);
        return fail(op, redaction, &message, Some(&body));
    }
    match RawValue::from_string(body) {
        Ok(json) => op.data = Some(json),
        Err(_) => {
            // It was paid for: another try would be, too.
            op.no_retry = true;
            fail(op, redaction, "the response is not JSON", None);
        }
    }
}

/// Turns the operation into an error, in Inngest's words.
fn fail(op: &mut Op, redaction: &Redaction, message: &str, body: Option<&str>) {
    #[derive(Serialize)]
    struct Failure<'a> {
        name: &'a str,
        message: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        stack: Option<&'a str>,
    }
    let (name, doing) = if op.op == "AIGateway" {
        ("AIGatewayError", "AI")
    } else {
        ("GatewayError", "gateway")
    };
    let message = redaction.scrub(message);
    let is_model = op.op == "AIGateway";
    let failure = Failure {
        name,
        message: format!("Error making {doing} request: {message}"),
        stack: is_model.then(|| {
            let body = body.filter(|body| !body.is_empty());
            body.unwrap_or(r#"{"error":"Error making AI request"}"#)
        }),
    };
    op.data = None;
    op.error = serde_json::value::to_raw_value(&failure).ok();
}
