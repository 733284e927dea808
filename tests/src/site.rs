//! A running stack for tests.

use std::{
    collections::BTreeMap,
    future::Future,
    path::PathBuf,
    sync::LazyLock,
    time::{Duration, Instant},
};

use itemsmith_api::{auth::DEVELOPMENT_KEY, response::TemplateStatus};
use itemsmith_local::{
    client::{Client, Options},
    stack::{Model, RunFolder, Settings, Stack, StackConfig},
    toolchain::workspace,
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    runtime::Runtime,
    sync::{OnceCell, watch},
};

use crate::fault;

/// How long anything may take on a busy two-core machine; a test that waits this long has failed.
pub const PATIENCE: Duration = Duration::from_secs(90);
/// Pause between two looks.
pub const LOOK_PAUSE: Duration = Duration::from_millis(20);

/// One runtime for all tests of a binary: a shared stack's keepers outlive the test that began it.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a tokio runtime"));

/// Runs a test's future.
pub fn run<F: Future>(test: F) -> F::Output {
    RUNTIME.block_on(test)
}

/// The stack that tests share when they break nothing.
pub async fn shared() -> &'static Site {
    static SHARED: OnceCell<Site> = OnceCell::const_new();
    SHARED.get_or_init(|| Site::start("shared", |_| {})).await
}

/// A whole stack and a client of it. Dropping it stops everything.
pub struct Site {
    /// The stack.
    pub stack: Stack,
    /// With the development key.
    pub client: Client,
    _folder: RunFolder,
}

impl Site {
    /// Starts a stack of its own with the rehearsal model, whatever the environment says.
    pub async fn start(name: &str, configure: impl FnOnce(&mut StackConfig)) -> Self {
        let folder = RunFolder::create(&format!("test-{name}")).expect("a folder for the run");
        let mut config = StackConfig::throw_away(folder.path().to_owned(), Settings::default());
        config.model = Model::Rehearsal;
        configure(&mut config);
        let stack = Stack::start(config, |_| {})
            .await
            .expect("the stack starts");
        let client = Client::new(stack.addresses.worker.clone(), DEVELOPMENT_KEY);
        Self {
            stack,
            client,
            _folder: folder,
        }
    }

    /// Submits a sample to be answered by `model`; gives the request's id.
    pub async fn submit(&self, sample: &str, model: &str) -> String {
        let options = Options {
            model: Some(model.to_owned()),
            ..Options::default()
        };
        self.submit_with(sample, &options).await
    }

    /// Submits a sample; gives the request's id.
    pub async fn submit_with(&self, sample: &str, options: &Options) -> String {
        let accepted = self
            .client
            .submit_file(&self::sample(sample), options)
            .await;
        accepted.expect("the sample is accepted").id.to_string()
    }

    /// Waits until `wanted` holds of the request; fails with its last state after [`PATIENCE`].
    pub async fn until(
        &self,
        id: &str,
        wanted: impl Fn(&TemplateStatus) -> bool,
    ) -> TemplateStatus {
        let deadline = Instant::now() + PATIENCE;
        let mut last = None;
        while Instant::now() < deadline {
            // A worker that was killed does not answer for a moment.
            if let Ok(status) = self.client.status(id).await {
                if wanted(&status) {
                    return status;
                }
                last = Some(status);
            }
            tokio::time::sleep(LOOK_PAUSE).await;
        }
        panic!(
            "waited {PATIENCE:?} in vain; last seen: {last:#?}\n{}",
            self.logs()
        );
    }

    /// Waits for the end.
    pub async fn ended(&self, id: &str) -> TemplateStatus {
        self.until(id, |status| status.status.is_terminal()).await
    }

    /// Kills a service with SIGKILL, waits until it is gone and runs again.
    pub async fn kill(&self, service: &str) {
        let service = self.stack.service(service).expect("a service of the stack");
        let restarts = service.restarts();
        let pid = service.pid().expect("it runs");
        kill(Pid::from_raw(pid), Signal::SIGKILL).expect("it can be killed");
        let deadline = Instant::now() + PATIENCE;
        while service.restarts() == restarts {
            assert!(
                Instant::now() < deadline,
                "{} was not started again",
                service.name()
            );
            tokio::time::sleep(LOOK_PAUSE).await;
        }
    }

    /// What can be killed at any moment, from any thread.
    #[must_use]
    pub fn victims(&self) -> Victims {
        let names = ["worker", "engine", "checker", "gateway", "rehearsal"];
        let pid_file = |name: &&'static str| (*name, self.stack.folder().join("pids").join(name));
        Victims {
            pid_files: names.iter().map(pid_file).collect(),
            database: self.stack.postgres().expect("the stack's own").pid_watch(),
        }
    }

    /// The end of every service's log, for a test that fails.
    pub fn logs(&self) -> String {
        ["worker", "engine", "checker", "gateway", "rehearsal"]
            .iter()
            .filter_map(|name| self.stack.service(name))
            .map(|s| {
                format!(
                    "--- {}\n{}\n",
                    s.name(),
                    itemsmith_local::stack::tail(s.log(), 12)
                )
            })
            .collect()
    }
}

/// The three samples.
pub const SAMPLES: [&str; 3] = [
    "reading-club-dot-plot",
    "granola-tray-fraction",
    "bus-trip-division",
];

/// A sample's file.
#[must_use]
pub fn sample(name: &str) -> PathBuf {
    workspace::root()
        .join("local/samples")
        .join(format!("{name}.json"))
}

/// The processes of a stack; see [`Site::victims`].
pub struct Victims {
    pid_files: BTreeMap<&'static str, PathBuf>,
    database: watch::Receiver<u32>,
}

impl Victims {
    /// Kills one by its name, `database` or a service's, and waits until it is gone.
    ///
    /// # Panics
    /// When it does not run.
    pub fn kill(&self, name: &str) {
        if name == "database" {
            return fault::kill_database(*self.database.borrow());
        }
        let pid = std::fs::read_to_string(&self.pid_files[name]).expect("it runs");
        fault::kill_process(pid.trim().parse().expect("a pid"));
    }
}
