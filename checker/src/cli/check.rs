//! `itemsmith-checker check`.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use clap::Args;
use itemsmith_domain::{
    Seed,
    check::{CheckRequest, Verdict},
    ingress, json, widget,
};
use serde_json::value::RawValue;

use super::{CLEAN, FINDINGS, Parts, Trouble, logs, print};
use crate::{
    check::DEADLINE,
    policy::{self, PolicyOptions},
};

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Template files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The widget types that TemplateWidgets must name; when absent, those of the item, and
    /// without an item those that the template names itself.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    widgets: Vec<String>,
    /// The item that the template was made from, as JSON; executed items must have its shape.
    #[arg(long, value_name = "FILE")]
    item: Option<PathBuf>,
    /// A seed to prove besides the usual ones; may be repeated.
    #[arg(long = "seed", value_name = "N")]
    seeds: Vec<Seed>,
    /// The contract pack.
    #[arg(long, value_name = "NAME")]
    contract: Option<String>,
    /// Only read the templates, do not execute them.
    #[arg(long)]
    no_execute: bool,
    /// Print the verdicts as one JSON array.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    parts: Parts,
}

pub async fn run(check: Check) -> Result<u8, Trouble> {
    logs::start("warn", true)?;
    let mut requests = Vec::new();
    for file in &check.files {
        requests.push((file.clone(), check.request(file)?));
    }
    let ready = check.parts.start().await?;
    let mut verdicts = Vec::new();
    for (file, mut request) in requests {
        if request.allowed_widgets.is_empty() {
            request.allowed_widgets = own_widgets(&request);
        }
        let outcome = ready
            .checker
            .check(request, Instant::now() + DEADLINE)
            .await;
        let outcome = outcome.map_err(|e| Trouble(format!("{}: {e}", file.display())))?;
        verdicts.push((file, outcome.verdict));
    }
    if check.json {
        println!("{}", as_json(&verdicts));
    } else {
        print!("{}", print::report(&verdicts));
    }
    let clean = verdicts
        .iter()
        .all(|(_, verdict)| verdict.findings.is_empty());
    Ok(if clean { CLEAN } else { FINDINGS })
}

impl Check {
    fn request(&self, file: &Path) -> Result<CheckRequest, Trouble> {
        let source_item = match &self.item {
            None => None,
            Some(path) => {
                let item = RawValue::from_string(read(path)?.trim().to_owned());
                Some(item.map_err(|e| Trouble(format!("{}: {e}", path.display())))?)
            }
        };
        Ok(CheckRequest {
            source: read(file)?,
            source_item,
            allowed_widgets: self.widgets.clone(),
            contract: self.contract.clone(),
            execute: !self.no_execute,
            seeds: self.seeds.clone(),
        })
    }
}

/// The widget types of the request's item, else those that its template names; the checker itself
/// says what is wrong with a name that nobody knows.
fn own_widgets(request: &CheckRequest) -> Vec<String> {
    let mut names = match &request.source_item {
        Some(item) => item_widgets(item),
        // What is too large or too deep to read is a finding of the check itself.
        None if policy::scan_limits(&request.source).is_some() => Vec::new(),
        None => policy::check(&request.source, &PolicyOptions::default())
            .map_or_else(|_| Vec::new(), |report| report.widget_tuple),
    };
    names.retain(|name| widget::is_known(name));
    names
}

fn item_widgets(item: &RawValue) -> Vec<String> {
    let parsed = json::parse(item.get().as_bytes()).ok();
    let ingress = parsed.and_then(|item| ingress::inspect(&item).ok());
    ingress.map_or_else(Vec::new, |ingress| ingress.allowed_widgets)
}

fn read(path: &Path) -> Result<String, Trouble> {
    std::fs::read_to_string(path).map_err(|e| Trouble(format!("{}: {e}", path.display())))
}

fn as_json(verdicts: &[(PathBuf, Verdict)]) -> serde_json::Value {
    verdicts
        .iter()
        .map(|(file, verdict)| serde_json::json!({ "file": file, "verdict": verdict }))
        .collect()
}
