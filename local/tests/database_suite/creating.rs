//! Accepting requests: keys, idempotency, tenants.
//!
//! The statements run against a real Postgres, through the gateway, as the edge runs them.

use itemsmith_domain::{Digest, RequestStatus, Seed};
use itemsmith_sql::{Access, AckOutbox, CreateOutcome, Created, ReadStatus};

use super::{
    statements::{
        ITEM, Tenant, create, created, futures_join, id, tenant as tenant_of, verify_ledger, writer,
    },
    support::Database,
};

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
    let stranger = tenant_of(&db, "stranger", &["templates:write"]).await;
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
    let stranger = tenant_of(&db, "stranger", &["templates:read"]).await;
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
    let write_only = tenant_of(&db, "blind", &["templates:write"]).await;
    assert_eq!(read(&write_only, id(1)).await, Access::Forbidden);
    db.sql("UPDATE api_keys SET revoked_at = now() WHERE tenant_id = 'writer'")
        .await
        .unwrap();
    assert_eq!(read(&tenant, id(1)).await, Access::Unauthorized);
}
