//! The credentials of models: given to the models, and to nobody who looks at the runs.

use reqwest::Method;

use super::{
    exchange::Exchange,
    side::Side,
    stand_in::{RIGHT_KEY, WRONG_KEY},
};

/// The functions that call models, with the credential that each gives.
const CALLERS: [(&str, &str); 2] = [("inferring", RIGHT_KEY), ("inferring-refused", WRONG_KEY)];
/// sha1 of `ask`, the step that calls the model.
const ASK: &str = "1c8f09270fc33a393af3eaf0b2ebf58eb9bbbcc2";

/// What holds of the credentials that one side's app handed to its engine.
pub async fn checks(side: &Side) -> Vec<(&'static str, bool)> {
    let exchanges = side.recorder.exchanges();
    let mut checks = Vec::new();
    for (function, key) in CALLERS {
        let run = run_of(&exchanges, function);
        let model = exchanges
            .iter()
            .find(|e| e.path().starts_with(&format!("/models/{function}/")));
        let given = model.and_then(|model| model.request.headers.get("authorization"));
        let mut shown = String::new();
        for path in [
            format!("/v0/runs/{run}/actions"),
            format!("/v1/runs/{run}"),
            format!("/v1/runs/{run}/jobs"),
            format!("/page/api/runs/{run}"),
            format!("/page/api/runs/{run}/output"),
            format!("/page/api/runs/{run}/step?id={ASK}"),
        ] {
            let (status, body) = side.api(Method::GET, &path).await;
            checks.push(("each part of a run is shown", status == 200));
            shown.push_str(&body.to_string());
        }
        let told_again = exchanges
            .iter()
            .filter(|exchange| exchange.to_app)
            .any(|exchange| String::from_utf8_lossy(&exchange.request.body).contains(key));
        checks.extend([
            (
                "the model gets its credential",
                given.is_some_and(|given| *given == format!("Bearer {key}")),
            ),
            (
                "its place is shown in the step's arguments",
                shown.contains("[redacted]"),
            ),
            ("no credential is shown", !shown.contains(key)),
            ("no credential is told to the app again", !told_again),
        ]);
    }
    checks
}

/// The id of the function's run.
fn run_of(exchanges: &[Exchange], function: &str) -> String {
    let id = format!("conformance-{function}");
    let call = |exchange: &&Exchange| {
        exchange.to_app && exchange.query("fnId") == Some(id.as_str()) && exchange.method == "POST"
    };
    let body = exchanges.iter().find(call).map(|call| &call.request.body);
    let body: serde_json::Value = body
        .and_then(|body| serde_json::from_slice(body).ok())
        .unwrap_or_default();
    body["ctx"]["run_id"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}
