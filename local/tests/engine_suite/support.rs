//! A Postgres for all tests, an engine and a database for each, and waiting for conditions.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use itemsmith_local::{
    engine::{self, EngineConfig},
    postgres::{Postgres, PostgresConfig},
};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

/// Nothing here takes longer unless it is broken; builds share the machine with the tests.
const DEADLINE: Duration = Duration::from_secs(60);

/// One server for this test program; it ends with the process.
static SERVER: OnceCell<(Postgres, tempfile::TempDir)> = OnceCell::const_new();

/// A fresh database.
pub async fn database() -> String {
    let (server, _) = SERVER
        .get_or_init(|| async {
            let folder = tempfile::tempdir().unwrap();
            let data_dir = folder.path().join("postgres");
            let config = PostgresConfig {
                data_dir,
                port: None,
                durable: false,
            };
            (Postgres::start(config).await.unwrap(), folder)
        })
        .await;
    let name = format!("engine_{}", ulid::Ulid::from_parts(0, unique()));
    let (client, connection) = tokio_postgres::connect(&server.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
        .batch_execute(&format!("CREATE DATABASE \"{name}\""))
        .await
        .unwrap();
    let url = server.url();
    let (start, _) = url.rsplit_once('/').unwrap();
    format!("{start}/{name}")
}

fn unique() -> u128 {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).unwrap();
    u128::from_le_bytes(bytes)
}

/// A free port that stays the same over restarts of an engine.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// An engine under test. Dropping it is a crash: its task is aborted wherever it is.
pub struct TestEngine {
    pub origin: String,
    pub config: EngineConfig,
    life: Life,
}

/// What an engine under test is, and so how it is killed.
enum Life {
    Task(tokio::task::JoinHandle<()>),
    Process(Box<tokio::process::Child>),
}

impl TestEngine {
    /// Starts one on a fresh database, with retries after 20 ms.
    pub async fn start(change: impl FnOnce(&mut EngineConfig)) -> Self {
        let mut config = EngineConfig::development(database().await);
        config.listen = SocketAddr::from(([127, 0, 0, 1], free_port()));
        config.retry_base = Duration::from_millis(20);
        config.poll_interval = Duration::from_millis(300);
        change(&mut config);
        Self::with(config).await
    }

    /// Starts one as configured.
    pub async fn with(config: EngineConfig) -> Self {
        let task = tokio::spawn({
            let config = config.clone();
            async move { engine::run(config, std::future::pending()).await.unwrap() }
        });
        Self::answering(config, Life::Task(task)).await
    }

    /// Starts one as a process of its own.
    pub async fn process(config: EngineConfig) -> Self {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_itemsmith"));
        command
            .arg("engine")
            .args(["--listen", &config.listen.to_string()]);
        command.args(["--database-url", &config.database_url]);
        command.args([
            "--retry-base-ms",
            &config.retry_base.as_millis().to_string(),
        ]);
        command.args(["--max-calls", &config.max_concurrent_calls.to_string()]);
        for url in &config.app_urls {
            command.args(["--app", url]);
        }
        command
            .env_remove("INNGEST_SIGNING_KEY")
            .env_remove("INNGEST_EVENT_KEY");
        command
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        let child = command.kill_on_drop(true).spawn().unwrap();
        Self::answering(config, Life::Process(Box::new(child))).await
    }

    async fn answering(config: EngineConfig, life: Life) -> Self {
        let engine = Self {
            origin: format!("http://{}", config.listen),
            config,
            life,
        };
        eventually("the engine answers", async || {
            reqwest::get(format!("{}/health", engine.origin)).await.ok()
        })
        .await;
        engine
    }

    /// Kills it in the middle of whatever it does and starts another on the same state.
    pub async fn crash_and_restart(mut self) -> Self {
        match &mut self.life {
            Life::Task(task) => {
                task.abort();
                let _ = task.await;
                Self::with(self.config.clone()).await
            }
            Life::Process(child) => {
                // SIGKILL.
                child.kill().await.unwrap();
                Self::process(self.config.clone()).await
            }
        }
    }

    /// Kills it for good.
    pub async fn stopped(mut self) {
        if let Life::Task(task) = &mut self.life {
            task.abort();
            let _ = task.await;
        }
    }

    /// Sends events and gives the engine's ids for them.
    pub async fn send(&self, events: Value) -> Vec<String> {
        let (status, body) = self.post("/e/test", &events).await;
        assert_eq!(status, 200, "{body}");
        body["ids"]
            .as_array()
            .unwrap()
            .iter()
            .map(|id| id.as_str().unwrap().to_owned())
            .collect()
    }

    /// Sends one event and waits for the end of the one run that it starts.
    pub async fn run(&self, name: &str, data: Value) -> Value {
        let ids = self.send(json!({"name": name, "data": data})).await;
        self.ended(&ids[0]).await
    }

    /// Waits for the end of the one run that an event starts.
    pub async fn ended(&self, event: &str) -> Value {
        eventually("the run ends", async || {
            let runs = self.runs(event).await;
            assert!(runs.len() <= 1, "{runs:?}");
            runs.into_iter()
                .next()
                .filter(|run| run["status"] != "Running")
        })
        .await
    }

    /// The runs that an event started.
    pub async fn runs(&self, event: &str) -> Vec<Value> {
        let (status, body) = self.get(&format!("/v1/events/{event}/runs")).await;
        assert_eq!(status, 200, "{body}");
        body["data"].as_array().unwrap().clone()
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        answer(reqwest::Client::new().get(format!("{}{path}", self.origin))).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(
            reqwest::Client::new()
                .post(format!("{}{path}", self.origin))
                .json(body),
        )
        .await
    }

    pub async fn delete(&self, path: &str) -> u16 {
        answer(reqwest::Client::new().delete(format!("{}{path}", self.origin)))
            .await
            .0
    }
}

impl Drop for TestEngine {
    fn drop(&mut self) {
        if let Life::Task(task) = &self.life {
            task.abort();
        }
    }
}

async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    )
}

/// Waits until the condition gives something.
pub async fn eventually<T>(what: &str, condition: impl AsyncFn() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(value) = condition().await {
            return value;
        }
        assert!(begun.elapsed() < DEADLINE, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// An engine and the test app, registered with it.
pub struct Pair {
    pub engine: TestEngine,
    pub app: super::app::TestApp,
}

/// The signing key of both sides of [`Pair::signed`].
pub const KEY: &str = "signkey-test-0123456789abcdef0123456789abcdef";

impl Pair {
    /// An engine with a signing key, and the app in cloud mode: it verifies every call and presents
    /// its key.
    pub async fn signed() -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let origin = format!("http://{listen}");
        let settings = itemsmith_steps::Settings {
            dev: Some("0".into()),
            signing_key: Some(KEY.into()),
            event_key: Some("events".into()),
            base_url: Some(origin.clone()),
            ..itemsmith_steps::Settings::default()
        };
        let log = super::app::Log::default();
        let app = super::app::TestApp::start(&origin, 0, log, settings).await;
        let engine = TestEngine::start(|config| {
            config.listen = listen;
            config.app_urls = vec![app.url.clone()];
            config.signing_key = Some(engine::SigningKey::new(KEY));
        })
        .await;
        engine.registered().await;
        Self { engine, app }
    }

    /// Starts both and waits until the app is known.
    pub async fn start() -> Self {
        Self::configured(|_| {}).await
    }

    /// The same, with another configuration.
    pub async fn configured(change: impl FnOnce(&mut EngineConfig)) -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let log = super::app::Log::default();
        let settings = itemsmith_steps::Settings::default();
        let app = super::app::TestApp::start(&format!("http://{listen}"), 0, log, settings).await;
        let engine = TestEngine::start(|config| {
            config.listen = listen;
            config.app_urls = vec![app.url.clone()];
            change(config);
        })
        .await;
        engine.registered().await;
        Self { engine, app }
    }
}

impl TestEngine {
    /// Waits until an app is known.
    pub async fn registered(&self) {
        eventually("the app registers", async || {
            let mut request = reqwest::Client::new().get(format!("{}/dev", self.origin));
            if let Some(key) = &self.config.signing_key {
                request = request.bearer_auth(key.bearer());
            }
            let (_, body) = answer(request).await;
            body["functions"]
                .as_array()
                .filter(|list| !list.is_empty())
                .map(|_| ())
        })
        .await;
    }
}
