//! The real stack with one process killed at one message, for every message of a request: the
//! request still ends well, and nothing is done twice.

use std::time::{Duration, Instant};

use itemsmith_api::auth::DEVELOPMENT_KEY;
use itemsmith_local::stack::{Detour, Settings};
use itemsmith_tests::{
    Site, database,
    fault::{self, Point, Wires},
    run,
    site::{self, PATIENCE, SAMPLES},
};
use tokio_postgres::Client;

/// One attempt with findings, one that is proven.
const MODEL: &str = "rehearsal-twice";
const ATTEMPTS: i64 = 2;
/// Points that an ordinary test run visits for each victim: a minute for all three.
const MOST: usize = 24;
/// A run that has not ended by then waits for the outbox's schedule.
const UNSCHEDULED: Duration = Duration::from_secs(3);

/// A stack whose every connection is led through a relay.
struct Stage {
    site: Site,
    wires: Wires,
    http: reqwest::Client,
    requests: String,
}

impl Stage {
    async fn set(name: &str, settings: Settings) -> Self {
        let wires = Wires::new();
        let leading = wires.clone();
        let site = Site::start(&format!("points-{name}"), |config| {
            config.settings = settings;
            config.durable = fault::thorough();
            config.detour = Detour::through(move |from, to, at| leading.lead(from, to, at));
        })
        .await;
        let worker = site.stack.addresses.worker.replace("http://", "");
        let requests = format!(
            "http://{}/api/templates",
            wires.lead("client", "worker", &worker)
        );
        let victims = site.victims();
        wires.set_killer(move |name| victims.kill(name));
        wires.mended().await;
        Self {
            site,
            wires,
            http: reqwest::Client::new(),
            requests,
        }
    }

    /// Submits as a careful client does: again with the same key until it is answered.
    async fn submit(&self, key: &str) -> String {
        let item = std::fs::read_to_string(site::sample(SAMPLES[0])).expect("the sample");
        let item: serde_json::Value = serde_json::from_str(&item).expect("JSON");
        let body = serde_json::json!({ "structuredItem": item, "model": MODEL });
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self
                .http
                .post(&self.requests)
                .bearer_auth(DEVELOPMENT_KEY)
                .header("idempotency-key", key)
                .json(&body)
                .send()
                .await;
            if let Ok(answer) = answer {
                let status = answer.status();
                let text = answer.text().await.unwrap_or_default();
                if status == 202 {
                    let accepted: serde_json::Value =
                        serde_json::from_str(&text).expect("an answer in JSON");
                    return accepted["id"].as_str().expect("an id").to_owned();
                }
                assert!(status.is_server_error(), "{status}: {text}");
            }
            assert!(Instant::now() < deadline, "{key} is not accepted");
            tokio::time::sleep(site::LOOK_PAUSE).await;
        }
    }

    /// Waits until nothing is under way any more: the request, what follows from it, the victim's
    /// restart.
    async fn settled(&self, id: &str, at: &str) -> Client {
        let begun = Instant::now();
        let (mut hastened, mut mended) = (false, false);
        loop {
            if let Some((database, open)) = self.open(id).await {
                if open.is_empty() && mended {
                    return database;
                }
                if open.is_empty() {
                    // What a last kill took with it, the next look sees.
                    self.wires.mended().await;
                    mended = true;
                    continue;
                }
                if begun.elapsed() > UNSCHEDULED && !hastened {
                    hastened = self.sweep(&database).await;
                }
                assert!(
                    begun.elapsed() < PATIENCE,
                    "{at}: still {open}\n{}",
                    self.site.logs()
                );
            }
            tokio::time::sleep(site::LOOK_PAUSE).await;
        }
    }

    /// What is not over yet, unless the database is away.
    async fn open(&self, id: &str) -> Option<(Client, String)> {
        let url = &self.site.stack.database_url;
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
            .await
            .ok()?;
        tokio::spawn(connection);
        let query = "SELECT concat_ws(', ',
                (SELECT 'request ' || status FROM generation_requests WHERE id = $1::text::uuid
                    AND status NOT IN ('succeeded', 'failed', 'cancelled')),
                (SELECT 'run of ' || string_agg(function, ' ') FROM engine.runs
                    WHERE status = 'Running'),
                (SELECT 'outbox ' || string_agg(event_id, ' ') FROM outbox),
                (SELECT 'no audit' WHERE NOT EXISTS
                    (SELECT FROM audit_log WHERE request_id = $1::text::uuid)))";
        let row = client.query_one(query, &[&id]).await.ok()?;
        Some((client, row.get(0)))
    }

    /// Does what the schedule does every minute, without the wait: the outbox's rows come due, and
    /// the function that sends them is called.
    async fn sweep(&self, database: &Client) -> bool {
        let due = "UPDATE outbox SET available_at = now()";
        if database.execute(due, &[]).await.is_err() {
            return false;
        }
        let worker = &self.site.stack.addresses.worker;
        let url =
            format!("{worker}/api/inngest?fnId=template-orchestrator-outbox.sweep&stepId=step");
        let call = serde_json::json!({
            "ctx": { "run_id": "01JDE000000000000000000000", "fn_id": "sweep", "attempt": 0,
                "disable_immediate_execution": false, "use_api": false,
                "stack": { "stack": [], "current": 0 } },
            "event": { "name": "inngest/scheduled.timer", "data": {} },
            "events": [], "steps": {}, "use_api": false, "version": 2,
        });
        let answer = self.http.post(url).json(&call).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// The invariants of a request that ended.
    async fn check(&self, database: &Client, id: &str, at: &str) {
        database::assert_sound(database, id).await;
        let row = database
            .query_one(
                "SELECT r.status::text,
                    (SELECT count(*) FROM generation_iterations i WHERE i.request_id = r.id),
                    (SELECT count(*) FROM generation_iterations i WHERE i.request_id = r.id
                        AND i.status IS NOT NULL),
                    (SELECT count(*) FROM audit_log a WHERE a.request_id = r.id)
                 FROM generation_requests r WHERE r.id = $1::text::uuid",
                &[&id],
            )
            .await
            .expect("the request");
        let status: &str = row.get(0);
        assert_eq!(status, "succeeded", "{at}\n{}", self.site.logs());
        let counts: [i64; 3] = [row.get(1), row.get(2), row.get(3)];
        assert_eq!(
            counts,
            [ATTEMPTS, ATTEMPTS, 1],
            "{at}: attempts, verdicts, audits"
        );
        let ledger = database::ledger(database, id).await;
        let of = |name: &str| ledger.iter().filter(|known| *known == name).count();
        assert_eq!(
            (of("template/requested"), of("template/iteration.completed")),
            (1, 2),
            "{at}: {ledger:?}"
        );
        let paid = self.wires.passed_to("rehearsal");
        let lost = usize::from(self.wires.sprung().is_some());
        assert!(
            paid <= 2 + lost,
            "{at}: {paid} calls of the model for {ATTEMPTS} attempts"
        );
    }

    async fn one(&self, key: &str, at: &str) {
        let id = self.submit(key).await;
        let database = self.settled(&id, at).await;
        self.check(&database, &id, at).await;
    }
}

async fn killed_at_every_message(victim: &'static str) {
    visit(victim, victim, Settings::default(), MOST).await;
}

/// One call for each step, so that every step's answer is a message between two calls.
async fn killed_without_checkpoints(victim: &'static str) {
    let settings = Settings::only([("INNGEST_CHECKPOINTING", "false")]);
    let name = format!("{victim}-uncheckpointed");
    visit(&name, victim, settings, MOST / 2).await;
}

async fn visit(name: &str, victim: &'static str, settings: Settings, most: usize) {
    let stage = Stage::set(name, settings).await;
    // The first request finds cold caches and connections to open; the second is like all others.
    stage.one(&format!("{victim}-cold"), "no fault").await;
    stage.wires.count();
    stage.one(&format!("{victim}-whole"), "no fault").await;
    let messages = stage.wires.passed();
    let mut reached = 0;
    let mut visited = 0;
    for Point { message, moment } in fault::every(name, messages, most) {
        let point = Point { message, moment };
        stage.wires.arm(victim, point);
        let begun = Instant::now();
        let at = format!("{name}: {victim} killed at {point}");
        stage
            .one(&format!("{victim}-{message}-{moment:?}"), &at)
            .await;
        visited += 1;
        let place = stage.wires.sprung();
        reached += usize::from(place.is_some());
        println!(
            "{at}, {}: {:.1} s",
            place.as_deref().unwrap_or("not reached"),
            begun.elapsed().as_secs_f64()
        );
    }
    println!("{name}: {reached} of {visited} points reached");
    assert!(
        reached * 10 >= visited * 9,
        "only {reached} of {visited} points were reached"
    );
    stage.site.stack.stop().await;
}

#[test]
fn the_worker_killed_at_every_message() {
    run(killed_at_every_message("worker"));
}

#[test]
fn the_engine_killed_at_every_message() {
    run(killed_at_every_message("engine"));
}

#[test]
fn the_database_killed_at_every_message() {
    run(killed_at_every_message("database"));
}

#[test]
fn the_worker_killed_at_every_message_without_checkpoints() {
    run(killed_without_checkpoints("worker"));
}

#[test]
fn the_engine_killed_at_every_message_without_checkpoints() {
    run(killed_without_checkpoints("engine"));
}
