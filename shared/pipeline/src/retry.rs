//! Which trouble is tried again, when, and when it is given up: one table per neighbour.
//!
//! None of this uses up an iteration. A step fails, waits and runs again; when its retries are
//! spent, its error's name is the stable reason that the request ends with.

mod checker;
mod model;
mod pace;
mod retry_after;

pub use checker::checker_trouble;
pub use model::{ModelTrouble, model_trouble};
pub use pace::Pace;
pub use retry_after::retry_after;
