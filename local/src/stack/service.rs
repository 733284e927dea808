//! One supervised service: started behind a guard, watched, restarted when it dies.

use std::{
    fs::OpenOptions,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{process::Command, sync::watch, task::JoinHandle};

/// How long a service may take until it answers; the slowest, a cold checker on a busy two-core
/// machine, needed 4 s.
const START_LIMIT: Duration = Duration::from_secs(60);
/// Pause before a restart; doubles with each quick death up to [`RESTART_PAUSE_MAX`].
const RESTART_PAUSE: Duration = Duration::from_millis(50);
/// A service that keeps dying is still tried twice a second.
const RESTART_PAUSE_MAX: Duration = Duration::from_millis(500);
/// A service that lived this long starts with the short pause again.
const HEALTHY_LIFE: Duration = Duration::from_secs(5);
/// Pause between two looks at a service that is starting.
const PROBE_PAUSE: Duration = Duration::from_millis(15);

/// What to run and how to see that it works.
#[derive(Debug, Clone)]
pub struct ServiceSpec {
    /// Short name: the log file's, and the one in messages.
    pub name: &'static str,
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its environment, besides PATH and HOME.
    pub env: Vec<(String, String)>,
    /// A URL that answers 200 once the service works.
    pub health: String,
    /// Milliseconds between the request to stop and SIGKILL.
    pub grace_ms: u64,
}

/// Why a service does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// It could not be started at all.
    #[error("cannot start {name}: {source}")]
    Spawn {
        /// The service.
        name: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// It was started and never answered.
    #[error("{name} did not answer {health} within {limit:?}; the end of {log}:\n{tail}", log = log.display())]
    Silent {
        /// The service.
        name: &'static str,
        /// What was asked.
        health: String,
        /// How long.
        limit: Duration,
        /// Its log.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
    },
}

/// A running service; dropping it stops it.
#[derive(Debug)]
pub struct Service {
    spec: ServiceSpec,
    log: PathBuf,
    pid_file: PathBuf,
    stop: watch::Sender<bool>,
    restarts: Arc<AtomicU32>,
    keeper: JoinHandle<()>,
}

impl Service {
    /// Starts the service and its keeper; does not wait for it to answer.
    ///
    /// # Errors
    /// When the log file cannot be made or the guard cannot be started.
    pub fn start(spec: ServiceSpec, itemsmith: &Path, folder: &Path) -> Result<Self, ServiceError> {
        let log = folder.join("logs").join(format!("{}.log", spec.name));
        let pid_file = folder.join("pids").join(spec.name);
        let guard = Guard {
            itemsmith: itemsmith.to_owned(),
            log: log.clone(),
            pid_file: pid_file.clone(),
            spec: spec.clone(),
        };
        let first = guard.spawn().map_err(|source| ServiceError::Spawn {
            name: spec.name,
            source,
        })?;
        let (stop, stopped) = watch::channel(false);
        let restarts = Arc::new(AtomicU32::new(0));
        let keeper = tokio::spawn(keep(guard, first, stopped, restarts.clone()));
        Ok(Self {
            spec,
            log,
            pid_file,
            stop,
            restarts,
            keeper,
        })
    }

    /// Waits until the health URL answers 200.
    ///
    /// # Errors
    /// [`ServiceError::Silent`] with the end of the log when it does not in time.
    pub async fn ready(&self) -> Result<(), ServiceError> {
        let client = reqwest::Client::new();
        let deadline = Instant::now() + START_LIMIT;
        while Instant::now() < deadline {
            let answer = client
                .get(&self.spec.health)
                .timeout(Duration::from_secs(2))
                .send()
                .await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(PROBE_PAUSE).await;
        }
        Err(ServiceError::Silent {
            name: self.spec.name,
            health: self.spec.health.clone(),
            limit: START_LIMIT,
            log: self.log.clone(),
            tail: tail(&self.log, 20),
        })
    }

    /// The service's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.spec.name
    }

    /// Where it logs.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Its process id while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<i32> {
        std::fs::read_to_string(&self.pid_file)
            .ok()?
            .trim()
            .parse()
            .ok()
    }

    /// How often it was started again.
    #[must_use]
    pub fn restarts(&self) -> u32 {
        self.restarts.load(Ordering::Relaxed)
    }

    /// Stops it and waits until it is gone.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let _ended = self.keeper.await;
    }
}

struct Guard {
    itemsmith: PathBuf,
    log: PathBuf,
    pid_file: PathBuf,
    spec: ServiceSpec,
}

impl Guard {
    fn spawn(&self) -> std::io::Result<tokio::process::Child> {
        for file in [&self.log, &self.pid_file] {
            if let Some(folder) = file.parent() {
                std::fs::create_dir_all(folder)?;
            }
        }
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log)?;
        let mut command = Command::new(&self.itemsmith);
        command
            .args([
                "guard",
                "--grace-ms",
                &self.spec.grace_ms.to_string(),
                "--pid-file",
            ])
            .arg(&self.pid_file)
            .arg("--")
            .arg(&self.spec.program)
            .args(&self.spec.args)
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "HOME"))
            .envs(self.spec.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Ctrl-C in the terminal is ours to pass on, in order.
            .process_group(0);
        command.spawn()
    }
}

async fn keep(
    guard: Guard,
    first: tokio::process::Child,
    mut stopped: watch::Receiver<bool>,
    restarts: Arc<AtomicU32>,
) {
    let mut running = Some(first);
    let mut pause = RESTART_PAUSE;
    loop {
        if let Some(mut child) = running.take() {
            // The guard watches this pipe: closing it is the request to stop.
            let pipe = child.stdin.take();
            let since = Instant::now();
            tokio::select! {
                _ended = child.wait() => {}
                () = told_to_stop(&mut stopped) => {
                    drop(pipe);
                    let _ended = child.wait().await;
                    return;
                }
            }
            if since.elapsed() > HEALTHY_LIFE {
                pause = RESTART_PAUSE;
            }
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = told_to_stop(&mut stopped) => return,
        }
        pause = (pause * 2).min(RESTART_PAUSE_MAX);
        restarts.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(
            service = guard.spec.name,
            "ended by itself; starting it again"
        );
        running = guard.spawn().ok();
    }
}

/// Ends when the service is to stop, or nobody is left to say so.
pub(super) async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    drop(stopped.wait_for(|stop| *stop).await);
}

/// The last `lines` lines of a file, empty when it cannot be read.
#[must_use]
pub fn tail(path: &Path, lines: usize) -> String {
    let text = std::fs::read(path).map(|b| String::from_utf8_lossy(&b).into_owned());
    let text = text.unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}
