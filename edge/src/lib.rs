//! The Wasm worker: ingress, status, artifacts and the Inngest endpoint.
//!
//! A thin JavaScript host (`js/`) hands a request over as plain parts and gets plain parts back;
//! everything between is here and runs natively in tests. What the host gives (HTTP, the clock,
//! randomness, a line of log) is the trait [`Outside`].

mod app;
mod flat;
mod http;
pub mod log;
mod outside;
mod ports;
mod routes;
mod settings;

#[cfg(target_arch = "wasm32")]
mod wasm;

pub use app::{Answer, App};
pub use flat::Flat;
pub use http::{Incoming, Outgoing};
pub use outside::{Exchange, FetchTrouble, Outside};
pub use ports::After;
pub use settings::Settings;

#[cfg(all(test, not(target_arch = "wasm32")))]
mod testing;
