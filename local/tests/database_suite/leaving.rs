//! How events leave.
//!
//! The statements run against a real Postgres, through the gateway, as the edge runs them.

use itemsmith_sql::{AckOutbox, ClaimOutbox};

use super::{
    statements::{answered, futures_join, running, verdict},
    support::Database,
};

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
