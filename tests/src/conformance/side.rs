//! One side of the comparison: an app, an engine, and what passes between them.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use itemsmith_local::{
    engine::{EngineConfig, SigningKey},
    stack::{Port, RunFolder, Service, ServiceSpec, workerd},
    toolchain::workspace,
};
use serde_json::Value;
use tokio::{sync::oneshot, task::JoinHandle};

use super::{
    proxy::{Proxy, Recorder},
    signed::{FALLBACK, KEY},
    stand_in,
};

/// The key under which events are taken.
pub const EVENT_KEY: &str = "conformance-event-key";
/// How long anything may take on a busy two-core machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// Pause between two looks.
const LOOK_PAUSE: Duration = Duration::from_millis(20);

/// On which SDK an app is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sdk {
    /// Ours, in workerd.
    Rust,
    /// The official one, in Node.js.
    TypeScript,
}

/// Addresses that differ from side to side, and what stands for them.
#[derive(Clone, Debug)]
pub struct Origins([(String, &'static str); 5]);

impl Origins {
    /// Each address and its name.
    pub fn named(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(origin, name)| (origin.as_str(), *name))
    }
}

/// An app and its engine, with a proxy before each; dropping it stops both.
pub struct Side {
    /// What the app is written on.
    pub sdk: Sdk,
    /// The app itself, past its proxy.
    pub app: String,
    /// The app as the engine reaches it: what goes there is recorded.
    pub recorded: String,
    /// The engine itself, past its proxy.
    pub engine: String,
    /// The models.
    pub models: String,
    /// What is the same on both sides by another address.
    pub origins: Origins,
    /// What passed.
    pub recorder: Recorder,
    /// For probes and looks.
    pub http: reqwest::Client,
    service: Service,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
    _proxies: [Proxy; 3],
    _ports: [Port; 2],
}

impl Side {
    /// Starts the app, then an engine on `database` that it registers with.
    pub async fn start(sdk: Sdk, apps: &[&str], database: String, folder: &RunFolder) -> Self {
        let ports = [(); 2].map(|()| Port::claim(None).expect("a port"));
        let (app, engine) = (ports[0].origin(), ports[1].origin());
        let recorder = Recorder::default();
        let to_app = Proxy::start(app.clone(), true, recorder.clone(), stand_in::nothing).await;
        let to_engine =
            Proxy::start(engine.clone(), false, recorder.clone(), stand_in::server).await;
        let models = Proxy::start(String::new(), false, recorder.clone(), stand_in::model).await;
        let env = environment(&to_app.origin, &to_engine.origin);
        let spec = match sdk {
            Sdk::Rust => rust(&app, env, folder),
            Sdk::TypeScript => typescript(&app, &ports[0], env),
        };
        let itemsmith = std::env::var_os("ITEMSMITH_BIN");
        let itemsmith = itemsmith.map_or_else(|| workspace::built("itemsmith"), Into::into);
        let service = Service::start(spec, &itemsmith, folder.path()).expect("the app starts");
        service.ready().await.expect("the app answers");
        let (stop, stopped) = oneshot::channel();
        let config = EngineConfig {
            listen: ports[1]
                .address()
                .parse::<SocketAddr>()
                .expect("an address"),
            app_urls: apps
                .iter()
                .map(|path| format!("{}{path}", to_app.origin))
                .collect(),
            event_keys: vec![EVENT_KEY.to_owned()],
            signing_key: Some(SigningKey::new(KEY)),
            // The first back-off of a step; the default would make the suite wait for it.
            retry_base: Duration::from_millis(50),
            // Once registered, the apps stay as they are.
            poll_interval: Duration::from_secs(3600),
            ..EngineConfig::development(database)
        };
        let engine_run = itemsmith_local::engine::run(config, async move {
            let _told = stopped.await;
        });
        let running = tokio::spawn(async move { engine_run.await.expect("the engine runs") });
        let origins = Origins([
            (to_app.origin.clone(), "<app>"),
            (to_engine.origin.clone(), "<engine>"),
            (app.clone(), "<app itself>"),
            (engine.clone(), "<engine itself>"),
            (models.origin.clone(), "<models>"),
        ]);
        let side = Self {
            sdk,
            app,
            recorded: to_app.origin.clone(),
            engine,
            models: models.origin.clone(),
            origins,
            recorder,
            http: reqwest::Client::new(),
            service,
            stop,
            running,
            _proxies: [to_app, to_engine, models],
            _ports: ports,
        };
        side.registered(apps.len()).await;
        side
    }

    /// Waits until so many apps are registered.
    async fn registered(&self, apps: usize) {
        self.until("the apps' registration", async || {
            let exchanges = self.recorder.exchanges();
            let answers = exchanges.iter().filter(|e| e.path() == "/fn/register");
            let mut good = 0;
            for exchange in answers.filter(|exchange| exchange.status != 0) {
                let said = String::from_utf8_lossy(&exchange.response.body);
                assert_eq!(exchange.status, 200, "{:?}: {said}", self.sdk);
                good += 1;
            }
            (good >= apps).then_some(())
        })
        .await
        .unwrap_or_else(|error| panic!("{:?}: {error}\n{}", self.sdk, self.log()));
    }

    /// Looks until there is something.
    ///
    /// # Errors
    /// Says for what it waited in vain.
    pub async fn until<T>(
        &self,
        what: &str,
        look: impl AsyncFn() -> Option<T>,
    ) -> Result<T, String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look().await {
                return Ok(found);
            }
            if Instant::now() > deadline {
                return Err(format!("waited in vain for {what}"));
            }
            tokio::time::sleep(LOOK_PAUSE).await;
        }
    }

    /// The end of the app's log.
    pub fn log(&self) -> String {
        itemsmith_local::stack::tail(self.service.log(), 30)
    }

    /// Asks the engine's API, with its key.
    pub async fn api(&self, method: reqwest::Method, path: &str) -> (u16, Value) {
        let request = self
            .http
            .request(method, format!("{}{path}", self.engine))
            .bearer_auth(SigningKey::new(KEY).bearer());
        let response = request.send().await.expect("the engine answers");
        let status = response.status().as_u16();
        let body = response.bytes().await.unwrap_or_default();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    /// Waits until the app answers again, after a probe that ended it.
    pub async fn ready(&self) {
        self.service.ready().await.expect("the app answers again");
    }

    /// Stops the engine and the app.
    pub async fn stop(self) {
        let _gone = self.stop.send(());
        let _ended = self.running.await;
        self.service.stop().await;
    }
}

fn environment(app: &str, engine: &str) -> Vec<(String, String)> {
    [
        ("INNGEST_SIGNING_KEY", KEY),
        ("INNGEST_SIGNING_KEY_FALLBACK", FALLBACK),
        ("INNGEST_EVENT_KEY", EVENT_KEY),
        ("INNGEST_BASE_URL", engine),
        ("INNGEST_SERVE_ORIGIN", app),
        ("INNGEST_ENV", "suite"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn rust(origin: &str, env: Vec<(String, String)>, folder: &RunFolder) -> ServiceSpec {
    let bundle = workspace::conformance_bundle();
    workerd::spec(folder.path(), &bundle, origin, &env).expect("workerd's configuration")
}

fn typescript(origin: &str, port: &Port, env: Vec<(String, String)>) -> ServiceSpec {
    let app = workspace::root().join("tests/inngest/app.mjs");
    ServiceSpec {
        name: "typescript",
        program: "node".into(),
        args: vec![app.display().to_string(), port.number().to_string()],
        env,
        health: format!("{origin}/health"),
        grace_ms: 0,
    }
}
