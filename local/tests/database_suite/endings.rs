//! How requests begin and end.
//!
//! The statements run against a real Postgres, through the gateway, as the edge runs them.

use itemsmith_domain::{Digest, FailureReason, Finding, Phase, RequestStatus};
use itemsmith_sql::{
    Access, Complete, ErrorKind, Fail, Finish, LoadAndStart, ReadArtifact, ReadManifest,
    RecordAudit, SavedVerdict, Started,
};
use serde_json::json;

use super::{
    statements::{
        answered, futures_join, id as request_id, recorded, running, verdict, verify_ledger,
    },
    support::Database,
};

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
        id: request_id(9),
        run_id: "run",
    };
    assert_eq!(db.run(&missing).await.unwrap(), Started::Missing);
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
    let debug = ["prompts/1.md", "responses/1.md"];
    assert_eq!(
        names,
        [
            "copy.json",
            "items/0.json",
            debug[0],
            debug[1],
            "template.ts"
        ]
    );
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
    let listed = manifest.artifacts.iter().find(|a| a.name == "template.ts");
    assert_eq!(Some(&artifact.digest), listed.map(|a| &a.digest));
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
