//! `record-artifact`: stores the proven template and the files beside it.

use itemsmith_domain::{
    Digest, Seed,
    check::{Verdict, Versions},
};
use itemsmith_steps::Failure;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    context::{Context, internal},
    iterate::kept_ruling,
};
use crate::{
    ports::{Artifact, CheckInputs, Output, Ports, Ruling},
    reply::code_of,
};

/// Which attempt was proven, by which verdict.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The request.
    pub request_id: Uuid,
    /// The proven attempt.
    pub iteration: u32,
    /// Digest of its ruling.
    pub ruling: Digest,
}

/// What was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Digest of `template.ts`.
    pub template: Digest,
    /// How many files there are.
    pub artifacts: usize,
}

/// `manifest.json`: everything that says where a template comes from and what proved it. It
/// holds no time, so that the same template from the same verdict has the same manifest.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    request_id: Uuid,
    seed: Seed,
    allowed_widgets: &'a [String],
    widget_tuple: &'a [String],
    template: &'a Digest,
    proof: Proof<'a>,
}

/// What the template was proved with; also the stored metadata.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Proof<'a> {
    iteration: u32,
    versions: &'a Versions,
    seeds: &'a [Seed],
    distinct_items: u32,
}

/// The function.
pub async fn record_artifact<P: Ports>(cx: &Context<'_, P>) -> Result<Recorded, Failure> {
    let record: Record = cx.input()?;
    let recorded = cx
        .step
        .run("store", async || store(cx, &record).await)
        .await?;
    Ok(recorded)
}

async fn store<P: Ports>(cx: &Context<'_, P>, record: &Record) -> Result<Recorded, Failure> {
    let Record {
        request_id,
        iteration,
        ..
    } = *record;
    let inputs = cx.ports.check_inputs(request_id, iteration).await;
    let inputs = inputs.map_err(|e| cx.failure(&e))?;
    let Ruling::Checked(verdict) = kept_ruling(cx, &record.ruling).await? else {
        return Err(internal("the proven attempt was never checked"));
    };
    let output = output(record, &inputs, *verdict)?;
    let recorded = Recorded {
        template: Digest::of(output.typescript.as_bytes()),
        artifacts: output.artifacts.len(),
    };
    let stored = cx.ports.record_output(request_id, &output).await;
    stored.map_err(|e| cx.failure(&e))?;
    tracing::info!(
        request_id = %request_id,
        run_id = cx.run_id(),
        iteration,
        template = %recorded.template,
        artifacts = recorded.artifacts,
        "template stored"
    );
    Ok(recorded)
}

fn output(record: &Record, inputs: &CheckInputs, verdict: Verdict) -> Result<Output, Failure> {
    let typescript =
        code_of(&inputs.reply).map_err(|_| internal("the proven reply holds no code"))?;
    if Digest::of(typescript.as_bytes()) != verdict.source_digest {
        return Err(internal(
            "the verdict is on another source than the stored reply",
        ));
    }
    let proof = Proof {
        iteration: record.iteration,
        versions: &verdict.versions,
        seeds: &verdict.seeds,
        distinct_items: verdict.distinct_items,
    };
    let json = |e: serde_json::Error| internal(e.to_string());
    let metadata = serde_json::to_value(&proof).map_err(json)?;
    let manifest = Manifest {
        request_id: record.request_id,
        seed: inputs.seed,
        allowed_widgets: &inputs.allowed_widgets,
        widget_tuple: &verdict.widget_tuple,
        template: &verdict.source_digest,
        proof,
    };
    let manifest = serde_json::to_string_pretty(&manifest).map_err(json)? + "\n";
    let mut artifacts = vec![
        Artifact::new(
            "template.ts",
            "text/x-typescript; charset=utf-8",
            typescript.clone(),
        ),
        Artifact::new("manifest.json", "application/json", manifest),
    ];
    if let Some(item) = verdict.item {
        let name = format!("items/{}.json", item.seed);
        artifacts.push(Artifact::new(name, "application/json", item.text));
    }
    Ok(Output {
        typescript,
        widget_tuple: verdict.widget_tuple,
        metadata,
        artifacts,
    })
}
