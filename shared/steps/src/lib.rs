#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod answer;
mod call;
mod checkpoint;
pub mod client;
mod config;
mod drive;
mod duration;
mod failure;
mod function;
mod hash;
mod hex;
mod http;
mod jcs;
mod memory;
mod op;
mod serve;
pub mod signal;
pub mod signature;
mod step;
pub mod stream;
pub mod testing;

pub use answer::{Answer, Violation};
pub use call::{Call, CallContext, CallError, Event, InvalidData};
pub use checkpoint::{Checkpointing, Checkpoints};
pub use config::{Config, ConfigError, Mode, Settings};
pub use drive::drive;
pub use failure::{Failure, Retry, StepError};
pub use function::{
    AppError, AppErrors, Batch, CancelOn, Concurrency, Debounce, FUNCTION_FAILED, FunctionConfig,
    Problem, Rate, Scope, Singleton, SingletonMode, Timeouts, Trigger, check,
};
pub use http::{FetchError, Headers, HttpRequest, HttpResponse, Method};
pub use op::{Op, OpCode};
pub use serve::{App, Host, SDK, respond, serve};
pub use step::{
    FunctionRef, Inference, ModelFormat, OnConflict, Signal, Step, WaitFor, WaitForSignal,
};
