//! What an app answers to a call, read into what the engine acts on.

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{clock::Millis, retry};

/// What came of one call.
#[derive(Debug)]
pub(super) struct Answer {
    /// The SDK's execution version, if it told.
    pub(super) version: Option<i32>,
    /// When to try again, if it told.
    pub(super) retry_at: Option<Millis>,
    /// The rest.
    pub(super) outcome: Outcome,
}

/// What came of one call.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The function returned this JSON.
    Finished(String),
    /// Steps were reported. `last` means that an error among them is final.
    Ops { ops: Vec<Op>, last: bool },
    /// The function, or the call, failed with this error as JSON.
    Failed { error: String, last: bool },
    /// Nobody answered at the address: no attempt of the app's.
    Unreachable(String),
}

/// One reported step.
#[derive(Debug, Deserialize)]
pub(super) struct Op {
    /// The hashed id.
    pub(super) id: String,
    /// The opcode.
    pub(super) op: String,
    /// As it was written.
    #[serde(default)]
    pub(super) name: Option<String>,
    /// For people.
    #[serde(default, rename = "displayName")]
    pub(super) display_name: Option<String>,
    /// Arguments.
    #[serde(default)]
    pub(super) opts: Option<Box<RawValue>>,
    /// The step's result.
    #[serde(default)]
    pub(super) data: Option<Box<RawValue>>,
    /// The step's error.
    #[serde(default)]
    pub(super) error: Option<Box<RawValue>>,
    /// When the step's body ran.
    #[serde(default)]
    pub(super) timing: Option<Box<RawValue>>,
    /// The error is final: the engine's own, for requests that it makes for a step.
    #[serde(skip)]
    pub(super) no_retry: bool,
}

impl Op {
    /// The step's name for people.
    pub(super) fn label(&self) -> &str {
        self.display_name
            .as_deref()
            .or(self.name.as_deref())
            .unwrap_or(&self.id)
    }

    /// When the step's body began, if the SDK told: nanoseconds on the wire.
    pub(super) fn began_at(&self) -> Option<Millis> {
        #[derive(Deserialize)]
        struct Timing {
            #[serde(rename = "a")]
            start: f64,
        }
        let timing: Timing = serde_json::from_str(self.timing.as_deref()?.get()).ok()?;
        #[expect(clippy::cast_possible_truncation, reason = "saturates")]
        let millis = (timing.start / 1e6) as Millis;
        Some(millis)
    }

    /// Whether it tells what became of a step, rather than of something to come.
    pub(super) fn is_result(&self) -> bool {
        matches!(
            self.op.as_str(),
            "Step" | "StepRun" | "StepError" | "StepFailed" | "RunComplete" | "DiscoveryRequest"
        )
    }

    /// Puts the event that is waited for where the engine looks for it: among the arguments. The
    /// TypeScript SDK says it only as the operation's name.
    fn name_awaited_event(&mut self) {
        if self.op != "WaitForEvent" || self.opt::<String>("event").is_some() {
            return;
        }
        let opts = self.opts.as_deref().map_or("{}", RawValue::get);
        let opts: Result<serde_json::Map<String, serde_json::Value>, _> =
            serde_json::from_str(opts);
        if let (Ok(mut opts), Some(name)) = (opts, &self.name) {
            opts.insert("event".to_owned(), name.clone().into());
            self.opts = serde_json::value::to_raw_value(&opts).ok();
        }
    }

    /// An argument's text.
    pub(super) fn opt<'a, T: Deserialize<'a>>(&'a self, field: &str) -> Option<T> {
        let opts = self.opts.as_deref()?.get();
        let fields: std::collections::BTreeMap<String, &RawValue> =
            serde_json::from_str(opts).ok()?;
        serde_json::from_str(fields.get(field)?.get()).ok()
    }
}

/// Reads an answer.
pub(super) fn read(status: u16, headers: &HeaderMap, body: &[u8], now: Millis) -> Answer {
    if status == 201 {
        return streamed(body, headers, now);
    }
    answer(
        status,
        |name| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        },
        &String::from_utf8_lossy(body),
        now,
    )
}

/// A streamed answer: white space for as long as it takes, then status, headers and body.
fn streamed(body: &[u8], outer: &HeaderMap, now: Millis) -> Answer {
    #[derive(Deserialize)]
    struct Streamed {
        status: u16,
        #[serde(default)]
        headers: std::collections::BTreeMap<String, String>,
        #[serde(default)]
        body: String,
    }
    let Ok(inner) = serde_json::from_slice::<Streamed>(body) else {
        return failed(error_json("the app's streamed answer broke off"), false);
    };
    let header = |name: &str| {
        let own = inner
            .headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        own.map(|(_, value)| value.clone()).or_else(|| {
            outer
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        })
    };
    answer(inner.status, header, &inner.body, now)
}

fn answer(status: u16, header: impl Fn(&str) -> Option<String>, body: &str, now: Millis) -> Answer {
    let version = header("x-inngest-req-version").and_then(|text| text.trim().parse().ok());
    let retry_at = header("retry-after").and_then(|text| retry::retry_after(&text, now));
    let no_retry = header("x-inngest-no-retry").is_some_and(|text| text.trim() == "true");
    let ok = matches!(status, 200 | 206);
    let outcome = if ok && header("x-inngest-sdk").is_none() {
        Outcome::Failed {
            error: error_json(
                "the answer has no x-inngest-sdk header: is the URL a serve endpoint?",
            ),
            last: false,
        }
    } else if status == 200 {
        finished(body)
    } else if status == 206 {
        operations(body, no_retry)
    } else {
        Outcome::Failed {
            error: function_error(status, body),
            last: no_retry,
        }
    };
    Answer {
        version,
        retry_at,
        outcome,
    }
}

fn finished(body: &str) -> Outcome {
    let body = if body.trim().is_empty() { "null" } else { body };
    match serde_json::from_str::<&RawValue>(body) {
        Ok(json) => Outcome::Finished(json.get().to_owned()),
        Err(error) => Outcome::Failed {
            error: error_json(&format!("the function's result is not JSON: {error}")),
            last: false,
        },
    }
}

fn operations(body: &str, last: bool) -> Outcome {
    match serde_json::from_str::<Vec<Op>>(body) {
        Ok(mut ops) => {
            ops.iter_mut().for_each(Op::name_awaited_event);
            Outcome::Ops { ops, last }
        }
        Err(error) => Outcome::Failed {
            error: error_json(&format!(
                "the app's 206 answer is not a list of steps: {error}"
            )),
            last: false,
        },
    }
}

/// A failed call as an answer.
pub(super) fn failed(error: String, last: bool) -> Answer {
    Answer {
        version: None,
        retry_at: None,
        outcome: Outcome::Failed { error, last },
    }
}

/// The body of a failed call if it is an error object, else one that quotes it.
fn function_error(status: u16, body: &str) -> String {
    if let Ok(json) = serde_json::from_str::<&RawValue>(body) {
        #[derive(Deserialize)]
        struct HasMessage {
            #[expect(dead_code, reason = "only its presence counts")]
            message: String,
        }
        if serde_json::from_str::<HasMessage>(json.get()).is_ok() {
            return json.get().to_owned();
        }
    }
    let start: String = body.chars().take(500).collect();
    error_json(&format!("the app answered {status}: {start}"))
}

/// An error of the engine's own, shaped like an SDK's.
pub(super) fn error_json(message: &str) -> String {
    named_error("Error", message)
}

/// An error with a name.
pub(super) fn named_error(name: &str, message: &str) -> String {
    #[derive(Serialize)]
    struct ErrorBody<'a> {
        name: &'a str,
        message: &'a str,
    }
    serde_json::to_string(&ErrorBody { name, message }).expect("strings serialise")
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
