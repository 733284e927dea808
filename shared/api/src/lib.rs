//! Request and response types, problem documents, limits and configuration.
//!
//! Everything is pure: the environment, the clock and the wire come in as arguments, so the edge
//! worker, the local stack and the command line decide the same way.

pub mod auth;
pub mod config;
pub mod etag;
pub mod problem;
pub mod request;
pub mod response;
pub mod route;
pub mod secret;
pub mod webhook;

pub use problem::{Code, Problem};
pub use secret::Secret;
