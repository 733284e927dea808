//! What the tests of the database share: one server per test program, one database per test, and a
//! client that sends statements the way the edge does.

use std::{net::Ipv4Addr, path::Path};

use itemsmith_local::{
    gateway::{Gateway, GatewayArgs},
    postgres::{Postgres, PostgresConfig, create_test_database},
};
use itemsmith_sql::{Answer, Query, SqlError, Statement, wire};
use nix::{sys::signal::kill, unistd::Pid};
use tokio::sync::OnceCell;
use tokio_postgres::NoTls;

static SERVER: OnceCell<Postgres> = OnceCell::const_new();

/// The server of this test program; the kernel ends it with the program.
pub async fn server() -> &'static Postgres {
    let start = || async {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("postgres");
        let data_dir = folder.join(std::process::id().to_string());
        // Some ten thousand small files: not worth waiting for.
        std::thread::spawn(move || forget_the_dead(&folder));
        let config = PostgresConfig {
            data_dir,
            port: None,
            durable: false,
        };
        Postgres::start(config)
            .await
            .expect("the embedded Postgres starts")
    };
    SERVER.get_or_init(start).await
}

/// Removes what test programs that are gone have left.
fn forget_the_dead(folder: &Path) {
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        let pid = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        if pid.is_some_and(|pid| kill(Pid::from_raw(pid), None).is_err()) {
            let _another_program_was_faster = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// A database of a test's own, behind a gateway of its own.
pub struct Database {
    pub url: String,
    pub gateway: Gateway,
    http: reqwest::Client,
}

impl Database {
    pub async fn new() -> Self {
        let url = create_test_database(&server().await.url()).await.unwrap();
        let listen = (Ipv4Addr::LOCALHOST, 0).into();
        let args = GatewayArgs {
            listen,
            database_url: Some(url.clone()),
            connections: 16,
        };
        let gateway = Gateway::start(args).await.unwrap();
        Self {
            url,
            gateway,
            http: reqwest::Client::new(),
        }
    }

    /// Sends headers and a body as they are.
    pub async fn post(&self, headers: &[(&str, &str)], body: String) -> (u16, String) {
        let mut request = self.http.post(self.gateway.url()).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    async fn send(&self, request: wire::SqlRequest) -> (u16, String) {
        let headers: Vec<_> = request
            .headers
            .iter()
            .map(|(n, v)| (*n, v.as_str()))
            .collect();
        self.post(&headers, request.body).await
    }

    /// Runs one of the product's statements.
    pub async fn run<Q: Query>(&self, query: &Q) -> Result<Q::Output, SqlError> {
        let answer = self.statement(&query.statement()).await?;
        Ok(query.decode(answer)?)
    }

    /// Runs any statement.
    pub async fn statement(&self, statement: &Statement) -> Result<Answer, SqlError> {
        let (status, body) = self.send(wire::encode(&self.url, statement)?).await;
        wire::decode(status, body.as_bytes())
    }

    /// Runs a statement without parameters.
    pub async fn sql(&self, sql: &'static str) -> Result<Answer, SqlError> {
        self.statement(&Statement {
            sql,
            params: Vec::new(),
        })
        .await
    }

    /// The only value of a statement's only row.
    pub async fn value(&self, sql: &'static str) -> String {
        self.sql(sql).await.unwrap().rows[0][0]
            .clone()
            .unwrap_or_default()
    }

    /// A plain connection to the same database.
    pub async fn direct(&self) -> tokio_postgres::Client {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }
}
