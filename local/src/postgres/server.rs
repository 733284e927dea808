//! A Postgres server in a folder.

use std::{
    fs::{File, OpenOptions},
    io,
    net::{Ipv4Addr, TcpListener},
    os::unix::{fs::OpenOptionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    time::Duration,
};

use nix::sys::signal::Signal;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::NoTls;

use super::{
    Binaries, PostgresError,
    cluster::{NAME, file, last_lines, prepare, settle},
    identity::Identity,
    keeper::Keeper,
};

/// A start takes 0.1 s; after a crash under load, recovery took 3.4 s.
const READY_SECONDS: u64 = 60;

/// A fast shutdown writes a checkpoint; a server that takes longer is killed and will recover.
const STOP_SECONDS: u64 = 10;

/// The log starts anew above this size, so that a `dev` folder does not grow for ever.
const LOG_BYTES: u64 = 8 * 1024 * 1024;

/// Ports tried when somebody else takes the free one between finding and using it.
const PORT_TRIES: u32 = 5;

/// Where and how to run a server.
#[derive(Debug, Clone)]
pub struct PostgresConfig {
    /// The server's folder: its data, password and log; made when it is not there.
    pub data_dir: PathBuf,
    /// The port on 127.0.0.1; any free one when absent.
    pub port: Option<u16>,
    /// Whether a commit survives a power cut (fsync). A crash of the server loses nothing either way.
    pub durable: bool,
}

/// A running server; dropping it stops it.
#[derive(Debug)]
pub struct Postgres {
    config: PostgresConfig,
    binaries: Binaries,
    identity: Identity,
    port: u16,
    password: String,
    keeper: Keeper,
}

impl Postgres {
    /// Starts a server and waits until it accepts connections; makes its folder the first time.
    ///
    /// # Errors
    /// When there are no binaries, the folder cannot be used or the server does not come up.
    pub async fn start(config: PostgresConfig) -> Result<Self, PostgresError> {
        let binaries = Binaries::find()?;
        let (config, identity, password) = prepare(config, binaries.clone()).await?;
        let mut tries = 0;
        loop {
            let port = config
                .port
                .map_or_else(free_port, Ok)
                .map_err(file(&config.data_dir))?;
            let keeper = launch(&config, &binaries, identity, port)?;
            let mut server = Self {
                config: config.clone(),
                binaries: binaries.clone(),
                identity,
                port,
                password: password.clone(),
                keeper,
            };
            tries += 1;
            match server.ready().await {
                Ok(()) => return Ok(server),
                Err(_) if config.port.is_none() && server.lost_port() && tries < PORT_TRIES => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The connection string, with the password.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of(NAME)
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The server's process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.keeper.pid()
    }

    /// Which binaries run.
    #[must_use]
    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// Waits until the server has ended, for whatever reason.
    pub async fn wait(&self) -> ExitStatus {
        self.keeper.wait().await
    }

    /// Starts the server again on the same port after it has ended or was killed.
    ///
    /// # Errors
    /// As [`Postgres::start`].
    pub async fn restart(&mut self) -> Result<(), PostgresError> {
        self.shut_down().await;
        self.keeper = launch(&self.config, &self.binaries, self.identity, self.port)?;
        self.ready().await
    }

    /// Kills the server with SIGKILL, as a crash would, and waits until it is gone.
    pub async fn kill(&self) {
        self.keeper.signal(Signal::SIGKILL);
        self.keeper.wait().await;
    }

    /// Stops the server: connections are closed, everything is written.
    pub async fn stop(self) {
        self.shut_down().await;
    }

    async fn shut_down(&self) {
        self.keeper.signal(Signal::SIGINT);
        let limit = Duration::from_secs(STOP_SECONDS);
        if timeout(limit, self.keeper.wait()).await.is_err() {
            self.kill().await;
        }
    }

    fn url_of(&self, database: &str) -> String {
        let Self { password, port, .. } = self;
        format!("postgres://{NAME}:{password}@127.0.0.1:{port}/{database}")
    }

    /// Waits until a connection works; the database is made the first time.
    async fn ready(&mut self) -> Result<(), PostgresError> {
        let deadline = Instant::now() + Duration::from_secs(READY_SECONDS);
        let url = self.url_of("postgres");
        // Quick at first, because a start takes 30 ms; slower during a recovery, which may take
        // seconds and would fill the log with refusals.
        let mut pause = Duration::from_millis(10);
        loop {
            match tokio_postgres::connect(&url, NoTls).await {
                Ok((client, connection)) => {
                    let driver = tokio::spawn(connection);
                    let found = client
                        .query_opt("SELECT FROM pg_database WHERE datname = $1", &[&NAME])
                        .await?;
                    if found.is_none() {
                        client
                            .batch_execute(&format!("CREATE DATABASE {NAME}"))
                            .await?;
                    }
                    drop(client);
                    // The driver ends once everything is sent; its result is the server's farewell.
                    let _farewell = driver.await;
                    return Ok(());
                }
                Err(error) if self.keeper.status().is_none() && Instant::now() < deadline => {
                    // A wrong password will not become right.
                    if error
                        .code()
                        .is_some_and(|code| code.code().starts_with("28"))
                    {
                        return Err(error.into());
                    }
                    sleep(pause).await;
                    pause = (pause * 3 / 2).min(Duration::from_millis(200));
                }
                Err(_) => return Err(self.failure()),
            }
        }
    }

    fn failure(&self) -> PostgresError {
        let output = tail(&self.config.data_dir.join("postgres.log"));
        if self.keeper.status().is_none() {
            return PostgresError::NotReady {
                seconds: READY_SECONDS,
                output,
            };
        }
        if output.contains("lock file \"postmaster.pid\" already exists") {
            let folder = self.config.data_dir.clone();
            let lock = std::fs::read_to_string(folder.join("data/postmaster.pid"));
            let pid = lock
                .ok()
                .and_then(|text| text.lines().next().map(str::to_owned));
            return PostgresError::InUse {
                folder,
                pid: pid.unwrap_or_default(),
            };
        }
        PostgresError::Program {
            program: "postgres",
            output,
        }
    }

    fn lost_port(&self) -> bool {
        tail(&self.config.data_dir.join("postgres.log")).contains("Address already in use")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Nobody waits here, so the quick way: the next start recovers from the log.
        self.keeper.signal(Signal::SIGQUIT);
    }
}

fn launch(
    config: &PostgresConfig,
    binaries: &Binaries,
    identity: Identity,
    port: u16,
) -> Result<Keeper, PostgresError> {
    let path = config.data_dir.join("postgres.log");
    let log = log(&path).map_err(file(&path))?;
    let on = |value| if value { "on" } else { "off" };
    let durable = on(config.durable);
    let mut command = Command::new(binaries.program("postgres"));
    command.arg("-D").arg(config.data_dir.join("data"));
    for setting in [
        "listen_addresses=127.0.0.1".to_owned(),
        format!("port={port}"),
        // No socket file: its path is limited to 107 bytes, and a folder may be deep.
        "unix_socket_directories=".to_owned(),
        format!("fsync={durable}"),
        format!("full_page_writes={durable}"),
        "timezone=UTC".to_owned(),
        "log_timezone=UTC".to_owned(),
        // Statements carry items and keys: only their shape may reach a log.
        "log_min_error_statement=panic".to_owned(),
        "log_parameter_max_length_on_error=0".to_owned(),
        // Short statements only: compiling them costs more than it saves.
        "jit=off".to_owned(),
    ] {
        command.arg("-c").arg(setting);
    }
    command.stdin(Stdio::null());
    command
        .stdout(log.try_clone().map_err(file(&path))?)
        .stderr(log);
    // Ctrl-C at the terminal is the parent's to answer: the database goes last.
    command.process_group(0);
    settle(&mut command, &config.data_dir);
    identity.apply(&mut command);
    Keeper::spawn(command).map_err(file(&binaries.folder))
}

fn log(path: &Path) -> io::Result<File> {
    let large = path.metadata().is_ok_and(|file| file.len() > LOG_BYTES);
    if large {
        std::fs::remove_file(path)?;
    }
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
}

fn tail(path: &Path) -> String {
    last_lines(&String::from_utf8_lossy(
        &std::fs::read(path).unwrap_or_default(),
    ))
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}
