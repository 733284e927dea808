//! Inngest's SDK protocol, sans I/O: signatures, sync, introspection, durable steps.

mod answer;
mod call;
pub mod client;
mod config;
mod drive;
mod duration;
mod failure;
mod function;
mod hex;
mod http;
mod op;
mod serve;
mod step;

pub use answer::{Answer, Violation};
pub use call::{Call, CallContext, CallError, Event};
pub use config::{Config, ConfigError, Settings};
pub use drive::drive;
pub use failure::{Failure, Retry, StepError};
pub use function::{CancelOn, Concurrency, FunctionConfig, Timeouts, Trigger};
pub use http::{FetchError, Headers, HttpRequest, HttpResponse, Method};
pub use op::{Op, OpCode};
pub use serve::{App, Host, serve};
pub use step::{Step, WaitFor};
