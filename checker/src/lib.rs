//! The checker: types, policy and execution of one template, as a service.
//!
//! A check runs in this order, cheapest first: [`policy::scan_limits`] refuses what would harm a
//! parser, [`policy::check`] walks the syntax tree, an [`engine::Engine`] asks the real TypeScript
//! compiler, and [`sandbox`] executes a source in which nothing was found. [`check`] puts the four
//! together into a verdict; [`server`] serves it over HTTP.

pub mod check;
pub mod cli;
pub mod contract;
pub mod engine;
pub mod policy;
pub mod sandbox;
pub mod server;
