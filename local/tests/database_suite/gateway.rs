//! The gateway's protocol, as a plain HTTP client sees it.

use std::time::{Duration, Instant};

use super::support::{Database, server};
use serde_json::{Value, json};

impl Database {
    /// Posts JSON with the connection string and more headers.
    async fn call(&self, more: &[(&str, &str)], body: &Value) -> (u16, Value) {
        let mut headers = vec![("Neon-Connection-String", self.url.as_str())];
        headers.extend(more);
        let (status, text) = self.post(&headers, body.to_string()).await;
        (status, serde_json::from_str(&text).unwrap())
    }

    /// Raw text in arrays, as the edge and the npm client ask for.
    async fn raw(&self, body: &Value) -> (u16, Value) {
        let modes = [
            ("Neon-Raw-Text-Output", "true"),
            ("Neon-Array-Mode", "true"),
        ];
        self.call(&modes, body).await
    }

    async fn metric(&self, name: &str) -> u64 {
        let url = self.gateway.url().replace("/sql", "/metrics");
        let text = reqwest::get(url).await.unwrap().text().await.unwrap();
        let line = text
            .lines()
            .find(|line| line.starts_with(&format!("itemsmith_gateway_{name} ")));
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok())
            .expect(name)
    }
}

async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition().await {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn one_statement_answers_with_rows_of_text_and_their_fields() {
    let db = Database::new().await;
    let sql = "SELECT $1::numeric AS seed, $2::text[] AS words, NULL::int AS nothing, '{}'::int[]";
    let (status, answer) = db
        .raw(&json!({"query": sql, "params": ["99999999999999999999", ["a", "b c"]]}))
        .await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        answer["rows"],
        json!([["99999999999999999999", "{a,\"b c\"}", null, "{}"]])
    );
    assert_eq!(
        (&answer["command"], &answer["rowCount"]),
        (&json!("SELECT"), &json!(1))
    );
    assert_eq!(answer["rowAsArray"], true);
    let field = &answer["fields"][0];
    assert_eq!(
        (&field["name"], &field["dataTypeID"]),
        (&json!("seed"), &json!(1700))
    );
    assert_eq!(field["format"], "text");
    let (_, answer) = db.raw(&json!({"query": "CREATE TABLE t (n int)"})).await;
    assert_eq!(
        (&answer["command"], &answer["rowCount"]),
        (&json!("CREATE"), &Value::Null)
    );
    let (_, answer) = db
        .raw(&json!({"query": "INSERT INTO t VALUES (1), (2)"}))
        .await;
    assert_eq!(
        (&answer["command"], &answer["rowCount"]),
        (&json!("INSERT"), &json!(2))
    );
    let (_, answer) = db.raw(&json!({"query": ""})).await;
    assert_eq!(
        (&answer["command"], &answer["rows"]),
        (&json!(""), &json!([]))
    );
}

#[tokio::test]
async fn values_are_decoded_unless_raw_text_is_asked_for() {
    let db = Database::new().await;
    let sql = "SELECT 1 AS n, 2::bigint AS big, true AS yes, '{\"a\":1}'::jsonb AS j, \
        ARRAY['x', NULL] AS list";
    let (_, answer) = db.call(&[], &json!({"query": sql, "params": []})).await;
    let row = json!({"n": 1, "big": "2", "yes": true, "j": {"a": 1}, "list": ["x", null]});
    assert_eq!(
        (&answer["rows"][0], &answer["rowAsArray"]),
        (&row, &json!(false))
    );
    let (_, answer) = db
        .call(&[("Neon-Array-Mode", "true")], &json!({"query": sql}))
        .await;
    assert_eq!(
        answer["rows"][0],
        json!([1, "2", true, {"a": 1}, ["x", null]])
    );
}

#[tokio::test]
async fn a_batch_is_one_transaction() {
    let db = Database::new().await;
    db.raw(&json!({"query": "CREATE TABLE t (n int PRIMARY KEY)"}))
        .await;
    let insert = |n: i32| json!({"query": "INSERT INTO t VALUES ($1::int)", "params": [n]});
    let (status, answer) = db.raw(&json!({"queries": [insert(1), insert(2)]})).await;
    assert_eq!(
        (status, answer["results"].as_array().map(Vec::len)),
        (200, Some(2))
    );
    let (status, answer) = db.raw(&json!({"queries": [insert(3), insert(1)]})).await;
    assert_eq!((status, &answer["code"]), (400, &json!("23505")));
    let count = json!({"query": "SELECT count(*) FROM t"});
    assert_eq!(db.raw(&count).await.1["rows"], json!([["2"]]));

    let modes = [
        ("Neon-Batch-Isolation-Level", "RepeatableRead"),
        ("Neon-Batch-Read-Only", "true"),
    ];
    let show = json!({"queries": [{"query": "SHOW transaction_isolation"}]});
    let (_, answer) = db.call(&modes, &show).await;
    let row = json!({"transaction_isolation": "repeatable read"});
    assert_eq!(answer["results"][0]["rows"][0], row);
    let (status, answer) = db.call(&modes, &json!({"queries": [insert(9)]})).await;
    assert_eq!(
        (status, &answer["code"]),
        (400, &json!("25006")),
        "read-only"
    );
    let wrong = [("Neon-Batch-Isolation-Level", "repeatable read")];
    assert_eq!(db.call(&wrong, &show).await.0, 400);
}

#[tokio::test]
async fn errors_carry_every_field() {
    let db = Database::new().await;
    let create = "CREATE TABLE t (n int CONSTRAINT small CHECK (n < 10))";
    db.raw(&json!({"query": create})).await;
    let (status, error) = db.raw(&json!({"query": "INSERT INTO t VALUES (11)"})).await;
    assert_eq!(status, 400);
    assert_eq!(
        (&error["code"], &error["constraint"]),
        (&json!("23514"), &json!("small"))
    );
    assert_eq!(
        (&error["table"], &error["schema"]),
        (&json!("t"), &json!("public"))
    );
    assert_eq!(error["severity"], "ERROR");
    assert!(error["detail"].as_str().unwrap().contains("11"));
    let (_, error) = db.raw(&json!({"query": "SELECT nothing"})).await;
    assert_eq!(
        (&error["code"], &error["position"]),
        (&json!("42703"), &json!("8"))
    );
    let (_, error) = db.raw(&json!({"query": "SELECT 1; SELECT 2"})).await;
    assert_eq!(error["code"], "42601");
    let (_, error) = db.raw(&json!({"query": "COPY (SELECT 1) TO STDOUT"})).await;
    assert!(
        error["message"].as_str().unwrap().contains("COPY"),
        "{error}"
    );
    let (_, answer) = db.raw(&json!({"query": "SELECT 1"})).await;
    assert_eq!(
        answer["rows"],
        json!([["1"]]),
        "the next call is not harmed"
    );
}

#[tokio::test]
async fn what_is_not_the_protocol_is_refused() {
    let db = Database::new().await;
    let query = json!({"query": "SELECT 1"}).to_string();
    let (status, text) = db.post(&[], query.clone()).await;
    assert_eq!(status, 400);
    assert!(text.contains("Neon-Connection-String"), "{text}");
    let elsewhere = "postgres://itemsmith:secret@db.example/itemsmith";
    let (status, text) = db
        .post(&[("Neon-Connection-String", elsewhere)], query.clone())
        .await;
    assert!(status == 400 && !text.contains("secret"), "{text}");
    let port = server().await.port();
    let wrong = format!("postgres://itemsmith:wrong@127.0.0.1:{port}/itemsmith");
    let (status, text) = db.post(&[("Neon-Connection-String", &wrong)], query).await;
    assert!(status == 400 && text.contains("28P01"), "{text}");
    let own = [("Neon-Connection-String", db.url.as_str())];
    let bodies = [
        "",
        "{",
        "[]",
        "{}",
        r#"{"query":1}"#,
        r#"{"query":"SELECT 1","queries":[]}"#,
        "null",
    ];
    for body in bodies {
        assert_eq!(db.post(&own, body.to_owned()).await.0, 400, "{body}");
    }
    let closed = "postgres://itemsmith:x@127.0.0.1:1/itemsmith";
    let query = json!({"query": "SELECT 1"}).to_string();
    assert_eq!(
        db.post(&[("Neon-Connection-String", closed)], query)
            .await
            .0,
        500
    );
}

#[tokio::test]
async fn sizes_are_limited_both_ways() {
    let db = Database::new().await;
    let big = "x".repeat(10 * 1024 * 1024);
    let (status, error) = db
        .raw(&json!({"query": "SELECT $1::text", "params": [big]}))
        .await;
    assert_eq!(status, 413, "{error}");
    let sql = "SELECT repeat('x', 1024 * 1024) FROM generate_series(1, 11)";
    let (status, error) = db.raw(&json!({"query": sql})).await;
    assert_eq!(status, 507, "{error}");
    let sql = "SELECT length(repeat('x', 1024 * 1024))";
    assert_eq!(
        db.raw(&json!({"query": sql})).await.1["rows"],
        json!([["1048576"]])
    );
}

#[tokio::test]
async fn a_session_leaves_nothing_behind() {
    let db = Database::new().await;
    let pid = || json!({"query": "SELECT pg_backend_pid()"});
    let first = db.raw(&pid()).await.1["rows"].clone();
    until("the connection is kept", async || {
        db.metric("idle_connections").await == 1
    })
    .await;
    let set = "SELECT set_config('application_name', 'mine', false), pg_backend_pid()";
    let answer = db.raw(&json!({"query": set})).await.1;
    assert_eq!(
        answer["rows"][0][1], first[0][0],
        "the same connection serves again"
    );
    until("it is kept again", async || {
        db.metric("idle_connections").await == 1
    })
    .await;
    let name = db.raw(&json!({"query": "SHOW application_name"})).await.1;
    assert_ne!(name["rows"][0][0], "mine");
    db.raw(&json!({"query": "BEGIN"})).await;
    until("an open transaction is not kept", async || {
        let open = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'
            AND datname = current_database()";
        db.direct()
            .await
            .query_one(open, &[])
            .await
            .unwrap()
            .get::<_, i64>(0)
            == 0
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_not_used_again() {
    let db = Database::new().await;
    db.raw(&json!({"query": "SELECT 1"})).await;
    until("the connection is kept", async || {
        db.metric("idle_connections").await == 1
    })
    .await;
    let others = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let direct = db.direct().await;
    assert_eq!(
        direct
            .query_one(others, &[])
            .await
            .unwrap()
            .get::<_, i64>(0),
        1
    );
    let left = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    until("the server closed it", async || {
        direct.query_one(left, &[]).await.unwrap().get::<_, i64>(0) == 0
    })
    .await;
    let (status, answer) = db.raw(&json!({"query": "SELECT 2"})).await;
    assert_eq!((status, &answer["rows"]), (200, &json!([["2"]])));
}

#[tokio::test]
async fn a_client_that_goes_away_cancels_its_statement() {
    let db = Database::new().await;
    let direct = db.direct().await;
    let sleeping = "SELECT count(*) FROM pg_stat_activity
        WHERE query = 'SELECT pg_sleep(600)' AND state = 'active'";
    let count = async || {
        direct
            .query_one(sleeping, &[])
            .await
            .unwrap()
            .get::<_, i64>(0)
    };
    {
        let body = json!({"query": "SELECT pg_sleep(600)"});
        let call = db.raw(&body);
        let started = until("the statement runs", async || count().await == 1);
        tokio::select! {
            answer = call => panic!("it sleeps for ten minutes: {answer:?}"),
            () = started => {}
        }
    }
    until("the statement ends", async || count().await == 0).await;
    assert_eq!(db.metric("abandoned_total").await, 1);
}

#[tokio::test]
async fn more_calls_than_connections_wait_and_are_counted() {
    let db = Database::new().await;
    let calls: Vec<_> = (0..100)
        .map(|n| {
            let (url, connection) = (db.gateway.url(), db.url.clone());
            tokio::spawn(async move {
                let body = json!({"query": "SELECT $1::int, pg_sleep(0.01)", "params": [n]});
                let client = reqwest::Client::new();
                let call = client
                    .post(url)
                    .header("Neon-Connection-String", connection);
                let answer: Value =
                    serde_json::from_str(&call.body(body.to_string()).send().await?.text().await?)
                        .unwrap();
                Ok::<_, reqwest::Error>(answer["rows"][0]["int4"] == n)
            })
        })
        .collect();
    for call in calls {
        assert!(call.await.unwrap().unwrap());
    }
    assert_eq!(db.metric("calls_total").await, 100);
    assert_eq!(db.metric("statements_total").await, 100);
    assert!(db.metric("idle_connections").await <= 16);
    let pair = json!({"queries": [{"query": "SELECT 1"}, {"query": "SELECT 2"}]});
    db.raw(&pair).await;
    assert_eq!(
        db.metric("calls_total").await,
        101,
        "a batch is one round trip"
    );
    assert_eq!(db.metric("statements_total").await, 102);
}

#[tokio::test]
async fn other_routes_say_what_there_is() {
    let db = Database::new().await;
    let base = db.gateway.url().replace("/sql", "");
    assert_eq!(
        reqwest::get(format!("{base}/health"))
            .await
            .unwrap()
            .status(),
        200
    );
    let wrong = reqwest::get(format!("{base}/sql")).await.unwrap();
    assert_eq!(
        (wrong.status().as_u16(), &wrong.headers()["allow"]),
        (405, &"POST".parse().unwrap())
    );
    assert_eq!(
        reqwest::get(format!("{base}/other"))
            .await
            .unwrap()
            .status(),
        404
    );
}
