//! The embedded Postgres: starts unprivileged, keeps its data, never outlives its parent.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use itemsmith_local::postgres::{
    Postgres, PostgresConfig, PostgresError, create_test_database, migrate, seed_development_key,
};
use nix::{sys::signal::kill, unistd::Pid};
use tokio_postgres::NoTls;

fn config(folder: &std::path::Path, durable: bool) -> PostgresConfig {
    PostgresConfig {
        data_dir: folder.to_owned(),
        port: None,
        durable,
    }
}

async fn client(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn alive(pid: u32) -> bool {
    kill(Pid::from_raw(i32::try_from(pid).unwrap()), None).is_ok()
}

#[tokio::test]
async fn data_survive_a_stop_and_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let server = Postgres::start(config(folder.path(), true)).await.unwrap();
    let url = server.url();
    let db = client(&url).await;
    db.batch_execute("CREATE TABLE t (n int); INSERT INTO t VALUES (1)")
        .await
        .unwrap();
    server.stop().await;

    let mut server = Postgres::start(config(folder.path(), true)).await.unwrap();
    let db = client(&server.url()).await;
    db.batch_execute("INSERT INTO t VALUES (2)").await.unwrap();
    let before = (server.url(), server.pid());
    server.kill().await;
    assert!(!alive(before.1));
    server.restart().await.unwrap();
    assert_eq!(server.url(), before.0, "the address stays");
    let db = client(&server.url()).await;
    let count: i64 = db
        .query_one("SELECT count(*) FROM t", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(count, 2);
    server.stop().await;
}

#[tokio::test]
async fn it_is_reachable_with_the_password_only_and_on_this_machine_only() {
    let folder = tempfile::tempdir().unwrap();
    let server = Postgres::start(config(folder.path(), false)).await.unwrap();
    let wrong = format!(
        "postgres://itemsmith:wrong@127.0.0.1:{}/itemsmith",
        server.port()
    );
    let error = tokio_postgres::connect(&wrong, NoTls)
        .await
        .map(drop)
        .unwrap_err();
    assert_eq!(error.code().unwrap().code(), "28P01");
    let db = client(&server.url()).await;
    let listens: String = db
        .query_one("SHOW listen_addresses", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(listens, "127.0.0.1");
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid()));
    if let Ok(status) = status {
        // In its own user namespace root's id is kept outside, but none of root's powers.
        assert!(status.contains("CapEff:\t0000000000000000"), "{status}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_second_server_on_the_same_data_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let server = Postgres::start(config(folder.path(), false)).await.unwrap();
    let error = Postgres::start(config(folder.path(), false))
        .await
        .unwrap_err();
    let PostgresError::InUse { pid, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(pid, &server.pid().to_string());
    server.stop().await;
}

#[tokio::test]
async fn migrations_run_once_however_many_start_them_and_tests_get_clones() {
    let folder = tempfile::tempdir().unwrap();
    let server = Postgres::start(config(folder.path(), false)).await.unwrap();
    let url = server.url();
    let (a, b, c) = tokio::join!(migrate(&url), migrate(&url), migrate(&url));
    a.and(b).and(c).unwrap();
    let hash = "ab".repeat(32);
    seed_development_key(&url, &hash).await.unwrap();
    seed_development_key(&url, &hash).await.unwrap();
    let db = client(&url).await;
    let keys = "SELECT count(*) FROM api_keys WHERE tenant_id = 'development'";
    assert_eq!(db.query_one(keys, &[]).await.unwrap().get::<_, i64>(0), 1);

    let (one, two) = tokio::join!(create_test_database(&url), create_test_database(&url));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_ne!(one, two);
    let db = client(&one).await;
    assert_eq!(
        db.query_one(keys, &[]).await.unwrap().get::<_, i64>(0),
        0,
        "clones are empty"
    );
    server.stop().await;
}

/// What the test below starts and kills: a process that holds a server.
#[tokio::test]
async fn parent_of_a_server() {
    let Some(folder) = std::env::var_os("ITEMSMITH_TEST_PARENT") else {
        return;
    };
    let server = Postgres::start(config(folder.as_ref(), false))
        .await
        .unwrap();
    std::fs::write(
        std::path::Path::new(&folder).join("pid"),
        server.pid().to_string(),
    )
    .unwrap();
    std::future::pending::<()>().await;
}

#[test]
fn the_server_dies_with_a_parent_that_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "database_suite::server::parent_of_a_server"])
        .env("ITEMSMITH_TEST_PARENT", folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let pid_file = folder.path().join("pid");
    let pid = until(Duration::from_secs(60), || {
        std::fs::read_to_string(&pid_file).ok()?.parse().ok()
    });
    assert!(alive(pid));
    // SIGKILL: the parent gets no chance to clean up.
    parent.kill().unwrap();
    parent.wait().unwrap();
    until(Duration::from_secs(20), || (!alive(pid)).then_some(()));
}

fn until<T>(limit: Duration, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(
            Instant::now() < deadline,
            "the condition did not come true within {limit:?}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
