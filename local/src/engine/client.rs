//! Calling the app: the request's body, its signature, and what came of it.

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, header};
use reqwest::Client;
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;

use super::{
    clock,
    config::{EngineConfig, EngineError, SigningKey},
    core::CallRequest,
    gateway::{self, Gateway},
    wire::{self, Answer, Outcome},
};

/// Above this a call's body leaves its state out and the app fetches it (`use_api`): many
/// platforms refuse requests near 4 MB.
const LARGEST_CALL: usize = 3_500_000;
/// The largest answer read, as on Inngest: room for a step's largest input and output.
const LARGEST_ANSWER: usize = 8 * 1024 * 1024;

/// Calls apps.
#[derive(Clone)]
pub(super) struct Caller {
    http: Client,
    signing_key: Option<SigningKey>,
    timeout: Duration,
    gateway: Gateway,
}

impl Caller {
    /// Prepares the HTTP client.
    ///
    /// # Errors
    /// The client cannot be built.
    pub(super) fn new(config: &EngineConfig) -> Result<Self, EngineError> {
        let http = Client::builder()
            // A refused connection answers at once; a host that drops packets does not.
            .connect_timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .build()?;
        Ok(Self {
            http,
            signing_key: config.signing_key.clone(),
            timeout: config.call_timeout,
            gateway: Gateway::new(config.call_timeout)?,
        })
    }

    /// Makes a call.
    pub(super) async fn call(&self, request: &CallRequest) -> Answer {
        let mut url = request.function.url.clone();
        if let Some(target) = &request.target {
            retarget(&mut url, target);
        }
        let body = body(request);
        let sent = self
            .http
            .post(url)
            .headers(self.headers(&body))
            .headers(dispatch_headers(request))
            .timeout(self.timeout)
            .body(body)
            .send()
            .await;
        let response = match sent {
            Ok(response) => response,
            Err(error) if error.is_connect() => {
                return Answer {
                    version: None,
                    retry_at: None,
                    outcome: Outcome::Unreachable(causes(&error)),
                };
            }
            Err(error) => return lost(&error),
        };
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        match read_body(response, LARGEST_ANSWER).await {
            Ok(Some(body)) => wire::read(status, &headers, &body, clock::now()),
            Ok(None) => {
                let error = format!("the app's answer is larger than {LARGEST_ANSWER} bytes");
                wire::failed(wire::named_error("OutputTooLargeError", &error), true)
            }
            Err(error) => lost(&error),
        }
    }

    /// Makes the requests that steps of an answer leave to the engine. What else the answer
    /// reports is handed to `report` first, for it must not wait for a model.
    pub(super) async fn complete(&self, answer: &mut Answer, report: impl FnOnce(Vec<wire::Op>)) {
        let Outcome::Ops { ops, .. } = &mut answer.outcome else {
            return;
        };
        if !ops.iter().any(gateway::is_request) {
            return;
        }
        let (requests, others): (Vec<_>, Vec<_>) = std::mem::take(ops)
            .into_iter()
            .partition(gateway::is_request);
        if !others.is_empty() {
            report(others);
        }
        let mut made = JoinSet::new();
        for mut op in requests {
            let gateway = self.gateway.clone();
            made.spawn(async move {
                gateway.perform(&mut op).await;
                op
            });
        }
        while let Some(op) = made.join_next().await {
            match op {
                Ok(op) => ops.push(op),
                // A panic in our own client: the call is made again.
                Err(error) => {
                    answer.outcome = Outcome::Failed {
                        error: wire::error_json(&format!("a request was not made: {error}")),
                        last: false,
                    };
                    return;
                }
            }
        }
    }

    /// Asks an app to register itself.
    ///
    /// # Errors
    /// Says why it did not.
    pub(super) async fn sync(&self, url: &str) -> Result<(), String> {
        let response = self
            .http
            .put(url)
            .headers(self.headers(b""))
            .timeout(Duration::from_secs(10))
            .send()
            .await
            .map_err(|error| causes(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let body = read_body(response, LARGEST_ANSWER)
            .await
            .ok()
            .flatten()
            .unwrap_or_default();
        let start: String = String::from_utf8_lossy(&body).chars().take(300).collect();
        Err(format!("{status}: {start}"))
    }

    fn headers(&self, body: &[u8]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        let kind = if self.signing_key.is_some() {
            "cloud"
        } else {
            "dev"
        };
        headers.insert("x-inngest-server-kind", HeaderValue::from_static(kind));
        if let Some(key) = &self.signing_key {
            let seconds = u64::try_from(clock::now() / 1000).unwrap_or_default();
            let signature = key.sign_request(body, seconds);
            if let Ok(value) = HeaderValue::from_str(&signature) {
                headers.insert("x-inngest-signature", value);
            }
        }
        headers
    }
}

/// Which call this is: SDKs send it back with every checkpoint, and hand it to functions.
fn dispatch_headers(request: &CallRequest) -> HeaderMap {
    let values = [
        ("x-request-id", request.request_id.to_string()),
        ("x-inngest-generation-id", request.attempt.to_string()),
        ("x-inngest-job-id", request.job.to_string()),
    ];
    let headers = values.into_iter().filter_map(|(name, value)| {
        Some((
            HeaderName::from_static(name),
            HeaderValue::from_str(&value).ok()?,
        ))
    });
    headers.collect()
}

/// A call whose answer did not come: the app may have run the step.
fn lost(error: &reqwest::Error) -> Answer {
    let told = if error.is_timeout() {
        "did not answer in time"
    } else {
        "broke off its answer"
    };
    wire::failed(
        wire::error_json(&format!("the app {told}: {}", causes(error))),
        false,
    )
}

/// An error with its causes; the URL stays out, it may hold credentials.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = String::new();
    let mut next = error.source();
    while let Some(cause) = next {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    if text.is_empty() {
        "the request failed".to_owned()
    } else {
        text
    }
}

/// The body, or `None` if it is too large.
pub(super) async fn read_body(
    mut response: reqwest::Response,
    limit: usize,
) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > limit {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// Puts the step's id in place of `stepId=step`.
fn retarget(url: &mut reqwest::Url, target: &str) {
    let pairs: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| name != "stepId")
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    url.query_pairs_mut()
        .clear()
        .extend_pairs(pairs)
        .append_pair("stepId", target);
}

#[derive(Serialize)]
struct Body<'a> {
    ctx: Context<'a>,
    event: Option<&'a RawValue>,
    events: Vec<&'a RawValue>,
    steps: Steps<'a>,
    use_api: bool,
    version: i32,
}

#[derive(Serialize)]
struct Context<'a> {
    env: &'static str,
    fn_id: String,
    run_id: &'a str,
    step_id: &'a str,
    qi_id: String,
    attempt: u32,
    max_attempts: u32,
    disable_immediate_execution: bool,
    use_api: bool,
    stack: Stack<'a>,
}

#[derive(Serialize)]
struct Stack<'a> {
    stack: Vec<&'a str>,
    current: usize,
}

/// Remembered steps as an object.
struct Steps<'a>(&'a [(Arc<str>, Arc<str>)]);

impl Serialize for Steps<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            self.0
                .iter()
                .map(|(id, memo)| (&**id, serde_json::from_str::<&RawValue>(memo).ok())),
        )
    }
}

fn body(request: &CallRequest) -> Vec<u8> {
    let size = request
        .steps
        .iter()
        .map(|(_, memo)| memo.len())
        .sum::<usize>()
        + request
            .events
            .iter()
            .chain(request.events.first())
            .map(|event| event.body.len())
            .sum::<usize>();
    let whole = size <= LARGEST_CALL;
    // The first event is sent even when the app fetches them all: SDKs refuse a call without it.
    let first = request
        .events
        .first()
        .and_then(|event| serde_json::from_str(&event.body).ok());
    let events: Vec<&RawValue> = if whole {
        request
            .events
            .iter()
            .filter_map(|event| serde_json::from_str(&event.body).ok())
            .collect()
    } else {
        Vec::new()
    };
    let body = Body {
        ctx: Context {
            env: "",
            fn_id: function_uuid(&request.function.slug),
            run_id: &request.run_id,
            step_id: request.target.as_deref().unwrap_or("step"),
            qi_id: request.job.to_string(),
            attempt: request.attempt,
            max_attempts: request.function.retries + 1,
            disable_immediate_execution: request.parallel,
            use_api: !whole,
            stack: Stack {
                stack: request.steps.iter().map(|(id, _)| &**id).collect(),
                current: request.steps.len(),
            },
        },
        event: first,
        events,
        steps: Steps(if whole { &request.steps } else { &[] }),
        use_api: !whole,
        version: request.version,
    };
    serde_json::to_vec(&body).expect("strings, numbers and raw JSON serialise")
}

/// A stable UUID for a function: its slug's hash in the shape of version 8.
pub(super) fn function_uuid(slug: &str) -> String {
    let hash = Sha256::digest(slug);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes)
        .into_uuid()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_targeted_call_names_its_step_once() {
        let mut url: reqwest::Url = "http://h/api?fnId=app-fn&stepId=step"
            .parse()
            .expect("a valid URL");
        retarget(&mut url, "abc");
        assert_eq!(url.as_str(), "http://h/api?fnId=app-fn&stepId=abc");
    }

    #[test]
    fn a_functions_uuid_is_stable_and_its_own() {
        assert_eq!(function_uuid("a-b"), function_uuid("a-b"));
        assert_ne!(function_uuid("a-b"), function_uuid("a-c"));
        assert_eq!(function_uuid("a-b").len(), 36);
    }
}
