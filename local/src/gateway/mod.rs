//! Neon's SQL-over-HTTP protocol in front of a plain Postgres.
//!
//! `POST /sql` takes one statement, or several as one transaction, and answers with rows of text. The
//! edge and any unmodified client of the protocol (`@neondatabase/serverless` for one) work against
//! it as they do against Neon. It speaks Postgres's own protocol underneath, because no client
//! library hands over results in text form together with their fields.
//!
//! It is for one machine: it connects to loopback addresses and to the server that it was started
//! for, and nowhere else, and it does not speak TLS.

mod args;
mod connection;
mod endpoint;
mod error;
mod json;
mod limits;
mod metrics;
mod pool;
mod request;
mod server;
mod startup;
mod target;
mod value;

#[cfg(test)]
mod tests;

pub use args::GatewayArgs;
pub use error::GatewayError;
pub use server::{Gateway, main};
