//! The conformance suite: the same functions on our SDK in workerd and on the official TypeScript
//! SDK in Node.js, each against an engine of its own, everything between them recorded and
//! compared field by field.

mod cases;
mod compare;
mod differences;
mod engine;
mod exchange;
mod normal;
mod probes;
mod proxy;
mod report;
mod secrets;
mod side;
mod signed;
mod stand_in;
mod table;
mod transcript;

pub use cases::{CASES, Case};
pub use compare::Difference;
pub use differences::{Expected, differences, unlisted};
pub use exchange::{Exchange, Message};
pub use probes::{PROBES, Probe};
pub use report::{Finding, Report, observe};
pub use side::{EVENT_KEY, Side};
pub use table::{POINTS, document, refreshed};
