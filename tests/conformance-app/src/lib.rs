//! The conformance suite's app on our own SDK: the very functions of `tests/inngest`, which are
//! written on the official TypeScript SDK. It runs in workerd behind the worker's own JavaScript
//! and is no part of the worker.

mod app;
mod checkpointing;
mod concurrent;
mod errors;
mod flow;
mod host;
mod models;
mod others;
mod runner;
mod signals;
mod steps;
mod streaming;
mod waits;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use app::{answer, configuration};
pub use host::Host;
pub use runner::Runner;
