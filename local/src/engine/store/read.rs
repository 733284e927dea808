//! Reads for the HTTP routes, on a connection of their own.

use std::{collections::HashMap, sync::Arc};

use tokio::sync::Mutex;
use tokio_postgres::{Client, Row, types::ToSql};

use super::{
    super::{clock::Millis, config::EngineError},
    connect,
};

/// Reads for the HTTP routes; cheap to clone.
#[derive(Clone)]
pub(in super::super) struct Reader {
    database_url: Arc<str>,
    open: Arc<Mutex<Option<Arc<Client>>>>,
}

impl Reader {
    pub(super) fn new(database_url: String) -> Self {
        Self {
            database_url: database_url.into(),
            open: Arc::default(),
        }
    }

    /// Another one with a connection of its own.
    pub(in super::super) fn apart(&self) -> Self {
        Self {
            database_url: Arc::clone(&self.database_url),
            open: Arc::default(),
        }
    }

    /// Reads rows; reconnects once if the connection was lost meanwhile.
    ///
    /// # Errors
    /// The database cannot be reached or refuses the query.
    pub(in super::super) async fn rows(
        &self,
        query: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, EngineError> {
        let reading = |source| EngineError::Database {
            doing: "reading",
            source,
        };
        let client = self.client().await?;
        match client.query(query, params).await {
            Err(error) if error.is_closed() => self
                .client()
                .await?
                .query(query, params)
                .await
                .map_err(reading),
            result => result.map_err(reading),
        }
    }

    /// Of these ids that senders chose, the ones already accepted since `since`, each with the
    /// internal id of its event.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub(in super::super) async fn known_events(
        &self,
        ids: &[&str],
        since: Millis,
    ) -> Result<HashMap<String, String>, EngineError> {
        let query = "SELECT event_id, id FROM engine.events
            WHERE event_id = ANY($1) AND event_id <> id AND received_at > $2";
        let rows = self.rows(query, &[&ids, &since]).await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// Deletes what ended or arrived before `before` and is not needed any more.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub(in super::super) async fn clean(&self, before: Millis) -> Result<(), EngineError> {
        for statement in CLEAN {
            self.rows(statement, &[&before]).await?;
        }
        Ok(())
    }

    async fn client(&self) -> Result<Arc<Client>, EngineError> {
        let mut open = self.open.lock().await;
        if let Some(client) = open.as_ref().filter(|client| !client.is_closed()) {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(connect::open(&self.database_url).await?);
        *open = Some(Arc::clone(&client));
        Ok(client)
    }
}

/// Steps first: a run without its steps would lie, steps without their run cannot be seen.
const CLEAN: [&str; 4] = [
    "DELETE FROM engine.steps s USING engine.runs r WHERE r.id = s.run_id AND r.ended_at < $1",
    "DELETE FROM engine.runs WHERE ended_at < $1",
    "DELETE FROM engine.events WHERE received_at < $1 AND id NOT IN (
        SELECT unnest(string_to_array(events, ',')) FROM engine.runs
        UNION ALL SELECT unnest(string_to_array(events, ',')) FROM engine.gatherings)",
    // An arrival in the past means the same as none.
    "DELETE FROM engine.gates WHERE arrival < $1::bigint * 1000",
];
