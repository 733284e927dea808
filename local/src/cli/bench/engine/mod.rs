//! `itemsmith bench engine`: what the event engine alone costs.
//!
//! The engine is a process of its own, as a user runs it, on a Postgres of its own that is durable
//! (fsync, full pages and synchronous commits). The app is ours: the SDK natively, in this process.

mod app;
mod figures;
mod relay;
mod usage;

use std::{
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    super::{
        error::CliError,
        term::{Phase, Screen},
    },
    write_json,
};
use itemsmith_steps::Checkpointing;

use crate::{
    postgres::{Postgres, PostgresConfig},
    stack::{Port, RunFolder, Service, ServiceSpec, StackError},
    toolchain::prepare::{self, Part},
};
use app::Notes;
use figures::{Figures, ModeFigures, Spread};

/// Arguments of `itemsmith bench engine`.
#[derive(Debug, clap::Args)]
pub struct EngineBenchArgs {
    /// Events sent at once, in one request; each starts a run of three steps.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=5000))]
    events: u32,
    /// How often they are sent; throughput is that of the median.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Runs one after the other, for the time per step without a queue.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    sequential: u32,
    /// Write the figures to this file as well.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Runs that are not counted: connections open, caches fill, the engine meets the app.
const WARM_UP: usize = 50;
/// Pause between two looks at the runs; the error of the throughput.
const LOOK_PAUSE: Duration = Duration::from_millis(2);
/// How long the engine may take to do what is a matter of seconds.
const PATIENCE: Duration = Duration::from_secs(120);

pub async fn run(args: EngineBenchArgs, screen: &Screen) -> Result<(), CliError> {
    prepare::alone(Part::Packages)?;
    let folder = RunFolder::create("bench-engine")?;
    let phase = screen.phase("measure", 7);
    let figures = match measured(&args, &folder, &phase).await {
        Ok(figures) => figures,
        Err(error) => {
            phase.abandon();
            return Err(error);
        }
    };
    phase.done("done");
    figures.print(screen);
    if let Some(file) = args.json {
        write_json(&figures, &file)?;
    }
    Ok(())
}

async fn measured(
    args: &EngineBenchArgs,
    folder: &RunFolder,
    phase: &Phase,
) -> Result<Figures, CliError> {
    phase.doing("starting");
    let off = Bench::start(folder, Checkpointing::Off)?;
    let on = Bench::start(folder, Checkpointing::default())?;
    let flush = usage::flush(folder.path()).map_err(broken)?;
    let volatile = off.server("volatile", false).await?;
    phase.doing("without fsync, for comparison");
    let unflushed = off.sequential(&volatile, args.sequential).await;
    volatile.stop().await;
    let unflushed = unflushed?;
    phase.advance();
    let postgres = off.server("durable", true).await?;
    let mut modes = Vec::new();
    for bench in [&off, &on] {
        modes.push(measure(args, bench, &postgres, phase).await);
    }
    postgres.stop().await;
    let modes = modes.into_iter().collect::<Result<_, _>>()?;
    Ok(Figures::new(Spread::of(flush), unflushed, modes))
}

async fn measure(
    args: &EngineBenchArgs,
    bench: &Bench<'_>,
    postgres: &Postgres,
    phase: &Phase,
) -> Result<ModeFigures, CliError> {
    phase.doing("one run after the other");
    let sequential = bench.sequential(postgres, args.sequential).await?;
    phase.advance();

    phase.doing(format!("{} at once", args.events));
    let database = Runs::create(postgres, &bench.name("together")).await?;
    let service = bench.engine(&database.url).await?;
    bench.together(WARM_UP).await?;
    bench.notes.take();
    let engine_pid = service.pid().and_then(|pid| u32::try_from(pid).ok());
    let before = Cpu::now(engine_pid, postgres.pid());
    let mut times = Vec::new();
    let mut loaded = Vec::new();
    let (mut calls, mut checkpoints) = (0, 0);
    let events = args.events as usize;
    for _ in 0..args.rounds {
        let since = Instant::now();
        bench.together(events).await?;
        database.completed(bench).await?;
        times.push(since.elapsed());
        let seen = bench.notes.take();
        calls += seen.calls;
        checkpoints += seen.checkpoints;
        loaded.extend(seen.overheads);
    }
    let used = Cpu::now(engine_pid, postgres.pid()).since(&before);
    let memory = engine_pid.and_then(usage::peak_memory);
    service.stop().await;
    phase.advance();

    phase.doing("counting SQL");
    let sql = bench.sql(postgres, events).await?;
    phase.advance();
    times.sort();
    let time = times[times.len() / 2];
    Ok(ModeFigures::new(
        (args.events, args.rounds, args.sequential),
        time,
        (sequential, Spread::of(loaded)),
        (calls, checkpoints, used),
        memory,
        sql,
        bench.checkpointing,
    ))
}

/// What the parts have in common.
struct Bench<'a> {
    notes: Notes,
    origin: String,
    app_url: String,
    folder: &'a RunFolder,
    http: reqwest::Client,
    checkpointing: bool,
    _port: Port,
}

impl<'a> Bench<'a> {
    /// Starts the app, for an engine to come.
    fn start(folder: &'a RunFolder, checkpointing: Checkpointing) -> Result<Self, CliError> {
        let engine = Port::claim(None).map_err(StackError::from)?;
        let served = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(broken)?;
        let address = served.local_addr().map_err(broken)?;
        Ok(Self {
            notes: app::start(served, &engine.origin(), checkpointing).map_err(broken)?,
            origin: engine.origin(),
            app_url: format!("http://{address}/api/inngest"),
            folder,
            http: reqwest::Client::new(),
            checkpointing: checkpointing != Checkpointing::Off,
            _port: engine,
        })
    }

    /// A database's name, another one for each mode.
    fn name(&self, what: &str) -> String {
        let mode = if self.checkpointing { "on" } else { "off" };
        format!("{what}_{mode}")
    }

    async fn server(&self, name: &str, durable: bool) -> Result<Postgres, CliError> {
        let config = PostgresConfig {
            data_dir: self.folder.path().join(name),
            port: None,
            durable,
        };
        let server = Postgres::start(config).await;
        Ok(server.map_err(StackError::from)?)
    }

    /// Runs one after the other, on a fresh database.
    async fn sequential(&self, postgres: &Postgres, runs: u32) -> Result<Spread, CliError> {
        let database = Runs::create(postgres, &self.name("sequential")).await?;
        let service = self.engine(&database.url).await?;
        self.together(WARM_UP).await?;
        self.notes.take();
        for _ in 0..runs {
            self.together(1).await?;
        }
        let spread = Spread::of(self.notes.take().overheads);
        service.stop().await;
        Ok(spread)
    }

    /// Starts the engine's process and waits until it knows the app.
    async fn engine(&self, database_url: &str) -> Result<Service, CliError> {
        let program = std::env::current_exe().map_err(broken)?;
        let address = self.origin.trim_start_matches("http://");
        let spec = ServiceSpec {
            name: "engine",
            program: program.clone(),
            args: ["engine", "--listen", address, "--app", &self.app_url]
                .map(str::to_owned)
                .to_vec(),
            env: vec![("DATABASE_URL".to_owned(), database_url.to_owned())],
            health: format!("{}/health", self.origin),
            grace_ms: 3000,
        };
        let service =
            Service::start(spec, &program, self.folder.path()).map_err(StackError::from)?;
        service.ready().await.map_err(StackError::from)?;
        let known = async {
            loop {
                let info = self.http.get(format!("{}/dev", self.origin)).send().await?;
                let info: serde_json::Value = info.json().await?;
                if info["functions"].as_array().is_some_and(|f| !f.is_empty()) {
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        in_time("the app registers", known).await?;
        Ok(service)
    }

    /// Sends so many events in one request and waits until the last of their runs has answered.
    async fn together(&self, events: usize) -> Result<(), CliError> {
        let list: Vec<_> = (0..events)
            .map(|n| serde_json::json!({"name": app::EVENT, "data": {"n": n}}))
            .collect();
        let sent = async {
            let url = format!("{}/e/bench", self.origin);
            let answer = self.http.post(url).json(&list).send().await?;
            answer.error_for_status()?;
            self.notes.ended(events).await;
            Ok(())
        };
        in_time("the runs end", sent).await
    }

    /// Statements and bytes of `events` runs, in a pass of its own: the relay takes time itself.
    async fn sql(&self, postgres: &Postgres, events: usize) -> Result<Sql, CliError> {
        let direct = Runs::create(postgres, &self.name("counted")).await?;
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(broken)?;
        let relayed = listener.local_addr().map_err(broken)?;
        let target = format!("127.0.0.1:{}", postgres.port());
        let url = direct.url.replace(&target, &relayed.to_string());
        let counts = Arc::new(relay::Counts::default());
        let relay = tokio::spawn(relay::pass(listener, target, Arc::clone(&counts)));
        let service = self.engine(&url).await?;
        self.together(WARM_UP).await?;
        self.notes.take();
        let before = counts.now();
        self.together(events).await?;
        let after = counts.now();
        let seen = self.notes.take();
        service.stop().await;
        relay.abort();
        Ok(Sql {
            exchanges: seen.calls + seen.checkpoints,
            statements: after.0 - before.0,
            bytes: after.1 - before.1,
        })
    }
}

/// What passed between the engine and Postgres.
struct Sql {
    exchanges: usize,
    statements: u64,
    bytes: u64,
}

/// CPU time so far; absent where `/proc` is.
struct Cpu {
    engine: Option<Duration>,
    postgres: Option<Duration>,
    own: Option<Duration>,
}

impl Cpu {
    fn now(engine: Option<u32>, postgres: u32) -> Self {
        Self {
            engine: engine.and_then(usage::cpu),
            postgres: usage::cpu_of_tree(postgres),
            own: usage::cpu(std::process::id()),
        }
    }

    fn since(&self, before: &Self) -> Self {
        let less = |now: Option<Duration>, then: Option<Duration>| Some(now?.saturating_sub(then?));
        Self {
            engine: less(self.engine, before.engine),
            postgres: less(self.postgres, before.postgres),
            own: less(self.own, before.own),
        }
    }
}

/// A database for an engine, and a look at the runs in it.
struct Runs {
    url: String,
    client: tokio_postgres::Client,
}

impl Runs {
    async fn create(postgres: &Postgres, name: &str) -> Result<Self, CliError> {
        let url = postgres.url();
        connect(&url)
            .await?
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .await
            .map_err(refused)?;
        let server = url
            .rsplit_once('/')
            .map_or(url.as_str(), |(server, _)| server);
        let url = format!("{server}/{name}");
        let client = connect(&url).await?;
        Ok(Self { url, client })
    }

    /// Waits until the end of every run is stored.
    async fn completed(&self, bench: &Bench<'_>) -> Result<(), CliError> {
        let open = "SELECT count(*) FROM engine.runs WHERE status <> 'Completed'";
        let since = Instant::now();
        while self
            .client
            .query_one(open, &[])
            .await
            .map_err(refused)?
            .get::<_, i64>(0)
            > 0
        {
            if since.elapsed() > PATIENCE {
                let log = bench.folder.path().join("logs/engine.log");
                let told = crate::stack::tail(&log, 5);
                return Err(CliError::Negative(format!(
                    "runs did not complete:\n{told}"
                )));
            }
            tokio::time::sleep(LOOK_PAUSE).await;
        }
        Ok(())
    }
}

async fn connect(url: &str) -> Result<tokio_postgres::Client, CliError> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .map_err(refused)?;
    // Ends with the client.
    tokio::spawn(connection);
    Ok(client)
}

fn refused(error: tokio_postgres::Error) -> CliError {
    CliError::Service(format!("the database: {error}"))
}

async fn in_time(
    what: &str,
    work: impl Future<Output = Result<(), reqwest::Error>>,
) -> Result<(), CliError> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => done.map_err(|error| CliError::Service(format!("{what}: {error}"))),
        Err(_) => Err(CliError::Negative(format!(
            "not within {PATIENCE:?}: {what}"
        ))),
    }
}

fn broken(error: std::io::Error) -> CliError {
    CliError::Environment(format!("cannot measure: {error}"))
}
