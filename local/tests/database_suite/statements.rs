//! What the tests of the statements share: requests brought to where a test begins.

use itemsmith_domain::{Digest, Finding, Seed};
use itemsmith_sql::{
    Create, CreateOutcome, Created, LoadAndStart, NewArtifact, RecordOutput, Recorded, SavePrompt,
    SaveResponse, SaveVerdict, SeedKey, Started, Usage, ledger,
};
use serde_json::json;
use uuid::Uuid;

use super::support::Database;

pub(super) const ITEM: &str =
    "{\n  \"title\": \"Käse \\\" | ' ; --\",\n  \"b\": 1.50,\n  \"a\": 1\n}";

pub(super) struct Tenant {
    pub(super) key: Digest,
}

pub(super) async fn tenant(db: &Database, name: &str, scopes: &[&str]) -> Tenant {
    let key = Digest::of(name.as_bytes());
    let seed = SeedKey {
        key_hash: &key,
        tenant: name,
        prefix: "ism_test",
        scopes,
    };
    db.run(&seed).await.unwrap();
    Tenant { key }
}

pub(super) async fn writer(db: &Database) -> Tenant {
    tenant(db, "writer", &["templates:read", "templates:write"]).await
}

pub(super) fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + n)
}

pub(super) fn create<'a>(
    tenant: &'a Tenant,
    id: Uuid,
    body: &'a Digest,
    key: Option<&'a str>,
) -> Create<'a> {
    Create {
        key_hash: &tenant.key,
        id,
        source_text: ITEM,
        source_hash: body,
        allowed_widgets: &[],
        seed: Seed::MAX,
        model: "rehearsal",
        max_attempts: 10,
        debug: true,
        idempotency_key: key,
        body_hash: body,
        event_data: r#"{"requestId":"x","text":"ü\n"}"#,
    }
}

pub(super) fn created(outcome: CreateOutcome) -> Created {
    match outcome {
        CreateOutcome::Created(created) => created,
        other => panic!("expected a request, not {other:?}"),
    }
}

/// A request that a run has taken.
pub(super) async fn running(db: &Database, n: u128) -> (Tenant, Uuid) {
    let tenant = writer(db).await;
    let body = Digest::of(b"body");
    created(db.run(&create(&tenant, id(n), &body, None)).await.unwrap());
    let started = db
        .run(&LoadAndStart {
            id: id(n),
            run_id: "run",
        })
        .await
        .unwrap();
    assert!(matches!(started, Started::Ours(_)));
    (tenant, id(n))
}

pub(super) async fn answered(db: &Database, id: Uuid, iteration: u32, response: &str) {
    let digest = Digest::of(b"prompt");
    db.run(&SavePrompt {
        id,
        iteration,
        prompt: "prompt",
        digest: &digest,
    })
    .await
    .unwrap();
    let digest = Digest::of(response.as_bytes());
    let usage = Some(Usage {
        prompt_tokens: 100,
        completion_tokens: 20,
        cached_tokens: 0,
    });
    let finish_reason = Some("stop");
    let save = SaveResponse {
        id,
        iteration,
        response,
        digest: &digest,
        model: "m",
        finish_reason,
        usage,
    };
    db.run(&save).await.unwrap().unwrap();
}

pub(super) fn verdict<'a>(id: Uuid, iteration: u32, findings: &'a [Finding]) -> SaveVerdict<'a> {
    SaveVerdict {
        id,
        iteration,
        status: itemsmith_domain::finding::status_of(findings),
        diagnostics: &[],
        findings,
        source_digest: None,
        versions: None,
        timings: None,
        event_data: r#"{"iteration":1}"#,
    }
}

pub(super) async fn recorded(db: &Database, id: Uuid) {
    let (text, item) = ("export default 1;\n".to_owned(), "{}\n".to_owned());
    let artifact = |name: &str, content: String| NewArtifact {
        name: name.to_owned(),
        media_type: "text/plain".to_owned(),
        digest: Digest::of(content.as_bytes()),
        content,
    };
    let artifacts = [
        artifact("template.ts", text.clone()),
        artifact("items/0.json", item.clone()),
        artifact("copy.json", item),
    ];
    let metadata = json!({ "iteration": 1 });
    let record = RecordOutput {
        id,
        typescript: &text,
        widget_tuple: &["dotPlot".to_owned()],
        metadata: &metadata,
        artifacts: &artifacts,
    };
    assert_eq!(
        db.run(&record).await.unwrap(),
        Recorded::Saved { stored: true }
    );
    assert_eq!(
        db.run(&record).await.unwrap(),
        Recorded::Saved { stored: false }
    );
}

pub(super) async fn verify_ledger(db: &Database, id: Uuid) -> usize {
    let client = db.direct().await;
    let sql = "SELECT seq, event_id, data, prev_hash::text, hash::text FROM events
        WHERE request_id = $1 ORDER BY seq";
    let rows = client.query(sql, &[&id]).await.unwrap();
    let mut head = ledger::GENESIS.to_owned();
    for (index, row) in rows.iter().enumerate() {
        assert_eq!(
            usize::try_from(row.get::<_, i32>(0)).unwrap(),
            index + 1,
            "no gap"
        );
        assert_eq!(row.get::<_, String>(3), head, "chained to the one before");
        head = ledger::link(&head, row.get(1), row.get(2)).to_string();
        assert_eq!(row.get::<_, String>(4), head, "the hash is of this text");
    }
    let sql = "SELECT ledger_seq, ledger_head::text FROM generation_requests WHERE id = $1";
    let row = client.query_one(sql, &[&id]).await.unwrap();
    assert_eq!(usize::try_from(row.get::<_, i32>(0)).unwrap(), rows.len());
    assert_eq!(row.get::<_, String>(1), head);
    rows.len()
}

/// All of them at once.
pub(super) async fn futures_join<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut pending: Vec<_> = futures.map(Box::pin).collect();
    let mut done: Vec<_> = pending.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        let mut waiting = false;
        for (future, slot) in pending.iter_mut().zip(&mut done) {
            if slot.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(output) => *slot = Some(output),
                    std::task::Poll::Pending => waiting = true,
                }
            }
        }
        if waiting {
            std::task::Poll::Pending
        } else {
            std::task::Poll::Ready(())
        }
    })
    .await;
    done.into_iter().flatten().collect()
}
