//! The durable functions that turn an item into a proven template, and their prompts.
//!
//! Everything that touches the world goes through [`Ports`]; everything that must happen once
//! goes through a named step. A replay of any function here changes nothing.

pub mod functions;
pub mod limits;
pub mod ports;
pub mod prompt;
pub mod reply;
pub mod retry;

pub use functions::{APP_ID, Orchestrator};
pub use ports::Ports;
