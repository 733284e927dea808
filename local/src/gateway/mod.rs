//! The SQL-over-HTTP gateway: Neon's protocol in front of a plain Postgres.
