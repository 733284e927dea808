//! Answers as HTTP responses.

use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use crate::answer::{Answer, Violation};
use crate::failure::{ErrorBody, Failure, Retry};
use crate::http::{Headers, HttpResponse};

const NO_RETRY: &str = "x-inngest-no-retry";

/// The response that tells the server an [`Answer`]. [`crate::serve()`] adds the headers that say
/// who answers.
pub fn respond(answer: Answer) -> HttpResponse {
    match answer {
        Answer::Finished(value) => json(200, &value),
        Answer::Ops { ops, .. } if ops.is_empty() => misused(&Violation::ForeignAwait),
        Answer::Ops { ops, retry_after } => {
            let mut response = json(206, &ops);
            // A step's failure says whether to try again, in the header as in its operation.
            if let Some(final_) = ops.iter().find_map(|op| op.is_final_failure()) {
                set_retry(&mut response, final_, retry_after);
            }
            response
        }
        Answer::Failed(failure) => failed(failure),
        Answer::Misused(violation) => misused(&violation),
    }
}

fn failed(failure: Failure) -> HttpResponse {
    let (status, retry_after) = match failure.retry {
        Retry::Never => (400, None),
        Retry::Default => (500, None),
        Retry::After(delay) => (500, Some(delay)),
    };
    let mut response = json(status, &ErrorBody::from(failure));
    set_retry(&mut response, status == 400, retry_after);
    response
}

/// Retried: the mistake may be mended by the next deployment, before the attempts are used up.
fn misused(violation: &Violation) -> HttpResponse {
    error(500, "DurableFunctionMisused", &violation.to_string())
}

fn set_retry(response: &mut HttpResponse, is_final: bool, retry_after: Option<Duration>) {
    response
        .headers
        .set(NO_RETRY, if is_final { "true" } else { "false" });
    if let Some(delay) = retry_after {
        let seconds = delay
            .as_secs()
            .saturating_add(u64::from(delay.subsec_nanos() > 0));
        response.headers.set("retry-after", seconds.to_string());
    }
}

/// A response of any JSON.
pub(super) fn json(status: u16, body: &impl Serialize) -> HttpResponse {
    let mut headers = Headers::new();
    headers.set("content-type", "application/json");
    match serde_json::to_vec(body) {
        Ok(body) => HttpResponse {
            status,
            headers,
            body,
        },
        Err(_) => HttpResponse {
            status: 500,
            headers,
            body: b"null".to_vec(),
        },
    }
}

/// 200 and no more.
pub(super) fn empty() -> HttpResponse {
    let mut response = json(200, &());
    response.body.clear();
    response
}

/// A refusal, or a failure of the endpoint itself; 5xx may be tried again.
pub(super) fn error(status: u16, name: &str, message: &str) -> HttpResponse {
    let mut response = json(status, &json!({ "name": name, "message": message }));
    set_retry(&mut response, status < 500, None);
    response
}

pub(super) fn method_not_allowed() -> HttpResponse {
    let mut response = error(
        405,
        "MethodNotAllowed",
        "this address answers GET, PUT and POST",
    );
    response.headers.set("allow", "GET, PUT, POST");
    response
}
