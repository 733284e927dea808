//! `itemsmith-checker check`.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use clap::Args;
use itemsmith_domain::{
    Seed,
    check::{CheckRequest, Verdict},
};
use serde_json::{json, value::RawValue};

use super::{CLEAN, FINDINGS, Parts, Trouble, logs, print};
use crate::check::DEADLINE;

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Template files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The widget types that TemplateWidgets must name.
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
    for (file, request) in requests {
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

fn read(path: &Path) -> Result<String, Trouble> {
    std::fs::read_to_string(path).map_err(|e| Trouble(format!("{}: {e}", path.display())))
}

fn as_json(verdicts: &[(PathBuf, Verdict)]) -> serde_json::Value {
    verdicts
        .iter()
        .map(|(file, verdict)| json!({ "file": file, "verdict": verdict }))
        .collect()
}
