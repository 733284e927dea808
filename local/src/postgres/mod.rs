//! A real Postgres that nobody had to install.
//!
//! The binaries come from, in this order: the folder that `ITEMSMITH_POSTGRES_BIN` names, the npm
//! package `@embedded-postgres/<platform>` under `local/node`, a Postgres of the system. The server
//! listens on 127.0.0.1 only, with a random password that is kept beside its data.
//!
//! Postgres refuses to run as root. Started by root it runs in a user namespace of its own, where it
//! is `nobody` while every file still belongs to root: no account and no change of owner is
//! needed. Where user namespaces are closed it runs as `nobody` and owns its data folder.
//!
//! It does not outlive the process that started it, however that one ends: see [`keeper`].

mod binaries;
mod cluster;
mod error;
mod identity;
mod keeper;
mod migrate;
mod server;
mod test_database;

pub use binaries::{Binaries, Origin};
pub use error::PostgresError;
pub use migrate::{migrate, seed_development_key};
pub use server::{Postgres, PostgresConfig};
pub use test_database::create_test_database;
