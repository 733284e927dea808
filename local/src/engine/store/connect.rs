//! Connections to the engine's database, and the lock that one engine holds on it.

use std::time::{Duration, Instant};

use tokio_postgres::{Client, NoTls};

use super::super::config::EngineError;

/// Key of the advisory lock: "engine" in ASCII, so that it is recognisable in `pg_locks`.
const LOCK: i64 = 0x656e_6769_6e65;

/// Opens a connection.
pub(super) async fn open(database_url: &str) -> Result<Client, EngineError> {
    let wrap = |source| EngineError::Database {
        doing: "connecting",
        source,
    };
    let (client, connection) = tokio_postgres::connect(database_url, NoTls)
        .await
        .map_err(wrap)?;
    tokio::spawn(async move {
        // Whoever uses the client sees the same error; here it would only be told twice.
        let _ = connection.await;
    });
    Ok(client)
}

/// Opens a connection that owns the engine's schema, waiting a little for an engine that was
/// killed just now: its session may outlive it for a moment.
pub(super) async fn owner(database_url: &str, patience: Duration) -> Result<Client, EngineError> {
    let client = open(database_url).await?;
    let begun = Instant::now();
    loop {
        let row = client
            .query_one("SELECT pg_try_advisory_lock($1)", &[&LOCK])
            .await
            .map_err(|source| EngineError::Database {
                doing: "taking its lock",
                source,
            })?;
        if row.get(0) {
            return Ok(client);
        }
        if begun.elapsed() > patience {
            return Err(EngineError::AlreadyRunning);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
