//! What the schema refuses, and the rest that belongs to no request.
//!
//! The statements run against a real Postgres, through the gateway, as the edge runs them.

use itemsmith_domain::Digest;
use itemsmith_sql::{ErrorKind, KeepText, ReadKept, Readiness};

use super::{
    statements::{answered, futures_join, recorded, running, verdict},
    support::Database,
};

#[tokio::test]
async fn the_schema_refuses_what_no_statement_may_do() {
    let db = Database::new().await;
    let (_, id) = running(&db, 1).await;
    answered(&db, id, 1, "reply").await;
    db.run(&verdict(id, 1, &[])).await.unwrap();
    recorded(&db, id).await;
    let refused = [
        "UPDATE generation_requests SET status = 'queued'",
        "UPDATE generation_requests SET status = 'failed'",
        "UPDATE generation_requests SET run_id = 'other'",
        "UPDATE generation_requests SET seed = 1",
        "UPDATE generation_requests SET source_text = '{}'",
        "UPDATE generation_requests SET idempotency_key = 'x'",
        "UPDATE generation_requests SET ledger_seq = ledger_seq + 2, ledger_head = source_hash",
        "UPDATE generation_requests SET ledger_head = source_hash",
        "UPDATE generation_iterations SET prompt = 'other'",
        "UPDATE generation_iterations SET response = 'other'",
        "UPDATE generation_iterations SET status = 'typecheck_failed'",
        "INSERT INTO generation_iterations (request_id, iteration, prompt, prompt_digest)
         SELECT id, 0, '', source_hash FROM generation_requests",
        "UPDATE events SET data = '{}'",
        "DELETE FROM events",
        "TRUNCATE events CASCADE",
        "UPDATE artifacts SET content = 'other'",
        "INSERT INTO artifacts (digest, bytes, content) VALUES (repeat('0', 64), 1, 'a')",
        "UPDATE request_artifacts SET name = 'other'",
        "UPDATE generation_outputs SET typescript = 'other'",
        "DELETE FROM generation_requests",
    ];
    for sql in refused {
        let error = db.sql(sql).await.expect_err(sql);
        assert_eq!(error.kind, ErrorKind::Refused, "{sql}: {error}");
        assert!(error.constraint.is_some(), "{sql}: {error}");
    }
    let seeds = "INSERT INTO generation_requests (id, tenant_id, source_context, source_text,
        source_hash, allowed_widgets, seed, model, max_attempts, idempotency_key, body_hash,
        ledger_seq, ledger_head) SELECT gen_random_uuid(), 't', '{}', '{}', source_hash, '{}',
        $1::numeric, 'm', 1, gen_random_uuid()::text, source_hash, 1, source_hash
        FROM generation_requests LIMIT 1";
    for (seed, kind) in [
        ("-1", ErrorKind::Refused),
        ("NaN", ErrorKind::Refused),
        ("100000000000000000000", ErrorKind::Invalid),
    ] {
        let params = vec![Some(seed.to_owned())];
        let statement = itemsmith_sql::Statement { sql: seeds, params };
        assert_eq!(
            db.statement(&statement).await.unwrap_err().kind,
            kind,
            "{seed}"
        );
    }
}

#[tokio::test]
async fn a_text_is_kept_once_under_its_digest() {
    let db = Database::new().await;
    let content = "export default 1; // ü\n";
    let digest = Digest::of(content.as_bytes());
    assert_eq!(db.run(&ReadKept { digest: &digest }).await.unwrap(), None);
    let keep = KeepText {
        digest: &digest,
        content,
    };
    let kept = futures_join((0..8).map(|_| db.run(&keep))).await;
    assert_eq!(kept.into_iter().filter(|kept| *kept == Ok(true)).count(), 1);
    assert_eq!(
        db.run(&ReadKept { digest: &digest })
            .await
            .unwrap()
            .as_deref(),
        Some(content)
    );
    let wrong = KeepText {
        digest: &Digest::of(b"other"),
        content,
    };
    assert_eq!(db.run(&wrong).await.unwrap_err().kind, ErrorKind::Refused);
}

#[tokio::test]
async fn readiness_is_the_last_migration() {
    let db = Database::new().await;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations");
    let files = std::fs::read_dir(folder).unwrap().count();
    let migration = db.run(&Readiness).await.unwrap().migration;
    assert_eq!(usize::try_from(migration).unwrap(), files);
    db.sql("DROP TABLE refinery_schema_history").await.unwrap();
    assert_eq!(
        db.run(&Readiness).await.unwrap_err().kind,
        ErrorKind::NotMigrated
    );
}
