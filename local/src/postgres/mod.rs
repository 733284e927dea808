//! Postgres that nobody had to install.
