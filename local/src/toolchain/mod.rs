//! What the stack needs on this machine, and how it gets there: the Wasm target, the pinned npm
//! packages, the worker and the checker; for the tests also a browser.

pub mod browser;
pub mod npm;
pub mod prepare;
pub mod program;
pub mod requirement;
pub mod wasm;
pub mod wasm_target;
pub mod workspace;
