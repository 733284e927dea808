//! Every statement against a real Postgres, through the gateway, as the edge runs it: what it does,
//! that a repeat changes nothing, and what the schema refuses.

use super::support::Database;
use itemsmith_domain::{
    Diagnostic, Digest, FailureReason, Finding, IterationStatus, Phase, RequestStatus, Seed,
};
use itemsmith_sql::{
    Access, AckOutbox, ClaimOutbox, Complete, Create, CreateOutcome, Created, ErrorKind, Fail,
    Finish, LoadAndStart, ModelInputs, NewArtifact, Query, ReadArtifact, ReadCheckInputs,
    ReadManifest, ReadModelInputs, ReadPromptInputs, ReadStatus, Readiness, RecordAudit,
    RecordOutput, Recorded, SavePrompt, SaveResponse, SaveVerdict, SavedVerdict, SeedKey, Started,
    Usage, ledger,
};
use serde_json::json;
use uuid::Uuid;

const ITEM: &str = "{\n  \"title\": \"Käse \\\" | ' ; --\",\n  \"b\": 1.50,\n  \"a\": 1\n}";

struct Tenant {
    key: Digest,
}

async fn tenant(db: &Database, name: &str, scopes: &[&str]) -> Tenant {
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

async fn writer(db: &Database) -> Tenant {
    tenant(db, "writer", &["templates:read", "templates:write"]).await
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + n)
}

fn create<'a>(tenant: &'a Tenant, id: Uuid, body: &'a Digest, key: Option<&'a str>) -> Create<'a> {
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

fn created(outcome: CreateOutcome) -> Created {
    match outcome {
        CreateOutcome::Created(created) => created,
        other => panic!("expected a request, not {other:?}"),
    }
}

/// A request that a run has taken.
async fn running(db: &Database, n: u128) -> (Tenant, Uuid) {
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

async fn answered(db: &Database, id: Uuid, iteration: u32, response: &str) {
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

fn verdict<'a>(id: Uuid, iteration: u32, findings: &'a [Finding]) -> SaveVerdict<'a> {
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

async fn recorded(db: &Database, id: Uuid) {
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

async fn verify_ledger(db: &Database, id: Uuid) -> usize {
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

#[tokio::test]
async fn fifty_creates_at_once_with_one_key_make_one_request() {
    let db = Database::new().await;
    let tenant = writer(&db).await;
    let body = Digest::of(b"body");
    let creates: Vec<_> = (0..50)
        .map(|n| create(&tenant, id(n), &body, Some("k")))
        .collect();
    let mut first = None;
    let mut fresh = 0;
    for outcome in futures_join(creates.iter().map(|create| db.run(create))).await {
        let created = created(outcome.unwrap());
        assert_eq!(*first.get_or_insert(created.id), created.id);
        fresh += u32::from(!created.replayed);
    }
    assert_eq!(fresh, 1);
    assert_eq!(
        db.value("SELECT count(*) FROM generation_requests").await,
        "1"
    );
    assert_eq!(db.value("SELECT count(*) FROM outbox").await, "1");
    assert_eq!(verify_ledger(&db, first.unwrap()).await, 1);
}

/// All of them at once.
async fn futures_join<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
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

#[tokio::test]
async fn an_idempotency_key_belongs_to_one_body_and_one_tenant() {
    let db = Database::new().await;
    let tenant = writer(&db).await;
    let (body, other) = (Digest::of(b"body"), Digest::of(b"other"));
    let first = created(
        db.run(&create(&tenant, id(1), &body, Some("k")))
            .await
            .unwrap(),
    );
    assert_eq!(
        (first.replayed, first.status),
        (false, RequestStatus::Queued)
    );
    assert_eq!(first.seed, Seed::MAX);
    let again = created(
        db.run(&create(&tenant, id(2), &body, Some("k")))
            .await
            .unwrap(),
    );
    assert_eq!(
        again,
        Created {
            replayed: true,
            ..first.clone()
        }
    );
    let changed = db
        .run(&create(&tenant, id(3), &other, Some("k")))
        .await
        .unwrap();
    assert_eq!(changed, CreateOutcome::BodyMismatch { id: id(1) });
    // The same bytes as a key of ours, and the same key of somebody else, are other keys.
    let ours = format!("id:{}", id(1));
    assert!(
        !created(
            db.run(&create(&tenant, id(4), &body, Some(&ours)))
                .await
                .unwrap()
        )
        .replayed
    );
    let stranger = self::tenant(&db, "stranger", &["templates:write"]).await;
    assert!(
        !created(
            db.run(&create(&stranger, id(5), &other, Some("k")))
                .await
                .unwrap()
        )
        .replayed
    );
}

#[tokio::test]
async fn a_create_sent_twice_without_a_key_is_one_request_even_after_its_event_left() {
    let db = Database::new().await;
    let tenant = writer(&db).await;
    let body = Digest::of(b"body");
    let statement = create(&tenant, id(1), &body, None);
    created(db.run(&statement).await.unwrap());
    assert_eq!(
        db.run(&AckOutbox {
            event_ids: &[statement.event_id()]
        })
        .await
        .unwrap(),
        1
    );
    assert!(!created(db.run(&statement).await.unwrap()).replayed);
    assert_eq!(
        db.value("SELECT count(*) FROM outbox").await,
        "0",
        "the event left already"
    );
    assert_eq!(verify_ledger(&db, id(1)).await, 1);
    assert_eq!(
        db.value("SELECT source_text FROM generation_requests")
            .await,
        ITEM
    );
}

#[tokio::test]
async fn keys_are_told_apart_from_requests() {
    let db = Database::new().await;
    let tenant = writer(&db).await;
    let body = Digest::of(b"body");
    created(db.run(&create(&tenant, id(1), &body, None)).await.unwrap());
    let nobody = Tenant {
        key: Digest::of(b"nobody"),
    };
    let stranger = self::tenant(&db, "stranger", &["templates:read"]).await;
    let read = |tenant: &Tenant, id| {
        let key_hash = tenant.key.clone();
        let db = &db;
        async move {
            db.run(&ReadStatus {
                key_hash: &key_hash,
                id,
            })
            .await
            .unwrap()
        }
    };
    assert_eq!(read(&nobody, id(1)).await, Access::Unauthorized);
    assert_eq!(read(&nobody, id(2)).await, Access::Unauthorized);
    assert_eq!(read(&stranger, id(1)).await, Access::NotFound);
    assert_eq!(read(&tenant, id(2)).await, Access::NotFound);
    assert!(matches!(read(&tenant, id(1)).await, Access::Granted(_)));
    let denied = db
        .run(&create(&stranger, id(3), &body, None))
        .await
        .unwrap();
    assert_eq!(denied, CreateOutcome::Forbidden);
    let unknown = db.run(&create(&nobody, id(3), &body, None)).await.unwrap();
    assert_eq!(unknown, CreateOutcome::Unauthorized);
    let write_only = self::tenant(&db, "blind", &["templates:write"]).await;
    assert_eq!(read(&write_only, id(1)).await, Access::Forbidden);
    db.sql("UPDATE api_keys SET revoked_at = now() WHERE tenant_id = 'writer'")
        .await
        .unwrap();
    assert_eq!(read(&tenant, id(1)).await, Access::Unauthorized);
}

#[tokio::test]
async fn one_run_takes_a_request() {
    let db = Database::new().await;
    let (_, id) = running(&db, 1).await;
    let again = db.run(&LoadAndStart { id, run_id: "run" }).await.unwrap();
    let Started::Ours(summary) = again else {
        panic!("{again:?}")
    };
    assert_eq!(
        (summary.status, summary.max_attempts),
        (RequestStatus::Running, 10)
    );
    let other = LoadAndStart {
        id,
        run_id: "other",
    };
    assert_eq!(db.run(&other).await.unwrap(), Started::AnotherRun);
    let failed = Fail {
        id,
        run_id: Some("other"),
        reason: FailureReason::Internal,
    };
    assert_eq!(
        db.run(&failed).await.unwrap(),
        Finish::Refused(RequestStatus::Running)
    );
    let missing = LoadAndStart {
        id: self::id(9),
        run_id: "run",
    };
    assert_eq!(db.run(&missing).await.unwrap(), Started::Missing);
}

#[tokio::test]
async fn an_attempt_fills_step_by_step_and_the_first_value_stays() {
    let db = Database::new().await;
    let (tenant, id) = running(&db, 1).await;
    let inputs = db
        .run(&ReadPromptInputs { id, iteration: 1 })
        .await
        .unwrap()
        .unwrap();
    assert_eq!((inputs.source_text.as_str(), inputs.previous), (ITEM, None));
    assert_eq!(
        db.run(&ReadModelInputs { id, iteration: 1 }).await.unwrap(),
        None
    );

    let (first, second) = (Digest::of(b"first"), Digest::of(b"second"));
    let save = |prompt, digest| SavePrompt {
        id,
        iteration: 1,
        prompt,
        digest,
    };
    assert_eq!(db.run(&save("first", &first)).await.unwrap().digest, first);
    assert_eq!(
        db.run(&save("second", &second)).await.unwrap().digest,
        first
    );
    let due = db
        .run(&ReadModelInputs { id, iteration: 1 })
        .await
        .unwrap()
        .unwrap();
    assert!(
        matches!(&due, ModelInputs::Due { prompt, .. } if prompt == "first"),
        "{due:?}"
    );
    assert_eq!(
        db.run(&ReadCheckInputs { id, iteration: 1 }).await.unwrap(),
        None
    );

    let save = |response, digest, finish_reason| SaveResponse {
        id,
        iteration: 1,
        response,
        digest,
        model: "m",
        finish_reason,
        usage: None,
    };
    let saved = db.run(&save("first", &first, None)).await.unwrap().unwrap();
    assert!(saved.stored);
    let saved = db
        .run(&save("second", &second, Some("stop")))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((saved.stored, &saved.response.digest), (false, &first));
    assert_eq!(
        saved.response.finish_reason, None,
        "of the first response, as its digest"
    );
    let answered = db
        .run(&ReadModelInputs { id, iteration: 1 })
        .await
        .unwrap()
        .unwrap();
    assert_eq!(answered, ModelInputs::Answered(saved.response));
    let check = db
        .run(&ReadCheckInputs { id, iteration: 1 })
        .await
        .unwrap()
        .unwrap();
    assert_eq!((check.response.as_str(), check.verdict), ("first", None));

    let mut finding = Finding::unplaced(Phase::Policy, "no-any", 9001, "x".repeat(5000));
    finding.seed = Some(Seed::MAX);
    let findings = vec![finding; 5];
    let diagnostics: Vec<Diagnostic> = findings.iter().map(Finding::diagnostic).collect();
    let save = SaveVerdict {
        diagnostics: &diagnostics,
        ..verdict(id, 1, &findings)
    };
    let stored = |stored| SavedVerdict::Saved {
        stored,
        status: IterationStatus::ValidationFailed,
        finding_count: 5,
    };
    assert_eq!(db.run(&save).await.unwrap(), stored(true));
    assert_eq!(db.run(&verdict(id, 1, &[])).await.unwrap(), stored(false));
    assert_eq!(verify_ledger(&db, id).await, 2);

    let next = db
        .run(&ReadPromptInputs { id, iteration: 2 })
        .await
        .unwrap()
        .unwrap();
    let previous = next.previous.unwrap();
    assert_eq!(
        (previous.response.as_str(), previous.findings),
        ("first", findings)
    );
    let Access::Granted(state) = db
        .run(&ReadStatus {
            key_hash: &tenant.key,
            id,
        })
        .await
        .unwrap()
    else {
        panic!("the owner sees the request");
    };
    let attempt = &state.iterations[0];
    assert_eq!(
        (attempt.finding_count, attempt.findings.len()),
        (Some(5), 3)
    );
    assert_eq!(attempt.findings[0].message.chars().count(), 301);
    assert!(
        attempt
            .checked_at
            .as_deref()
            .is_some_and(|time| time.ends_with('Z'))
    );
}

#[tokio::test]
async fn a_request_succeeds_once_with_its_artifacts() {
    let db = Database::new().await;
    let (tenant, id) = running(&db, 1).await;
    answered(&db, id, 1, "reply").await;
    db.run(&verdict(id, 1, &[])).await.unwrap();
    let complete = Complete {
        id,
        run_id: "run",
        event_data: r#"{"iterations":1}"#,
    };
    let early = db.run(&complete).await.unwrap_err();
    assert_eq!(
        (early.kind, early.code.as_deref()),
        (ErrorKind::Refused, Some("IS003"))
    );
    recorded(&db, id).await;
    let stranger = Complete {
        run_id: "other",
        ..complete
    };
    assert_eq!(
        db.run(&stranger).await.unwrap(),
        Finish::Refused(RequestStatus::Running)
    );
    let ended = |changed| Finish::Ended {
        status: RequestStatus::Succeeded,
        changed,
    };
    assert_eq!(db.run(&complete).await.unwrap(), ended(true));
    assert_eq!(db.run(&complete).await.unwrap(), ended(false));
    let fail = Fail {
        id,
        run_id: None,
        reason: FailureReason::Internal,
    };
    assert_eq!(db.run(&fail).await.unwrap(), ended(false));
    assert_eq!(verify_ledger(&db, id).await, 3);
    assert_eq!(
        db.run(&LoadAndStart { id, run_id: "run" }).await.unwrap(),
        Started::Ended(RequestStatus::Succeeded)
    );

    let key_hash = &tenant.key;
    let manifest = db.run(&ReadManifest { key_hash, id }).await.unwrap();
    let Access::Granted(manifest) = manifest else {
        panic!("{manifest:?}")
    };
    let names: Vec<_> = manifest.artifacts.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["copy.json", "items/0.json", "template.ts"]);
    assert_eq!(
        db.value("SELECT count(*) FROM artifacts").await,
        "2",
        "equal bytes once"
    );
    let read = db
        .run(&ReadArtifact {
            key_hash,
            id,
            name: "template.ts",
        })
        .await
        .unwrap();
    let Access::Granted(read) = read else {
        panic!("{read:?}")
    };
    let artifact = read.artifact.unwrap();
    assert_eq!(artifact.digest, Digest::of(artifact.content.as_bytes()));
    assert_eq!(artifact.digest, manifest.artifacts[2].digest);
    let missing = db
        .run(&ReadArtifact {
            key_hash,
            id,
            name: "nothing",
        })
        .await
        .unwrap();
    assert!(matches!(missing, Access::Granted(read) if read.artifact.is_none()));

    let audit = RecordAudit {
        id,
        event: "template/completed",
    };
    let summary = db.run(&audit).await.unwrap().unwrap();
    assert_eq!(
        (&summary["status"], &summary["promptTokens"]),
        (&json!("succeeded"), &json!(100))
    );
    assert_eq!(db.run(&audit).await.unwrap().unwrap(), summary);
}

#[tokio::test]
async fn a_failure_tells_how_many_attempts_were_judged_and_nothing_follows_it() {
    let db = Database::new().await;
    let (_, id) = running(&db, 1).await;
    answered(&db, id, 1, "reply").await;
    let finding = Finding::unplaced(Phase::Reply, "empty", 9003, "no code");
    db.run(&verdict(id, 1, &[finding])).await.unwrap();
    answered(&db, id, 2, "reply").await;
    let fail = Fail {
        id,
        run_id: Some("run"),
        reason: FailureReason::CheckerUnavailable,
    };
    let ended = |changed| Finish::Ended {
        status: RequestStatus::Failed,
        changed,
    };
    assert_eq!(db.run(&fail).await.unwrap(), ended(true));
    assert_eq!(db.run(&fail).await.unwrap(), ended(false));
    let data = db
        .value("SELECT data FROM events WHERE name = 'template/failed'")
        .await;
    let event: itemsmith_domain::event::Failed = serde_json::from_str(&data).unwrap();
    assert_eq!((event.request_id, event.iterations), (id, 1));
    assert_eq!(event.reason, FailureReason::CheckerUnavailable);

    let late = db.run(&verdict(id, 2, &[])).await.unwrap();
    assert_eq!(late, SavedVerdict::Ended(RequestStatus::Failed));
    let complete = Complete {
        id,
        run_id: "run",
        event_data: "{}",
    };
    assert_eq!(db.run(&complete).await.unwrap(), ended(false));
    assert_eq!(verify_ledger(&db, id).await, 3);
    let data = db.value("SELECT reason FROM generation_requests").await;
    assert_eq!(data, "checker_unavailable");
}

#[tokio::test]
async fn whoever_races_a_request_has_one_end_and_one_event() {
    let db = Database::new().await;
    let (_, id) = running(&db, 1).await;
    answered(&db, id, 1, "reply").await;
    db.run(&verdict(id, 1, &[])).await.unwrap();
    recorded(&db, id).await;
    let complete = Complete {
        id,
        run_id: "run",
        event_data: "{}",
    };
    let fail = Fail {
        id,
        run_id: Some("run"),
        reason: FailureReason::Deadline,
    };
    let completes = futures_join((0..8).map(|_| db.run(&complete)));
    let fails = futures_join((0..8).map(|_| db.run(&fail)));
    let (completes, fails) = tokio::join!(completes, fails);
    let mut changed = 0;
    let mut end = None;
    for outcome in completes.into_iter().chain(fails) {
        let Finish::Ended {
            status,
            changed: did,
        } = outcome.unwrap()
        else {
            panic!("every one sees the end")
        };
        changed += u32::from(did);
        assert_eq!(*end.get_or_insert(status), status);
    }
    assert_eq!(changed, 1);
    assert_eq!(verify_ledger(&db, id).await, 3);
}

#[tokio::test]
async fn verdicts_at_once_are_one_event() {
    let db = Database::new().await;
    let (_, id) = running(&db, 1).await;
    answered(&db, id, 1, "reply").await;
    let saves: Vec<_> = (0..16).map(|_| verdict(id, 1, &[])).collect();
    let mut stored = 0;
    for outcome in futures_join(saves.iter().map(|save| db.run(save))).await {
        let SavedVerdict::Saved {
            stored: did,
            status,
            ..
        } = outcome.unwrap()
        else {
            panic!("every one sees the verdict")
        };
        assert_eq!(status, IterationStatus::Success);
        stored += u32::from(did);
    }
    assert_eq!(stored, 1);
    assert_eq!(verify_ledger(&db, id).await, 2);
}

#[tokio::test]
async fn events_leave_in_order_are_claimed_once_and_come_back_unless_acknowledged() {
    let db = Database::new().await;
    let (_, one) = running(&db, 1).await;
    answered(&db, one, 1, "reply").await;
    db.run(&verdict(one, 1, &[])).await.unwrap();
    running(&db, 2).await;
    let all = ClaimOutbox {
        request: None,
        limit: 10,
    };
    assert_eq!(
        db.run(&all).await.unwrap().len(),
        0,
        "the callers post them first"
    );
    let mine = db
        .run(&ClaimOutbox {
            request: Some(one),
            limit: 10,
        })
        .await
        .unwrap();
    let names: Vec<_> = mine.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(
        names,
        ["template/requested", "template/iteration.completed"]
    );
    assert_eq!(
        mine[1].event_id,
        format!("template/iteration.completed:{one}:1")
    );
    assert_eq!(
        mine[0].data.get(),
        "{\"requestId\":\"x\",\"text\":\"ü\\n\"}"
    );
    assert!(mine[0].created_ms > 1_700_000_000_000);

    db.sql("UPDATE outbox SET available_at = now()")
        .await
        .unwrap();
    let sweeps = futures_join((0..6).map(|_| db.run(&all))).await;
    let mut swept: Vec<_> = sweeps
        .into_iter()
        .flat_map(Result::unwrap)
        .map(|event| event.event_id)
        .collect();
    swept.sort();
    swept.dedup();
    assert_eq!(swept.len(), 3);
    assert_eq!(db.run(&all).await.unwrap().len(), 0, "backed off");
    assert_eq!(db.value("SELECT max(attempts) FROM outbox").await, "2");
    assert_eq!(db.run(&AckOutbox { event_ids: &swept }).await.unwrap(), 3);
    assert_eq!(db.run(&AckOutbox { event_ids: &swept }).await.unwrap(), 0);
}

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
async fn a_status_read_touches_no_large_column() {
    let db = Database::new().await;
    let (tenant, id) = running(&db, 1).await;
    // Noise that does not compress, so that every large column is moved out of its row.
    let noise: String = (0..2000_u32)
        .map(|n| Digest::of(&n.to_le_bytes()).to_string())
        .collect();
    let digest = Digest::of(noise.as_bytes());
    db.run(&SavePrompt {
        id,
        iteration: 1,
        prompt: &noise,
        digest: &digest,
    })
    .await
    .unwrap();
    answered(&db, id, 1, &noise).await;
    let finding = |n: usize| {
        Finding::unplaced(
            Phase::Policy,
            "no-any",
            9001,
            &noise[n * 3000..(n + 1) * 3000],
        )
    };
    let findings: Vec<_> = (0..20).map(finding).collect();
    let diagnostics: Vec<_> = findings.iter().map(Finding::diagnostic).collect();
    let save = SaveVerdict {
        diagnostics: &diagnostics,
        ..verdict(id, 1, &findings)
    };
    db.run(&save).await.unwrap();
    let client = db.direct().await;
    let read = ReadStatus {
        key_hash: &tenant.key,
        id,
    }
    .statement();
    let params: Vec<_> = read
        .params
        .iter()
        .map(|p| (p.as_deref(), tokio_postgres::types::Type::TEXT))
        .collect();
    let params: Vec<_> = params
        .iter()
        .map(|(p, kind)| (p as _, kind.clone()))
        .collect();
    let touched = async || {
        let counts = "SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot()";
        client.simple_query(counts).await.unwrap();
        let sql = "SELECT sum(coalesce(toast_blks_hit, 0) + coalesce(toast_blks_read, 0))::bigint
            FROM pg_statio_user_tables";
        client.query_one(sql, &[]).await.unwrap().get::<_, i64>(0)
    };
    let before = touched().await;
    for _ in 0..3 {
        client.query_typed(read.sql, &params).await.unwrap();
    }
    assert_eq!(touched().await, before);
    client
        .query(
            "SELECT length(prompt || findings::text) FROM generation_iterations",
            &[],
        )
        .await
        .unwrap();
    assert!(touched().await > before, "the counter counts");
}

#[tokio::test]
async fn readiness_is_the_last_migration() {
    let db = Database::new().await;
    assert_eq!(db.run(&Readiness).await.unwrap().migration, 3);
    db.sql("DROP TABLE refinery_schema_history").await.unwrap();
    assert_eq!(
        db.run(&Readiness).await.unwrap_err().kind,
        ErrorKind::NotMigrated
    );
}
