//! What the end-to-end tests share: whole stacks on this machine, and ways to look into them.

pub mod conformance;
pub mod database;
pub mod fault;
pub mod journey;
pub mod proxy;
pub mod runner;
pub mod site;

pub use site::{Site, run, shared};
