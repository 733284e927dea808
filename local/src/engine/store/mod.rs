//! The engine's state in Postgres: schema, one writer, readers, and the load at start.

mod connect;
mod load;
mod read;
mod write;

use std::time::Duration;

use super::{clock::Millis, config::EngineError};
pub(super) use load::Loaded;
pub(super) use read::Reader;
pub(super) use write::Writer;

/// How long a start waits for the session of an engine that was killed just now.
const TAKEOVER: Duration = Duration::from_secs(10);

/// Opens the database: takes the lock, applies the schema, reads the state.
///
/// # Errors
/// The database cannot be used, or another engine owns it.
pub(super) async fn open(
    database_url: &str,
    keys_since: Millis,
) -> Result<(Writer, Reader, Loaded), EngineError> {
    let client = connect::owner(database_url, TAKEOVER).await?;
    client
        .batch_execute(include_str!("schema.sql"))
        .await
        .map_err(|source| EngineError::Database {
            doing: "applying its schema",
            source,
        })?;
    let loaded = load::load(&client, keys_since).await?;
    let reader = Reader::new(database_url.to_owned());
    Ok((
        Writer::new(database_url.to_owned(), client).await?,
        reader,
        loaded,
    ))
}
