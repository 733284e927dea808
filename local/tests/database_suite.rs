//! The database of the local stack: the embedded server, the gateway in front of it, and the
//! product's statements through both. One program, so that one server serves all of it.

mod database_suite {
    mod attempts;
    mod creating;
    mod endings;
    mod gateway;
    mod guards;
    mod leaving;
    mod neon_client;
    mod server;
    mod statements;
    mod support;
}
