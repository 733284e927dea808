//! Everything the cloud provides, on one machine: Postgres, the SQL-over-HTTP gateway, an event
//! engine, a rehearsal model, the supervisor and the command line.

pub mod cli;
pub mod client;
pub mod engine;
pub mod gateway;
pub mod postgres;
pub mod rehearsal;
pub mod stack;
pub mod toolchain;
