//! Items, seeds, verdicts and the status machine: the pure core.
//!
//! Nothing here is async, reads a clock, draws a random number or reads the environment.

pub mod check;
pub mod digest;
pub mod event;
pub mod finding;
pub mod ingress;
pub mod item;
pub mod json;
pub mod limits;
pub mod seed;
pub mod status;
pub mod widget;

pub use digest::Digest;
pub use finding::{Diagnostic, Finding, Phase};
pub use json::Json;
pub use seed::Seed;
pub use status::{FailureReason, IterationStatus, RequestStatus};
pub use widget::Warning;
