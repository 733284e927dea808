//! A running rehearsal model, and prompts composed as the pipeline composes them.

use std::{fs, path::PathBuf};

use itemsmith_domain::{
    Finding, Phase, Seed,
    check::{ContractModule, ContractText},
};
use itemsmith_local::rehearsal::{Options, Scripts, serve};
use itemsmith_pipeline::{
    ports::{Previous, PromptInputs},
    prompt::{Prompt, compose},
};
use reqwest::StatusCode;
use serde_json::{Value, json};

pub const SAMPLES: [&str; 3] = [
    "reading-club-dot-plot",
    "granola-tray-fraction",
    "bus-trip-division",
];

/// A running rehearsal model; it ends with the test's runtime.
pub struct Model {
    url: String,
    client: reqwest::Client,
}

/// An answer.
pub struct Answer {
    pub status: StatusCode,
    pub retry_after: Option<String>,
    pub body: Value,
}

impl Answer {
    pub fn text(&self) -> String {
        self.body["choices"][0]["message"]["content"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    pub fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }

    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }
}

impl Model {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let url = format!(
            "http://{}/v1/chat/completions",
            listener.local_addr().expect("bound")
        );
        let scripts = Scripts::load(&local("rehearsal")).expect("the scripts");
        tokio::spawn(serve(listener, scripts, Options::default()));
        Self {
            url,
            client: reqwest::Client::new(),
        }
    }

    pub async fn ask(&self, model: &str, prompt: &Sent) -> Answer {
        self.ask_with(Some("any"), model, prompt).await
    }

    pub async fn ask_with(&self, key: Option<&str>, model: &str, prompt: &Sent) -> Answer {
        let body = json!({"model": model, "messages": [
            {"role": "system", "content": prompt.system},
            {"role": "user", "content": prompt.user},
        ]});
        let mut request = self.client.post(&self.url).json(&body);
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        let response = request.send().await.expect("an answer");
        let retry_after = response
            .headers()
            .get("retry-after")
            .map(|v| v.to_str().expect("text").to_owned());
        Answer {
            status: response.status(),
            retry_after,
            body: response.json().await.expect("JSON"),
        }
    }
}

/// A prompt that a test may spoil.
#[derive(Clone)]
pub struct Sent {
    pub system: String,
    pub user: String,
}

impl Sent {
    pub fn without_section(&self, name: &str) -> Self {
        let heading = format!("## {name}\n");
        let start = self.user.find(&heading).expect("the section");
        let rest = &self.user[start + heading.len()..];
        let end = rest
            .find("\n## ")
            .map_or(self.user.len(), |n| start + heading.len() + n + 1);
        let user = format!("{}{}", &self.user[..start], &self.user[end..]);
        Self {
            system: self.system.clone(),
            user,
        }
    }
}

fn local(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(local(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The prompt of attempt `attempt` for a sample; `last` is the reply before and its findings.
pub fn sample_prompt(item: &str, last: Option<&(String, Vec<Finding>)>, attempt: u32) -> Sent {
    let source_text = read(&format!("samples/{item}.json"));
    let parsed: Value = serde_json::from_str(&source_text).expect("a sample is JSON");
    let widgets = parsed["widgets"].as_object().into_iter().flatten();
    let allowed_widgets: Vec<String> = widgets
        .filter_map(|(_, w)| w["type"].as_str().map(str::to_owned))
        .collect();
    let contract = contract(&allowed_widgets);
    let previous = last.map(|(reply, findings)| Previous {
        reply: reply.clone(),
        findings: findings.clone(),
    });
    let inputs = PromptInputs {
        source_text,
        seed: Seed::default(),
        allowed_widgets,
        previous,
        stored: None,
    };
    let Prompt { system, user } = compose(&inputs, &contract, attempt).expect("a prompt");
    Sent { system, user }
}

/// The default contract as the checker shows it to a prompt.
fn contract(widgets: &[String]) -> ContractText {
    let root = "../checker/contracts/default";
    let manifest: Value =
        serde_json::from_str(&read(&format!("{root}/manifest.json"))).expect("a manifest");
    let module = |path: &Value, specifier: &str| ContractModule {
        specifier: specifier.to_owned(),
        text: read(&format!("{root}/{}", path.as_str().expect("a path"))),
    };
    let all = manifest["modules"].as_array().expect("modules");
    let mut modules = Vec::new();
    for specifier in manifest["core"].as_array().expect("core") {
        let entry = all
            .iter()
            .find(|m| m["specifier"] == *specifier)
            .expect("a module");
        modules.push(module(
            &entry["declarations"],
            specifier.as_str().expect("text"),
        ));
    }
    for widget in widgets {
        modules.push(module(
            &manifest["widgets"][widget],
            &format!("@/widgets/{widget}"),
        ));
    }
    ContractText {
        name: "default".to_owned(),
        version: "1".to_owned(),
        modules,
        seed_helper: read(&format!("{root}/runtime/seeds.ts")),
        undescribed: Vec::new(),
    }
}

/// One reply of a script and the findings that a check makes in it.
#[derive(Clone)]
pub struct Scripted {
    pub source: String,
    pub findings: Vec<Finding>,
}

/// The script of an item, read by the test itself.
pub fn expected(item: &str) -> Vec<Scripted> {
    let script: Value = serde_json::from_str(&read(&format!("rehearsal/{item}/script.json")))
        .expect("a script is JSON");
    let replies = script["replies"].as_array().expect("replies").iter();
    replies
        .map(|reply| Scripted {
            source: read(&format!(
                "rehearsal/{item}/{}",
                reply["file"].as_str().expect("a file")
            )),
            findings: reply["findings"]
                .as_array()
                .into_iter()
                .flatten()
                .map(finding)
                .collect(),
        })
        .collect()
}

fn finding(expected: &Value) -> Finding {
    let number = |name: &str| {
        expected[name]
            .as_u64()
            .map_or(0, |n| u32::try_from(n).expect("u32"))
    };
    let phase = match number("tsCode") {
        9001 => Phase::Policy,
        9002 => Phase::Execution,
        _ => Phase::Types,
    };
    let mut finding = Finding::unplaced(phase, "", number("tsCode"), "as the check words it");
    finding.rule = expected["rule"].as_str().map(str::to_owned);
    finding.line = number("line");
    finding.column = u32::from(finding.line > 0);
    finding.seed = expected["seed"]
        .as_str()
        .map(|seed| seed.parse().expect("a seed"));
    finding
}
