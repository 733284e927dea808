//! The stack's own Postgres, started again when it dies.

use std::{path::Path, time::Duration};

use tokio::{sync::watch, task::JoinHandle};

use super::service::told_to_stop;
use crate::postgres::{Postgres, PostgresConfig, PostgresError};

/// Pause before a start after a failed one: a server that cannot start fills its log otherwise.
const RESTART_PAUSE: Duration = Duration::from_millis(500);

/// A kept server; dropping it stops the server.
#[derive(Debug)]
pub struct Database {
    url: String,
    pid: watch::Receiver<u32>,
    stop: watch::Sender<bool>,
    keeper: JoinHandle<()>,
}

impl Database {
    /// Starts a server below `folder` and its keeper.
    ///
    /// # Errors
    /// When the server does not come up the first time.
    pub async fn start(folder: &Path, durable: bool) -> Result<Self, PostgresError> {
        let postgres = Postgres::start(PostgresConfig {
            data_dir: folder.join("postgres"),
            port: None,
            durable,
        })
        .await?;
        let url = postgres.url();
        let (tell_pid, pid) = watch::channel(postgres.pid());
        let (stop, stopped) = watch::channel(false);
        let keeper = tokio::spawn(keep(postgres, tell_pid, stopped));
        Ok(Self {
            url,
            pid,
            stop,
            keeper,
        })
    }

    /// The connection string, with the password; the same after a restart.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The server's process id, as long as it lives.
    #[must_use]
    pub fn pid(&self) -> u32 {
        *self.pid.borrow()
    }

    /// The same for somebody who looks later, from anywhere.
    #[must_use]
    pub fn pid_watch(&self) -> watch::Receiver<u32> {
        self.pid.clone()
    }

    /// Stops it and waits until everything is written.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let _ended = (&mut self.keeper).await;
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The keeper owns the server, which stops when it is dropped.
        self.keeper.abort();
    }
}

async fn keep(
    mut postgres: Postgres,
    tell_pid: watch::Sender<u32>,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        tokio::select! {
            _status = postgres.wait() => {}
            () = told_to_stop(&mut stopped) => return postgres.stop().await,
        }
        tracing::warn!(service = "postgres", "ended by itself; starting it again");
        while let Err(error) = postgres.restart().await {
            tracing::error!(service = "postgres", %error, "does not start");
            tokio::select! {
                () = tokio::time::sleep(RESTART_PAUSE) => {}
                () = told_to_stop(&mut stopped) => return,
            }
        }
        tell_pid.send_replace(postgres.pid());
    }
}
