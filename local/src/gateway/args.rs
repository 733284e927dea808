//! The command line of `itemsmith gateway`.

use std::net::SocketAddr;

/// Serve Neon's SQL-over-HTTP protocol in front of a Postgres on this machine.
#[derive(Debug, Clone, clap::Args)]
pub struct GatewayArgs {
    /// Address to serve on; port 0 takes a free one, told in the "listening" log line.
    #[arg(long, env = "GATEWAY_LISTEN", default_value = "127.0.0.1:4444")]
    pub listen: SocketAddr,
    /// The Postgres that it serves; besides it only loopback addresses can be asked for.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Connections to Postgres at most; more statements wait for one.
    #[arg(long, env = "GATEWAY_CONNECTIONS", default_value_t = 32)]
    pub connections: usize,
}
