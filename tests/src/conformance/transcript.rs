//! What was recorded, sorted into the cases that it belongs to.

use std::collections::BTreeMap;

use serde_json::Value;

use super::exchange::Exchange;

/// The apps, by the path of their endpoints.
pub const APPS: [(&str, &str); 4] = [
    ("/api/inngest", "conformance"),
    ("/api/flow", "flow"),
    ("/api/checkpointing", "checkpointing"),
    ("/api/streaming", "streaming"),
];

/// One exchange under a name that it has on both sides.
#[derive(Clone, Debug)]
pub struct Named {
    /// What kind of exchange it is: the first part of a [`super::Difference::field`].
    pub kind: &'static str,
    /// The same on both sides: `call first, attempt 1`.
    pub name: String,
    /// The exchange.
    pub exchange: Exchange,
}

/// The exchanges of each case and of each of its runs, in their order; and the runs' ids.
#[derive(Debug, Default)]
pub struct Transcript {
    /// By case, then by run.
    pub cases: BTreeMap<String, Vec<Vec<Named>>>,
    /// Ids of runs with their case and which of its runs they are.
    pub runs: BTreeMap<String, (String, usize)>,
}

/// Sorts. `senders` are the cases that send events, by the events' names.
pub fn sort(exchanges: Vec<Exchange>, senders: &[(&str, &str)]) -> Transcript {
    let labels = labels(&exchanges);
    let mut transcript = Transcript::default();
    for exchange in exchanges {
        let body = serde_json::from_slice::<Value>(&exchange.request.body).unwrap_or_default();
        let Some((case, run, kind, name)) =
            place(&exchange, &body, &labels, &mut transcript, senders)
        else {
            continue;
        };
        let runs = transcript.cases.entry(case).or_default();
        if runs.len() <= run {
            runs.resize(run + 1, Vec::new());
        }
        let named =
            |named: &&Named| named.name == name || named.name.starts_with(&format!("{name} #"));
        let count = runs[run].iter().filter(named).count();
        let name = if count == 0 {
            name
        } else {
            format!("{name} #{}", count + 1)
        };
        runs[run].push(Named {
            kind,
            name,
            exchange,
        });
    }
    transcript
}

type Place = (String, usize, &'static str, String);

fn place(
    exchange: &Exchange,
    body: &Value,
    labels: &BTreeMap<String, String>,
    transcript: &mut Transcript,
    senders: &[(&str, &str)],
) -> Option<Place> {
    let path = exchange.path();
    let registers = exchange.method == "PUT" || path == "/fn/register";
    if let Some(deployment) = exchange.query("deployId").filter(|_| registers) {
        let kind = if exchange.to_app { "sync" } else { "register" };
        return Some((format!("sync {deployment}"), 0, kind, kind.into()));
    }
    if exchange.to_app && exchange.method == "PUT" {
        let (_, app) = APPS.iter().find(|(endpoint, _)| *endpoint == path)?;
        return Some((format!("sync {app}"), 0, "sync", "sync".into()));
    }
    if exchange.to_app {
        let (app, function) = exchange.query("fnId")?.split_once('-')?;
        let run = body["ctx"]["run_id"].as_str()?;
        let case = format!("{app}/{function}");
        let index = index(transcript, run, &case);
        let step = exchange.query("stepId").unwrap_or_default();
        let step = labels.get(step).map_or(step, String::as_str);
        let name = format!("call {step}, attempt {}", body["ctx"]["attempt"]);
        return Some((case, index, "call", name));
    }
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match parts.as_slice() {
        ["fn", "register"] => {
            let app = body["appName"].as_str()?;
            Some((format!("sync {app}"), 0, "register", "register".into()))
        }
        ["e", ..] => {
            let event = body[0]["name"].as_str().or(body["name"].as_str())?;
            let (_, case) = senders.iter().find(|(name, _)| *name == event)?;
            Some(((*case).to_owned(), 0, "events", "events".into()))
        }
        ["v1", "signals"] => {
            let case = body["signal"].as_str()?;
            Some((case.to_owned(), 0, "signal", "signal".into()))
        }
        ["models", function, ..] => Some((
            format!("conformance/{function}"),
            0,
            "model",
            "model".into(),
        )),
        ["v0", "runs", run, part] => {
            let (case, index) = transcript.runs.get(*run)?.clone();
            Some((case, index, "state", format!("state: {part}")))
        }
        ["v1", "checkpoint", run, ..] => {
            let (case, index) = transcript.runs.get(*run)?.clone();
            Some((case, index, "checkpoint", "checkpoint".into()))
        }
        _ => None,
    }
}

/// Which of the case's runs this is.
fn index(transcript: &mut Transcript, run: &str, case: &str) -> usize {
    if let Some((_, index)) = transcript.runs.get(run) {
        return *index;
    }
    let index = transcript
        .runs
        .values()
        .filter(|(other, _)| other == case)
        .count();
    transcript
        .runs
        .insert(run.to_owned(), (case.to_owned(), index));
    index
}

/// The names of steps by their hashed ids, from what the apps reported.
fn labels(exchanges: &[Exchange]) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    for exchange in exchanges {
        let Ok(Value::Array(ops)) = serde_json::from_slice::<Value>(&exchange.response.body) else {
            continue;
        };
        for op in &ops {
            if let (Some(id), Some(name)) = (op["id"].as_str(), op["displayName"].as_str()) {
                labels.insert(id.to_owned(), name.to_owned());
            }
        }
    }
    labels
}
