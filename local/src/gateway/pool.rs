//! Connections kept for the next request, per database and user.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{
    connection::Connection,
    error::Refusal,
    limits,
    startup::{cancel, connect},
    target::Target,
};

/// Every idle connection.
pub(super) struct Pool {
    idle: Mutex<HashMap<Target, Vec<Connection>>>,
    permits: Arc<Semaphore>,
}

impl Pool {
    /// A pool of at most `connections` busy ones.
    pub(super) fn new(connections: usize) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(connections.max(1)));
        Arc::new(Self {
            idle: Mutex::default(),
            permits,
        })
    }

    /// A sound connection to `target`, an idle one if there is one.
    pub(super) async fn checkout(self: &Arc<Self>, target: Target) -> Result<Checkout, Refusal> {
        let permit = timeout(limits::CHECKOUT, Arc::clone(&self.permits).acquire_owned()).await;
        let Ok(Ok(permit)) = permit else {
            let why = "every connection to the database is busy; try again later";
            return Err(Refusal::Unreachable(why.to_owned()));
        };
        let connection = match self.take(&target) {
            Some(connection) => connection,
            None => connect(&target).await?,
        };
        Ok(Checkout {
            pool: Arc::clone(self),
            target,
            connection: Some(connection),
            permit: Some(permit),
        })
    }

    /// How many connections are idle.
    pub(super) fn idle(&self) -> usize {
        self.lock().values().map(Vec::len).sum()
    }

    fn take(&self, target: &Target) -> Option<Connection> {
        let mut idle = self.lock();
        let kept = idle.get_mut(target)?;
        // The newest is the likeliest to be sound; the ones that are not are dropped.
        while let Some(connection) = kept.pop() {
            if connection.is_sound() {
                return Some(connection);
            }
        }
        idle.remove(target);
        None
    }

    fn put(&self, target: Target, connection: Connection) {
        self.lock().entry(target).or_default().push(connection);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Target, Vec<Connection>>> {
        // Nothing that panics runs under the lock.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection in use.
///
/// Dropped in the middle of a statement, which is what happens when the client disconnects, it
/// asks Postgres to stop and gives the connection up.
pub(super) struct Checkout {
    pool: Arc<Pool>,
    target: Target,
    connection: Option<Connection>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Checkout {
    /// The connection.
    pub(super) fn connection(&mut self) -> &mut Connection {
        self.connection
            .as_mut()
            .expect("it is there until give_back, which takes self")
    }

    /// Gives the connection back after its last statement; it is reset while nobody waits.
    pub(super) fn give_back(mut self) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        let (pool, target, permit) = (
            Arc::clone(&self.pool),
            self.target.clone(),
            self.permit.take(),
        );
        tokio::spawn(async move {
            if connection.is_sound() && connection.reset().await.is_ok() {
                pool.put(target, connection);
            }
            drop(permit);
        });
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        let Some(key) = connection.cancel_key() else {
            return;
        };
        let (target, permit) = (self.target.clone(), self.permit.take());
        tokio::spawn(async move {
            if let Err(error) = cancel(&target, key).await {
                tracing::debug!(%error, "a statement could not be cancelled");
            }
            drop((connection, permit));
        });
    }
}
