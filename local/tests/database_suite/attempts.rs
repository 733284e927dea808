//! One attempt from prompt to verdict, and what a status read shows of it.
//!
//! The statements run against a real Postgres, through the gateway, as the edge runs them.

use itemsmith_domain::{Diagnostic, Digest, Finding, IterationStatus, Phase, Seed};
use itemsmith_sql::{
    Access, ModelInputs, Query, ReadCheckInputs, ReadModelInputs, ReadPromptInputs, ReadStatus,
    SavePrompt, SaveResponse, SaveVerdict, SavedVerdict,
};

use super::{
    statements::{ITEM, answered, futures_join, running, verdict, verify_ledger},
    support::Database,
};

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
