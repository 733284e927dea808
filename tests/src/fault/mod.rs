//! Faults at chosen points: every message between the parts of a stack is counted, and at one of
//! them a process is killed with SIGKILL.

mod kill;
mod points;
mod relay;
mod wires;

pub use kill::{kill_database, kill_process};
pub use points::{Moment, Point, every, thorough};
pub use wires::Wires;
