//! Where a request wants to go, and whether it may.

use std::net::{IpAddr, Ipv4Addr};

use tokio_postgres::config::Host;

use super::error::Refusal;

/// A database and who connects to it: the key of the pool.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Target {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) user: String,
    pub(super) password: Option<Vec<u8>>,
    pub(super) database: String,
    pub(super) application: Option<String>,
    pub(super) options: Option<String>,
}

impl Target {
    /// Reads a connection string.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let config: tokio_postgres::Config = text
            .parse()
            .map_err(|error: tokio_postgres::Error| error.to_string())?;
        let host = match config.get_hosts() {
            [Host::Tcp(host)] => host.clone(),
            [] => match config.get_hostaddrs() {
                [address] => address.to_string(),
                _ => return Err("exactly one host is needed".to_owned()),
            },
            _ => return Err("exactly one host is needed, and not a socket".to_owned()),
        };
        let user = config
            .get_user()
            .filter(|user| !user.is_empty())
            .ok_or("a user is needed")?;
        let database = config.get_dbname().filter(|name| !name.is_empty());
        Ok(Self {
            host,
            port: config.get_ports().first().copied().unwrap_or(5432),
            user: user.to_owned(),
            password: config.get_password().map(<[u8]>::to_vec),
            database: database.ok_or("a database is needed")?.to_owned(),
            application: config.get_application_name().map(str::to_owned),
            options: config.get_options().map(str::to_owned),
        })
    }

    /// Reads the connection string of a request; only loopback addresses and the server that this
    /// gateway was started for may be asked for.
    pub(super) fn allowed(text: &str, own: Option<&Self>) -> Result<Self, Refusal> {
        let target = Self::parse(text)
            .map_err(|why| Refusal::Request(format!("invalid connection string: {why}")))?;
        let is_own = own.is_some_and(|own| (&own.host, own.port) == (&target.host, target.port));
        if is_own || loopback(&target.host) {
            return Ok(target);
        }
        Err(Refusal::Request(format!(
            "this gateway serves databases on this machine, not {}; start it with that \
             database's DATABASE_URL, or use the database's own SQL-over-HTTP address",
            target.host
        )))
    }
}

fn loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|address| match address {
                IpAddr::V4(address) => address.is_loopback() || address == Ipv4Addr::UNSPECIFIED,
                IpAddr::V6(address) => address.is_loopback(),
            })
}
