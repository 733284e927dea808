//! What the functions need from outside.

/// The SDK's host.
pub trait Host: itemsmith_steps::Host {}
