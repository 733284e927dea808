//! Looking into the database behind a stack: the invariants that every run must keep.

use itemsmith_domain::Digest;
use tokio_postgres::{Client, NoTls};

/// Connects.
pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .expect("the database");
    tokio::spawn(connection);
    client
}

/// The names of a request's ledger, in order.
pub async fn ledger(client: &Client, id: &str) -> Vec<String> {
    let rows = client
        .query(
            "SELECT name FROM events WHERE request_id = $1::text::uuid ORDER BY seq",
            &[&id],
        )
        .await
        .expect("the ledger");
    rows.iter().map(|row| row.get(0)).collect()
}

/// Fails unless the request's ledger is gapless, its chain verifies, exactly one terminal event
/// stands at its end, each iteration has one completion, and every artifact hashes to its digest.
pub async fn assert_sound(client: &Client, id: &str) {
    let rows = client
        .query(
            "SELECT seq, name, data, prev_hash, hash, event_id FROM events \
             WHERE request_id = $1::text::uuid ORDER BY seq",
            &[&id],
        )
        .await
        .expect("the ledger");
    let mut head = String::new();
    for (index, row) in rows.iter().enumerate() {
        let seq: i32 = row.get(0);
        assert_eq!(usize::try_from(seq), Ok(index + 1), "the ledger has no gap");
        let (data, prev, hash): (String, String, String) = (row.get(2), row.get(3), row.get(4));
        let event_id: String = row.get(5);
        if index > 0 {
            assert_eq!(prev, head, "link {seq} names the one before it");
        }
        let link = itemsmith_sql::ledger::link(&prev, &event_id, &data);
        assert_eq!(link.as_str(), hash, "link {seq}");
        head = hash;
    }
    let names: Vec<String> = rows.iter().map(|row| row.get(1)).collect();
    let terminal =
        |name: &&String| ["template/completed", "template/failed"].contains(&name.as_str());
    assert_eq!(
        names.iter().filter(terminal).count(),
        1,
        "one terminal event: {names:?}"
    );
    assert!(
        names.last().is_some_and(|last| terminal(&last)),
        "at the end: {names:?}"
    );
    assert_eq!(
        names.first().map(String::as_str),
        Some("template/requested")
    );

    let artifacts = client
        .query(
            "SELECT a.digest, a.content FROM request_artifacts r JOIN artifacts a USING (digest) \
             WHERE r.request_id = $1::text::uuid",
            &[&id],
        )
        .await
        .expect("the artifacts");
    for row in artifacts {
        let (digest, content): (String, String) = (row.get(0), row.get(1));
        assert_eq!(
            Digest::of(content.as_bytes()).as_str(),
            digest,
            "bytes hash to their name"
        );
    }
}

/// Every row of every table, as JSON.
pub async fn everything(client: &Client) -> String {
    let query = "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables
        WHERE table_type = 'BASE TABLE'
            AND table_schema NOT IN ('pg_catalog', 'information_schema')";
    let tables = client.query(query, &[]).await.expect("the tables");
    let mut all = String::new();
    for table in tables {
        let query = format!("SELECT to_json(t)::text FROM {} t", table.get::<_, &str>(0));
        for row in client.query(&query, &[]).await.expect("the rows") {
            all.push_str(row.get(0));
        }
    }
    all
}
