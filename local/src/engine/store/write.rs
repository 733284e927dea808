//! Writing batches: one statement each, again and again until the database has it.

use std::{sync::Arc, time::Duration};

use tokio_postgres::{Client, Statement};
use ulid::Ulid;

use super::{
    super::{
        batch::{Batch, RunRow, event_ids},
        config::EngineError,
        run::Step,
    },
    connect,
};

/// How long the writer waits before it tries a lost database again.
const PATIENCE: [Duration; 4] = [
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(500),
    Duration::from_secs(1),
];

/// The one connection that writes; it holds the lock that makes this engine the only one.
pub(in super::super) struct Writer {
    database_url: String,
    open: Option<(Client, Statement)>,
}

impl Writer {
    /// Takes over a connection that holds the lock.
    pub(super) async fn new(database_url: String, client: Client) -> Result<Self, EngineError> {
        let statement = prepare(&client)
            .await
            .map_err(|source| EngineError::Database {
                doing: "preparing its statement",
                source,
            })?;
        Ok(Self {
            database_url,
            open: Some((client, statement)),
        })
    }

    /// Writes a batch, however long the database takes to come back; gives it back for its
    /// effects.
    pub(in super::super) async fn write(mut self, batch: Batch) -> (Self, Batch) {
        let mut failures: usize = 0;
        loop {
            match self.try_write(&batch).await {
                Ok(()) => return (self, batch),
                Err(error) => {
                    tracing::warn!(%error, "the engine's database does not take the batch; trying again");
                    self.open = None;
                    tokio::time::sleep(PATIENCE[failures.min(PATIENCE.len() - 1)]).await;
                    failures += 1;
                }
            }
        }
    }

    async fn try_write(&mut self, batch: &Batch) -> Result<(), EngineError> {
        if !batch.has_rows() {
            return Ok(());
        }
        if self.open.is_none() {
            let client = connect::owner(&self.database_url, Duration::from_secs(5)).await?;
            let statement = prepare(&client).await.map_err(writing)?;
            self.open = Some((client, statement));
        }
        let (client, statement) = self.open.as_ref().expect("opened just above");
        execute(client, statement, batch).await.map_err(writing)
    }
}

fn writing(source: tokio_postgres::Error) -> EngineError {
    EngineError::Database {
        doing: "writing",
        source,
    }
}

async fn prepare(client: &Client) -> Result<Statement, tokio_postgres::Error> {
    client.prepare(include_str!("write.sql")).await
}

async fn execute(
    client: &Client,
    statement: &Statement,
    batch: &Batch,
) -> Result<(), tokio_postgres::Error> {
    let apps: Vec<_> = batch.apps.iter().collect();
    let events = &batch.events;
    let runs: Vec<(&Ulid, &RunRow)> = batch.runs.iter().collect();
    let steps: Vec<(&(Ulid, Arc<str>), &Step)> = batch.steps.iter().collect();
    let jobs: Vec<_> = batch
        .jobs
        .iter()
        .filter_map(|(id, job)| Some((*id, job.as_ref()?)))
        .collect();
    let gone: Vec<i64> = batch
        .jobs
        .iter()
        .filter(|(_, job)| job.is_none())
        .map(|(id, _)| *id)
        .collect();
    let gates: Vec<_> = batch.gates.iter().collect();
    let gathering: Vec<_> = batch
        .gatherings
        .iter()
        .filter_map(|(key, row)| Some((key, row.as_ref()?)))
        .collect();
    let gathered: Vec<_> = batch
        .gatherings
        .iter()
        .filter(|(_, row)| row.is_none())
        .map(|(key, _)| key)
        .collect();
    client
        .execute(
            statement,
            &[
                &list(&apps, |a| a.0.as_str()),
                &list(&apps, |a| a.1.url.as_str()),
                &list(&apps, |a| a.1.registration.as_str()),
                &list(&apps, |a| a.1.synced_at),
                &list(events, |e| e.id.to_string()),
                &list(events, |e| e.event_id.as_str()),
                &list(events, |e| e.name.as_str()),
                &list(events, |e| e.body.as_str()),
                &list(events, |e| e.received_at),
                &list(&runs, |r| r.0.to_string()),
                &list(&runs, |r| &*r.1.function),
                &list(&runs, |r| r.1.events.as_str()),
                &list(&runs, |r| r.1.status.as_str()),
                &list(&runs, |r| r.1.version),
                &list(&runs, |r| r.1.parallel),
                &list(&runs, |r| r.1.output.as_deref()),
                &list(&runs, |r| {
                    r.1.parent.as_ref().map(|parent| parent.0.to_string())
                }),
                &list(&runs, |r| r.1.parent.as_ref().map(|parent| &*parent.1)),
                &list(&runs, |r| r.1.idempotency.as_deref()),
                &list(&runs, |r| r.1.created_at),
                &list(&runs, |r| r.1.started_at),
                &list(&runs, |r| r.1.ended_at),
                &list(&steps, |s| s.0.0.to_string()),
                &list(&steps, |s| &*s.0.1),
                &list(&steps, |s| s.1.name.as_str()),
                &list(&steps, |s| s.1.op.as_str()),
                &list(&steps, |s| s.1.status.as_str()),
                &list(&steps, |s| s.1.seq),
                &list(&steps, |s| s.1.opts.as_deref()),
                &list(&steps, |s| s.1.memo.as_deref()),
                &list(&steps, |s| s.1.together),
                &list(&steps, |s| s.1.due),
                &list(&steps, |s| integer(s.1.failures)),
                &list(&steps, |s| s.1.error.as_deref()),
                &list(&steps, |s| s.1.created_at),
                &list(&steps, |s| s.1.ended_at),
                &list(&jobs, |j| j.0),
                &list(&jobs, |j| j.1.run.to_string()),
                &list(&jobs, |j| j.1.target.as_deref()),
                &list(&jobs, |j| integer(j.1.attempt)),
                &list(&jobs, |j| j.1.due),
                &gone,
                &list(&runs, |r| r.1.attempts.as_json()),
                &list(&runs, |r| r.1.rerun_of.map(|run| run.to_string())),
                &list(&steps, |s| s.1.attempts.as_json()),
                &list(&steps, |s| s.1.started_at),
                &list(&gates, |g| g.0.kind.as_str()),
                &list(&gates, |g| &*g.0.function),
                &list(&gates, |g| g.0.key.as_str()),
                &list(&gates, |g| *g.1),
                &list(&gathering, |g| &*g.0.0),
                &list(&gathering, |g| g.0.1.as_str()),
                &list(&gathering, |g| event_ids(&g.1.events)),
                &list(&gathering, |g| g.1.due),
                &list(&gathering, |g| g.1.latest),
                &list(&gathered, |g| &*g.0),
                &list(&gathered, |g| g.1.as_str()),
            ],
        )
        .await?;
    Ok(())
}

/// One column of the rows.
fn list<'a, R, C>(rows: &'a [R], column: impl Fn(&'a R) -> C) -> Vec<C> {
    rows.iter().map(column).collect()
}

/// Counts of attempts stay far below this.
fn integer(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
