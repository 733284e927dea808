//! The cases: what is sent to which function, and which points of the protocol it is about.

use serde_json::{Value, json};

use super::{
    side::{EVENT_KEY, Side},
    signed::{self, KEY},
};

/// One function, made to run.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// `app/function`, also the name of the event that starts it; or `sync` of what.
    pub name: &'static str,
    /// The numbered points of the protocol.
    pub points: &'static [u8],
    /// What is done.
    pub act: Act,
    /// Whether the protocol leaves the order of the exchanges open.
    pub unordered: bool,
}

/// What is done with a function.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// Its event is sent, and it runs to its end.
    Runs,
    /// Two events are sent, of which one starts it.
    RunsOnce,
    /// Its event is sent twice; one run comes of both.
    RunsForBoth,
    /// Its event is sent twice, and each starts a run.
    RunsTwice,
    /// Its event is sent twice; the second one starts a run.
    RunsLast,
    /// Its event is sent again while it runs, and a second run takes its place.
    Replaced,
    /// It waits for an event, and gets one that does not match and one that does.
    Answered,
    /// It waits for a signal, which the function of that name sends.
    Signalled(&'static str),
    /// It is stopped by an event, after one that does not match.
    Stopped,
    /// It is stopped by a request.
    Deleted,
    /// The app is asked to register, as the deployment of that name.
    Synced(&'static str),
    /// Another case makes it run.
    Follows,
}

const fn case(name: &'static str, points: &'static [u8], act: Act) -> Case {
    Case {
        name,
        points,
        act,
        unordered: false,
    }
}

const fn unordered(name: &'static str, points: &'static [u8]) -> Case {
    Case {
        unordered: true,
        ..case(name, points, Act::Runs)
    }
}

/// All cases that run.
pub const CASES: &[Case] = &[
    case("conformance/plain", &[4, 9, 11], Act::Runs),
    case("conformance/nothing", &[11], Act::Runs),
    case("conformance/sequence", &[9, 12, 13, 14, 15, 17], Act::Runs),
    case("conformance/repeated", &[12], Act::Runs),
    case("conformance/conditional", &[7], Act::RunsOnce),
    case("conformance/scheduled", &[7], Act::Runs),
    unordered("conformance/large", &[3, 10]),
    case("conformance/retried", &[14, 17], Act::Runs),
    case("conformance/retried-after", &[11, 14], Act::Runs),
    case("conformance/retried-at", &[11, 14], Act::Runs),
    case("conformance/function-retried", &[11], Act::Runs),
    case("conformance/function-retried-after", &[11], Act::Runs),
    case("conformance/function-exhausted", &[11], Act::Runs),
    case("conformance/function-refused", &[11], Act::Runs),
    case("conformance/step-refused", &[11, 13, 14], Act::Runs),
    case("conformance/step-exhausted", &[13, 14, 17], Act::Runs),
    case("conformance/step-caught", &[13, 14, 17], Act::Runs),
    case("conformance/handled", &[7], Act::Runs),
    case("conformance/handled-failure", &[7], Act::Follows),
    case("conformance/asleep", &[13, 14], Act::Runs),
    case("conformance/asleep-until", &[13, 14], Act::Runs),
    case("conformance/matched", &[13, 14], Act::Answered),
    case("conformance/unmatched", &[13, 14], Act::Runs),
    case("conformance/stopped-by-event", &[7], Act::Stopped),
    case("conformance/stopped-by-request", &[22], Act::Deleted),
    case("conformance/stopped-by-time", &[7], Act::Runs),
    case("conformance/invoking", &[13, 14], Act::Runs),
    case("conformance/invoked", &[14], Act::Follows),
    case("conformance/invoking-failing", &[13, 14], Act::Runs),
    case("conformance/invoked-failing", &[14], Act::Follows),
    case("conformance/invoking-slow", &[13, 14], Act::Runs),
    case("conformance/invoked-slow", &[14], Act::Follows),
    case("conformance/invoking-nobody", &[13, 14], Act::Runs),
    case(
        "conformance/signalled",
        &[13, 14],
        Act::Signalled("conformance/signalling"),
    ),
    case("conformance/unsignalled", &[13, 14], Act::Runs),
    case("conformance/signalling", &[14, 22], Act::Follows),
    case("conformance/signalling-nobody", &[14, 22], Act::Runs),
    case("conformance/inferring", &[13, 14], Act::Runs),
    case("conformance/inferring-refused", &[13, 14], Act::Runs),
    case("conformance/sending", &[18, 19], Act::Runs),
    case("conformance/sending-many", &[18, 19], Act::Runs),
    unordered("conformance/parallel", &[15, 16]),
    unordered("conformance/nested", &[16, 17]),
    unordered("conformance/parallel-retried", &[16, 17]),
    unordered("conformance/raced", &[16]),
    case("checkpointing/sequence", &[21], Act::Runs),
    case("checkpointing/interrupted", &[21], Act::Runs),
    case("checkpointing/retried", &[21], Act::Runs),
    unordered("checkpointing/parallel", &[21]),
    case("checkpointing/failing", &[21], Act::Runs),
    case("checkpointing/overtaken", &[21], Act::Runs),
    case("checkpointing/unreported", &[21], Act::Runs),
    case("flow/concurrency-number", &[7], Act::Runs),
    case("flow/concurrency", &[7], Act::RunsTwice),
    case("flow/concurrency-two", &[7], Act::RunsTwice),
    case("flow/throttle", &[7], Act::RunsTwice),
    case("flow/rate-limit", &[7], Act::RunsForBoth),
    case("flow/debounce", &[7], Act::RunsLast),
    case("flow/priority", &[7], Act::RunsTwice),
    case("flow/batch", &[7], Act::RunsForBoth),
    case("flow/singleton-skip", &[7], Act::RunsForBoth),
    case("flow/singleton-cancel", &[7], Act::Replaced),
    case("flow/idempotency", &[7], Act::RunsForBoth),
    case("flow/timeouts", &[7], Act::Runs),
    case("flow/cancel", &[7], Act::Runs),
    case("flow/retries", &[7], Act::Runs),
    case(
        "sync of-one-deployment",
        &[5],
        Act::Synced("of-one-deployment"),
    ),
    case(
        "sync by-the-fallback-key",
        &[3, 5],
        Act::Synced("by-the-fallback-key"),
    ),
    case("sync by-no-key", &[3, 5], Act::Synced("by-no-key")),
    case("streaming/sequence", &[20], Act::Runs),
    case("streaming/failing", &[11, 20], Act::Runs),
];

/// The cases that send events, by the events' names.
pub const SENDERS: &[(&str, &str)] = &[
    ("conformance/sent", "conformance/sending"),
    ("conformance/sent-many", "conformance/sending-many"),
];

/// Runs that are under way when all is seen.
pub const UNENDED: &[&str] = &["conformance/invoked-slow"];

/// Does what the case says and waits until it is done.
///
/// # Errors
/// Says for what it waited in vain.
pub async fn act(side: &Side, case: &Case) -> Result<(), String> {
    let soon = signed::now() * 1000 + 1500;
    let data = json!({
        "name": "Ada", "user": "ada", "number": 7, "go": true, "at": soon, "until": soon,
        "models": side.models,
    });
    match case.act {
        Act::Follows => {}
        Act::Synced(deployment) => {
            let url = format!("{}/api/inngest?deployId={deployment}", side.recorded);
            let signature = signed::sign(KEY, b"", signed::now());
            let request = side.http.put(url).header("x-inngest-signature", signature);
            let answer = request.send().await;
            answer.map_err(|error| error.to_string())?;
        }
        Act::Runs => {
            let event = send(side, case.name, data).await;
            ended(side, &event, case.name).await?;
        }
        Act::RunsOnce => {
            let no = send(side, case.name, json!({ "go": false })).await;
            let yes = send(side, case.name, data).await;
            ended(side, &yes, case.name).await?;
            assert!(runs(side, &no).await.is_empty(), "{}", case.name);
        }
        Act::RunsForBoth => {
            let event = send(side, case.name, data.clone()).await;
            send(side, case.name, data).await;
            ended(side, &event, case.name).await?;
        }
        Act::RunsTwice => {
            for data in [data.clone(), data] {
                let event = send(side, case.name, data).await;
                ended(side, &event, case.name).await?;
            }
        }
        Act::RunsLast => {
            send(side, case.name, data.clone()).await;
            let event = send(side, case.name, data).await;
            ended(side, &event, case.name).await?;
        }
        Act::Replaced => {
            let first = send(side, case.name, data.clone()).await;
            waiting(side, &first, case.name).await?;
            let second = send(side, case.name, data).await;
            ended(side, &first, case.name).await?;
            ended(side, &second, case.name).await?;
        }
        Act::Answered => {
            let event = send(side, case.name, data).await;
            waiting(side, &event, case.name).await?;
            for (number, text) in [(6, "no"), (7, "yes")] {
                let data = json!({ "number": number, "text": text });
                send(side, "conformance/answer", data).await;
            }
            ended(side, &event, case.name).await?;
        }
        Act::Signalled(by) => {
            let event = send(side, case.name, data.clone()).await;
            waiting(side, &event, case.name).await?;
            send(side, by, data).await;
            ended(side, &event, case.name).await?;
        }
        Act::Stopped => {
            let event = send(side, case.name, data).await;
            waiting(side, &event, case.name).await?;
            for number in [6, 7] {
                send(side, "conformance/stop", json!({ "number": number })).await;
            }
            ended(side, &event, case.name).await?;
        }
        Act::Deleted => {
            let event = send(side, case.name, data).await;
            let run = waiting(side, &event, case.name).await?;
            let path = format!("/v1/runs/{run}");
            let (status, _) = side.api(reqwest::Method::DELETE, &path).await;
            assert!((200..300).contains(&status), "{}: {status}", case.name);
            ended(side, &event, case.name).await?;
        }
    }
    Ok(())
}

/// Sends an event; gives its id.
pub async fn send(side: &Side, name: &str, data: Value) -> String {
    let url = format!("{}/e/{EVENT_KEY}", side.engine);
    let event = json!({ "name": name, "data": data });
    let response = side.http.post(url).body(event.to_string()).send().await;
    let body = response.expect("the engine answers").bytes().await;
    let body: Value = serde_json::from_slice(&body.expect("a body")).expect("JSON");
    body["ids"][0].as_str().expect("an id").to_owned()
}

async fn runs(side: &Side, event: &str) -> Vec<Value> {
    let path = format!("/v1/events/{event}/runs");
    let (_, body) = side.api(reqwest::Method::GET, &path).await;
    body["data"].as_array().cloned().unwrap_or_default()
}

async fn ended(side: &Side, event: &str, name: &str) -> Result<(), String> {
    side.until(&format!("the end of {name}"), async || {
        let runs = runs(side, event).await;
        let over = |run: &Value| run["status"] != "Running";
        (!runs.is_empty() && runs.iter().all(over)).then_some(())
    })
    .await
}

/// Waits until the event's run waits for something; gives the run's id.
async fn waiting(side: &Side, event: &str, name: &str) -> Result<String, String> {
    side.until(&format!("{name} to wait"), async || {
        let runs = runs(side, event).await;
        let run = runs.first()?["run_id"].as_str()?.to_owned();
        let (_, jobs) = side
            .api(reqwest::Method::GET, &format!("/v1/runs/{run}/jobs"))
            .await;
        let steps = jobs["data"].as_array()?;
        steps
            .iter()
            .any(|step| step["status"] == "Waiting")
            .then_some(run)
    })
    .await
}
