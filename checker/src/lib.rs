//! The checker: types, policy and execution of one template, as a service.

pub mod policy;
pub mod sandbox;
