//! The engine with an app of every kind of step, and one of them or their database killed at one
//! message, for every message of a run: no acknowledged event is lost, no recorded step runs again,
//! and every run ends as it would have.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use itemsmith_local::{
    stack::{Database, Port, RunFolder, Service, ServiceSpec, tail},
    toolchain::workspace,
};
use itemsmith_steps::Checkpointing;
use itemsmith_tests::{
    fault::{self, Wires},
    journey::{self, Effects, Served},
    run,
    site::{LOOK_PAUSE, PATIENCE},
};
use serde_json::json;
use tokio_postgres::NoTls;

/// Points that an ordinary test run visits for each victim.
const MOST: usize = 20;
/// Requests to the engine that are no checkpoints: the first event and the two that steps send.
const SENT: usize = 3;
/// What a step's body may run more often than once: it was under way when something was killed.
const AGAIN: u32 = 1;

struct Stage {
    wires: Wires,
    effects: Effects,
    http: reqwest::Client,
    /// Where events go, through a relay.
    events: String,
    database_url: String,
    engine: Service,
    journeys: i64,
    _app: Arc<Served>,
    _database: Database,
    /// The engine's and the app's.
    ports: [Port; 2],
    _folder: RunFolder,
}

impl Stage {
    async fn set(name: &str, checkpointing: Checkpointing) -> Self {
        let folder = RunFolder::create(&format!("kill-{name}")).expect("a folder");
        let database = Database::start(folder.path(), fault::thorough())
            .await
            .expect("Postgres");
        let wires = Wires::new();
        let (at_engine, at_app) = (
            Port::claim(None).expect("a port"),
            Port::claim(None).expect("a port"),
        );
        let database_url = database.url().to_owned();
        let (_, at_database) = database_url.rsplit_once('@').expect("a password");
        let (at_database, _) = at_database.split_once('/').expect("a database");
        let relayed = wires.lead("engine", "database", at_database);
        let database_relayed = database_url.replace(at_database, &relayed);
        let app_relayed = wires.lead("engine", "app", &at_app.address());
        let events = wires.lead("client", "engine", &at_engine.address());
        let engine_relayed = wires.lead("app", "engine", &at_engine.address());
        let effects = Effects::default();
        let listen: SocketAddr = at_app.address().parse().expect("an address");
        let app = Arc::new(Served::start(
            listen,
            app_relayed,
            format!("http://{engine_relayed}"),
            effects.clone(),
            checkpointing,
        ));
        let itemsmith = std::env::var_os("ITEMSMITH_BIN")
            .map_or_else(|| workspace::built("itemsmith"), Into::into);
        let url = format!("{}/api/inngest", at_app.origin());
        let spec = ServiceSpec {
            name: "engine",
            program: itemsmith.clone(),
            args: ["engine", "--listen", &at_engine.address(), "--app", &url]
                .into_iter()
                .chain(["--retry-base-ms", "50"])
                .map(str::to_owned)
                .collect(),
            env: vec![("DATABASE_URL".to_owned(), database_relayed)],
            health: format!("{}/health", at_engine.origin()),
            grace_ms: 3000,
        };
        let engine = Service::start(spec, &itemsmith, folder.path()).expect("the engine");
        engine.ready().await.expect("the engine answers");
        let pid_file = folder.path().join("pids/engine");
        let of_database = database.pid_watch();
        let victim = Arc::clone(&app);
        wires.set_killer(move |name| match name {
            "database" => fault::kill_database(*of_database.borrow()),
            "app" => {
                victim.crash();
                victim.begin();
            }
            _ => {
                let pid = std::fs::read_to_string(&pid_file).expect("it runs");
                fault::kill_process(pid.trim().parse().expect("a pid"));
            }
        });
        wires.mended().await;
        let stage = Self {
            wires,
            effects,
            http: reqwest::Client::new(),
            events: format!("http://{events}/e/kill"),
            database_url,
            engine,
            journeys: 0,
            _app: app,
            _database: database,
            ports: [at_engine, at_app],
            _folder: folder,
        };
        stage.registered().await;
        stage
    }

    async fn registered(&self) {
        let origin = self.ports[0].origin();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let info = self.http.get(format!("{origin}/dev")).send().await;
            let info: serde_json::Value = match info {
                Ok(answer) => answer.json().await.unwrap_or_default(),
                Err(_) => serde_json::Value::Null,
            };
            if info["functions"]
                .as_array()
                .is_some_and(|list| list.len() == 3)
            {
                return;
            }
            assert!(Instant::now() < deadline, "the app does not register");
            tokio::time::sleep(LOOK_PAUSE).await;
        }
    }

    /// Sends the event as a careful sender does: again with the same id until it is acknowledged.
    async fn send(&self, key: &str) {
        let event = json!({ "id": key, "name": journey::START, "data": { "key": key } });
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.http.post(&self.events).json(&event).send().await;
            match answer.map(|answer| answer.status().as_u16()) {
                Ok(200) => return,
                Ok(status) => assert!(status >= 500, "{status}"),
                Err(_) => {}
            }
            assert!(Instant::now() < deadline, "{key} is not acknowledged");
            tokio::time::sleep(LOOK_PAUSE).await;
        }
    }

    /// Waits until no run is under way; gives the runs so far and what the last journey returned.
    async fn settled(&self, at: &str) -> (i64, serde_json::Value) {
        let begun = Instant::now();
        let mut mended = false;
        loop {
            if let Some((open, ended, output)) = self.look().await
                && open == 0
                && ended >= self.journeys * journey::RUNS
            {
                if !mended {
                    // What a last kill took with it, the next look sees.
                    self.wires.mended().await;
                    mended = true;
                    continue;
                }
                let output = output.and_then(|text| serde_json::from_str(&text).ok());
                return (ended, output.unwrap_or_default());
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{at}: the runs do not end\n{}",
                tail(self.engine.log(), 12)
            );
            tokio::time::sleep(LOOK_PAUSE).await;
        }
    }

    /// Open runs, completed runs, and the output of the newest journey.
    async fn look(&self) -> Option<(i64, i64, Option<String>)> {
        let (client, connection) = tokio_postgres::connect(&self.database_url, NoTls)
            .await
            .ok()?;
        tokio::spawn(connection);
        let query = "SELECT count(*) FILTER (WHERE status = 'Running'),
                count(*) FILTER (WHERE status = 'Completed'),
                (SELECT output FROM engine.runs WHERE function = 'journey-journey'
                    ORDER BY id DESC LIMIT 1)
            FROM engine.runs";
        let row = client.query_one(query, &[]).await.ok()?;
        Some((row.get(0), row.get(1), row.get(2)))
    }

    /// One journey to its end, and what must hold of it.
    async fn one(&mut self, key: &str, at: &str) {
        let _before = self.effects.take();
        self.journeys += 1;
        self.send(key).await;
        let (completed, output) = self.settled(at).await;
        assert_eq!(
            completed,
            self.journeys * journey::RUNS,
            "{at}: runs in all"
        );
        assert_eq!(output, journey::result(), "{at}");
        let (counts, _calls, wrong) = self.effects.take();
        assert_eq!(wrong, Vec::<String>::new(), "{at}");
        assert_eq!(counts.len(), 8, "{at}: every body ran: {counts:?}");
        for (step, count) in &counts {
            assert!(*count <= 1 + AGAIN, "{at}: {step:?} ran {count} times");
        }
    }
}

async fn killed_at_every_message(victim: &'static str, checkpointing: Checkpointing, name: &str) {
    let mut stage = Stage::set(name, checkpointing).await;
    stage.one("cold", "no fault").await;
    stage.wires.count();
    stage.one("whole", "no fault").await;
    let messages = stage.wires.passed();
    let checkpoints = stage.wires.passed_to("engine").saturating_sub(SENT);
    let on = checkpointing != Checkpointing::Off;
    assert_eq!(checkpoints > 0, on, "{checkpoints} checkpoints");
    let points = fault::every(name, messages, MOST);
    let mut reached = 0;
    let began = Instant::now();
    for point in &points {
        stage.wires.arm(victim, *point);
        let at = format!("{name}: {victim} killed at {point}");
        let begun = Instant::now();
        stage.one(&format!("{point}"), &at).await;
        let place = stage.wires.sprung();
        reached += usize::from(place.is_some());
        println!(
            "{at}, {}: {:.1} s",
            place.as_deref().unwrap_or("not reached"),
            begun.elapsed().as_secs_f64()
        );
    }
    let took = Duration::from_secs(began.elapsed().as_secs());
    println!(
        "{name}: {reached} of {} points reached in {took:?}",
        points.len()
    );
    assert!(
        reached * 10 >= points.len() * 9,
        "only {reached} of {} points were reached",
        points.len()
    );
}

#[test]
fn the_engine_killed_at_every_message_of_a_run() {
    run(killed_at_every_message(
        "engine",
        Checkpointing::Off,
        "engine",
    ));
}

#[test]
fn the_app_killed_at_every_message_of_a_run() {
    run(killed_at_every_message("app", Checkpointing::Off, "app"));
}

#[test]
fn the_database_killed_at_every_message_of_a_run() {
    let off = Checkpointing::Off;
    run(killed_at_every_message("database", off, "database"));
}

#[test]
fn the_engine_killed_at_every_message_of_a_checkpointed_run() {
    let on = Checkpointing::default();
    run(killed_at_every_message("engine", on, "engine-checkpointed"));
}

#[test]
fn the_app_killed_at_every_message_of_a_checkpointed_run() {
    let on = Checkpointing::default();
    run(killed_at_every_message("app", on, "app-checkpointed"));
}

#[test]
fn the_database_killed_at_every_message_of_a_checkpointed_run() {
    let on = Checkpointing::default();
    run(killed_at_every_message(
        "database",
        on,
        "database-checkpointed",
    ));
}
