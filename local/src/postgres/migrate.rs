//! The schema: plain SQL files, each applied once.

use itemsmith_sql::{Query, SeedKey};
use tokio_postgres::{Client, NoTls, types::Type};

use super::PostgresError;

mod embedded {
    refinery::embed_migrations!("../migrations");
}

/// The advisory lock that keeps two migrations apart: an arbitrary number of our own.
const LOCK: i64 = 0x6974_656d_736d_6974;

/// Brings the schema of `url` up to date; does nothing when it is. Two at once are safe.
///
/// # Errors
/// When the database cannot be reached or a migration fails, which leaves that one undone.
pub async fn migrate(url: &str) -> Result<(), PostgresError> {
    let mut client = connect(url).await?;
    // Held by this connection and freed with it. A proxy that pools connections would lose it, so
    // the address must be the direct one.
    client
        .execute("SELECT pg_advisory_lock($1)", &[&LOCK])
        .await?;
    let report = embedded::migrations::runner().run_async(&mut client).await;
    let applied = report.inspect_err(|error| {
        tracing::error!(error = ?error, "migration failed");
    })?;
    for migration in applied.applied_migrations() {
        tracing::info!(migration = %migration, "migrated");
    }
    client
        .execute("SELECT pg_advisory_unlock($1)", &[&LOCK])
        .await?;
    Ok(())
}

/// The name of the last migration that this program knows, such as `V3__guards`.
pub(super) fn fingerprint() -> String {
    let runner = embedded::migrations::runner();
    let text: String = runner
        .get_migrations()
        .iter()
        .map(|migration| format!("{migration}:{:x}\n", migration.checksum()))
        .collect();
    itemsmith_domain::Digest::of(text.as_bytes()).as_str()[..16].to_owned()
}

/// Puts the development API key in place, for the tenant `development`.
///
/// # Errors
/// When the database cannot be reached or its schema is missing.
pub async fn seed_development_key(url: &str, key_hash: &str) -> Result<(), PostgresError> {
    let client = connect(url).await?;
    let key_hash = itemsmith_domain::Digest::try_from(key_hash.to_owned()).map_err(|_| {
        PostgresError::Program {
            program: "seed",
            output: "the key's hash is no digest".to_owned(),
        }
    })?;
    let statement = SeedKey {
        key_hash: &key_hash,
        tenant: "development",
        prefix: "ism_development",
        scopes: &["templates:read", "templates:write", "check", "admin"],
    }
    .statement();
    let params = statement
        .params
        .iter()
        .map(|value| (value.as_deref(), Type::TEXT));
    let params: Vec<_> = params.collect();
    let params: Vec<_> = params
        .iter()
        .map(|(value, kind)| (value as _, kind.clone()))
        .collect();
    client.query_typed(statement.sql, &params).await?;
    Ok(())
}

/// A connection whose driver runs on its own; it ends when the client is dropped.
pub(super) async fn connect(url: &str) -> Result<Client, PostgresError> {
    let config: tokio_postgres::Config = url.parse().map_err(PostgresError::Url)?;
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a database connection ended");
        }
    });
    Ok(client)
}
