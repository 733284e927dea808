//! The whole stack on one machine: Postgres, the gateway, the checker, a model, the event engine
//! and the worker, each a process of its own, restarted when it dies.

mod bindings;
mod database;
mod detour;
pub mod guard;
mod lock;
mod model;
mod ports;
mod run_folder;
mod service;
mod settings;
pub mod workerd;

use std::path::{Path, PathBuf};

use itemsmith_api::{auth::DEVELOPMENT_KEY, config::ConfigProblems};

use crate::{
    postgres::{self, PostgresError},
    toolchain::workspace,
};

pub use bindings::REHEARSAL_KEY;
pub use database::Database;
pub use detour::Detour;
pub use lock::{FolderLock, LockError};
pub use model::Model;
pub use ports::{Port, PortError};
pub use run_folder::RunFolder;
pub use service::{Service, ServiceError, ServiceSpec, tail};
pub use settings::{Settings, SettingsError};

/// Ports that `dev` likes to have, so that addresses stay the same from day to day: the worker on
/// wrangler's usual port, the engine on Inngest's dev server's.
const WORKER_PORT: u16 = 8787;
const ENGINE_PORT: u16 = 8288;

/// What to start and where to keep it.
#[derive(Clone)]
pub struct StackConfig {
    /// Logs, process ids and the database live below this folder.
    pub folder: PathBuf,
    /// Whether writes survive a power cut (fsync); a throw-away stack starts faster without.
    pub durable: bool,
    /// Whether to try the well-known ports first.
    pub familiar_ports: bool,
    /// A running Inngest server to use instead of our engine.
    pub engine: Option<String>,
    /// The model.
    pub model: Model,
    /// `native` or `node`.
    pub checker_engine: String,
    /// Everything else that may come from the environment.
    pub settings: Settings,
    /// Milliseconds that the rehearsal model waits before it answers.
    pub rehearsal_delay_ms: u64,
    /// Milliseconds of the engine's first back-off; later ones double.
    pub retry_base_ms: u64,
    /// How the parts reach one another.
    pub detour: Detour,
}

impl StackConfig {
    /// A stack below `folder` that nobody shares: throw-away data, our engine, any ports.
    #[must_use]
    pub fn throw_away(folder: PathBuf, settings: Settings) -> Self {
        Self {
            folder,
            durable: false,
            familiar_ports: false,
            engine: None,
            model: Model::chosen(&settings),
            checker_engine: "native".to_owned(),
            settings,
            rehearsal_delay_ms: 0,
            retry_base_ms: 200,
            detour: Detour::default(),
        }
    }
}

/// Where everything listens.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Addresses {
    /// The HTTP API.
    pub worker: String,
    /// The event engine, or the Inngest server in its place.
    pub engine: String,
    /// SQL over HTTP.
    pub gateway: String,
    /// The checker.
    pub checker: String,
    /// The rehearsal model, when it is the model.
    pub rehearsal: Option<String>,
}

/// Why the stack does not run.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// A service does not start.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// No port.
    #[error(transparent)]
    Port(#[from] PortError),
    /// Postgres does not start or migrate.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// A file of the stack cannot be written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The worker could not work with its environment.
    #[error("{0}")]
    Configuration(ConfigProblems),
    /// The worker and the engine do not come together.
    #[error("the engine at {engine} does not know the worker: {reason}")]
    Sync {
        /// The engine.
        engine: String,
        /// What was answered.
        reason: String,
    },
    /// There is no randomness on this machine.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
}

/// A running stack; dropping it stops everything.
pub struct Stack {
    /// Where everything listens.
    pub addresses: Addresses,
    /// The database, for looking into.
    pub database_url: String,
    /// The key that the worker shows the checker, for asking it directly.
    pub checker_key: String,
    services: Vec<Service>,
    postgres: Option<Database>,
    folder: PathBuf,
    // Held so that no other stack takes the ports while a service restarts.
    _ports: Vec<Port>,
}

impl Stack {
    /// Starts everything and waits until the worker's functions are known to the engine. `step`
    /// is told of each part as it begins.
    ///
    /// # Errors
    /// The first part that does not come up.
    pub async fn start(
        config: StackConfig,
        mut step: impl FnMut(&str),
    ) -> Result<Self, StackError> {
        std::fs::create_dir_all(&config.folder).map_err(|source| StackError::File {
            path: config.folder.clone(),
            source,
        })?;
        step("database");
        let (postgres, database_url) = database(&config).await?;
        postgres::migrate(&database_url).await?;
        let key_hash = itemsmith_api::auth::hash(DEVELOPMENT_KEY);
        postgres::seed_development_key(&database_url, key_hash.as_str()).await?;
        let familiar = |port| config.familiar_ports.then_some(port);
        let worker = Port::claim(familiar(WORKER_PORT))?;
        let engine = Port::claim(familiar(ENGINE_PORT))?;
        let gateway = Port::claim(None)?;
        let checker = Port::claim(None)?;
        let model = Port::claim(None)?;
        let addresses = Addresses {
            worker: worker.origin(),
            engine: config.engine.clone().unwrap_or_else(|| engine.origin()),
            gateway: gateway.origin(),
            checker: checker.origin(),
            rehearsal: matches!(config.model, Model::Rehearsal).then(|| model.origin()),
        };
        let checker_key = random_key()?;
        let seen = seen_by_worker(&config.detour, &addresses);
        // The worker says with each statement which database it is for; the gateway opens it.
        let through = config.detour.url("gateway", "database", &database_url);
        let bindings = bindings::of(&config, &seen, &through, &checker_key);
        bindings::validate(&bindings)?;
        let databases = [
            through,
            config.detour.url("engine", "database", &database_url),
        ];
        let specs = specs(&config, &addresses, &databases, &checker_key, &bindings)?;
        let itemsmith = itemsmith_program();
        let mut services = Vec::new();
        for spec in specs {
            step(spec.name);
            services.push(Service::start(spec, &itemsmith, &config.folder)?);
        }
        for service in &services {
            step(service.name());
            service.ready().await?;
        }
        step("functions");
        sync(&addresses).await?;
        let ports = vec![worker, engine, gateway, checker, model];
        let folder = config.folder;
        Ok(Self {
            addresses,
            database_url,
            checker_key,
            services,
            postgres,
            folder,
            _ports: ports,
        })
    }

    /// How many parts [`Stack::start`] tells of.
    pub const STEPS: u64 = 12;

    /// A service by name: `gateway`, `checker`, `rehearsal`, `engine` or `worker`.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.name() == name)
    }

    /// The folder of logs and data.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The database server, when it is ours.
    #[must_use]
    pub fn postgres(&self) -> Option<&Database> {
        self.postgres.as_ref()
    }

    /// Stops everything, the worker first and the database last.
    pub async fn stop(mut self) {
        while let Some(service) = self.services.pop() {
            service.stop().await;
        }
        if let Some(postgres) = self.postgres.take() {
            postgres.stop().await;
        }
    }
}

/// The addresses that the worker is told: its own is where the engine is to call it.
fn seen_by_worker(detour: &Detour, addresses: &Addresses) -> Addresses {
    let seen = |to, origin: &String| detour.url("worker", to, origin);
    Addresses {
        worker: detour.url("engine", "worker", &addresses.worker),
        engine: seen("engine", &addresses.engine),
        gateway: seen("gateway", &addresses.gateway),
        checker: seen("checker", &addresses.checker),
        rehearsal: addresses.rehearsal.as_ref().map(|o| seen("rehearsal", o)),
    }
}

async fn database(config: &StackConfig) -> Result<(Option<Database>, String), StackError> {
    if let Some(url) = config.settings.get("DATABASE_URL") {
        return Ok((None, url.to_owned()));
    }
    let database = Database::start(&config.folder, config.durable).await?;
    let url = database.url().to_owned();
    Ok((Some(database), url))
}

fn specs(
    config: &StackConfig,
    addresses: &Addresses,
    [of_gateway, of_engine]: &[String; 2],
    checker_key: &str,
    bindings: &[(String, String)],
) -> Result<Vec<ServiceSpec>, StackError> {
    let own = |name: &'static str, origin: &str, args: &[&str]| ServiceSpec {
        name,
        program: itemsmith_program(),
        args: [name, "--listen", host(origin)]
            .iter()
            .chain(args)
            .map(|&arg| arg.to_owned())
            .collect(),
        // The database's address holds its password: it goes by environment, not by arguments
        // that every user of the machine can list.
        env: vec![(
            "DATABASE_URL".to_owned(),
            if name == "engine" {
                of_engine
            } else {
                of_gateway
            }
            .clone(),
        )],
        health: format!("{origin}/health"),
        grace_ms: 3000,
    };
    let mut specs = vec![own("gateway", &addresses.gateway, &[])];
    let env = [
        ("CHECKER_KEY", checker_key),
        ("CHECKER_ENGINE", config.checker_engine.as_str()),
        ("ITEMSMITH_ENV", "development"),
    ];
    specs.push(ServiceSpec {
        name: "checker",
        program: workspace::built("itemsmith-checker"),
        args: vec![
            "serve".into(),
            "--listen".into(),
            host(&addresses.checker).into(),
        ],
        env: env
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        health: format!("{}/ready", addresses.checker),
        grace_ms: 3000,
    });
    if let Some(origin) = &addresses.rehearsal {
        let delay = config.rehearsal_delay_ms.to_string();
        specs.push(own("rehearsal", origin, &["--delay-ms", &delay]));
    }
    if config.engine.is_none() {
        let app = format!("{}/api/inngest", addresses.worker);
        let base = config.retry_base_ms.to_string();
        specs.push(own(
            "engine",
            &addresses.engine,
            &["--app", &app, "--retry-base-ms", &base],
        ));
    }
    let bundle = workspace::worker_bundle();
    specs.push(workerd::spec(
        &config.folder,
        &bundle,
        &addresses.worker,
        bindings,
    )?);
    Ok(specs)
}

/// `127.0.0.1:PORT` of an origin.
fn host(origin: &str) -> &str {
    origin.trim_start_matches("http://")
}

/// The `itemsmith` program: this process, or the one beside a test's.
fn itemsmith_program() -> PathBuf {
    if let Some(given) = std::env::var_os("ITEMSMITH_BIN") {
        return PathBuf::from(given);
    }
    let own = std::env::current_exe().unwrap_or_default();
    if own.file_stem().is_some_and(|name| name == "itemsmith") {
        return own;
    }
    workspace::built("itemsmith")
}

/// A key that only this run's worker and checker know.
fn random_key() -> Result<String, StackError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(StackError::Random)?;
    Ok(itemsmith_domain::Digest::of(&bytes).as_str().to_owned())
}

/// Asks the worker to register its functions with the engine.
async fn sync(addresses: &Addresses) -> Result<(), StackError> {
    let url = format!("{}/api/inngest", addresses.worker);
    let answer = reqwest::Client::new().put(&url).send().await;
    let failed = |reason: String| StackError::Sync {
        engine: addresses.engine.clone(),
        reason,
    };
    let answer = answer.map_err(|error| failed(error.to_string()))?;
    if answer.status().is_success() {
        return Ok(());
    }
    let status = answer.status();
    let said = answer.text().await.unwrap_or_default();
    Err(failed(format!("{status}: {said}")))
}
