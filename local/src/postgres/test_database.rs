//! Databases for tests: a migrated template, cloned.

use uuid::Uuid;

use super::{
    PostgresError,
    migrate::{connect, fingerprint, migrate},
};

/// The advisory lock that keeps two makers of the template apart: an arbitrary number of our own.
const LOCK: i64 = 0x6974_656d_7465_7374;

/// A fresh, migrated database on the server of `url`; gives its connection string. Cloning the
/// template takes a fraction of the time that the migrations take.
///
/// # Errors
/// When the server cannot be reached or the template cannot be made.
pub async fn create_test_database(url: &str) -> Result<String, PostgresError> {
    let client = connect(url).await?;
    let template = format!("itemsmith_template_{}", fingerprint());
    client
        .execute("SELECT pg_advisory_lock($1)", &[&LOCK])
        .await?;
    let found = "SELECT FROM pg_database WHERE datname = $1";
    if client.query_opt(found, &[&template]).await?.is_none() {
        // Made under another name first: a template with its own name is whole.
        let half = format!("{template}_half");
        client
            .batch_execute(&format!("DROP DATABASE IF EXISTS {half} WITH (FORCE)"))
            .await?;
        client
            .batch_execute(&format!("CREATE DATABASE {half}"))
            .await?;
        migrate(&on(url, &half)).await?;
        client
            .batch_execute(&format!("ALTER DATABASE {half} RENAME TO {template}"))
            .await?;
    }
    client
        .execute("SELECT pg_advisory_unlock($1)", &[&LOCK])
        .await?;
    let name = format!("test_{}", fresh_name()?);
    client
        .batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
        .await?;
    Ok(on(url, &name))
}

fn fresh_name() -> Result<String, PostgresError> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| PostgresError::Program {
        program: "test database",
        output: error.to_string(),
    })?;
    Ok(Uuid::from_bytes(bytes).simple().to_string())
}

/// The same server, another database.
fn on(url: &str, database: &str) -> String {
    let (address, query) = match url.split_once('?') {
        Some((address, query)) => (address, format!("?{query}")),
        None => (url, String::new()),
    };
    let server = address
        .rsplit_once('/')
        .map_or(address, |(server, _)| server);
    format!("{server}/{database}{query}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_the_database_of_an_address_changes() {
        let url = "postgres://u:p@127.0.0.1:5432/itemsmith?sslmode=disable";
        assert_eq!(
            super::on(url, "other"),
            "postgres://u:p@127.0.0.1:5432/other?sslmode=disable"
        );
        assert_eq!(super::on("postgres://h/d", "e"), "postgres://h/e");
    }
}
