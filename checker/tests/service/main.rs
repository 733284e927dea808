//! The service as its callers see it: the real binary over HTTP, on the real compilers.

mod command_line;
mod faults;
mod http;
mod support;
mod verdicts;
