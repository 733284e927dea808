//! The event engine against a real Postgres and apps built on our own SDK.

mod engine_suite {
    pub mod app;
    pub mod checkpoints;
    pub mod durability;
    pub mod events;
    pub mod failures;
    pub mod flow;
    pub mod flow_functions;
    pub mod gateway;
    pub mod limits;
    pub mod log;
    pub mod page;
    pub mod page_app;
    pub mod page_browser;
    pub mod rest;
    pub mod signals;
    pub mod steps;
    pub mod support;
    pub mod sync;
    pub mod wire_app;
}
