//! What the service must survive.

use std::{sync::Arc, time::Instant};

use crate::support::{Service, check_request, signal_to, source, wait_for};

/// Different sources, so that none is answered from the cache.
fn distinct(n: usize) -> serde_json::Value {
    source(&format!("export const a{n}: number = 'x';"))
}

/// Waits until every process is warm and idle; gives their ids.
async fn warm(service: &Service, processes: usize) -> Vec<u32> {
    wait_for_idle(service, processes).await;
    service.compilers()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_compiler_killed_in_the_middle_is_a_typed_503_and_nothing_else_is_harmed() {
    let service = Arc::new(Service::start(&["--concurrency", "1"]));
    let pids = warm(&service, 2).await;
    for pid in &pids {
        signal_to(*pid, libc::SIGSTOP);
    }
    let asked = {
        let service = service.clone();
        tokio::spawn(async move { service.check(&distinct(0)).await })
    };
    wait_for_idle(&service, 1).await;
    for pid in &pids {
        signal_to(*pid, libc::SIGKILL);
    }
    for pid in pids {
        wait_for("the compiler has ended", || has_ended(pid).then_some(())).await;
    }
    let answer = asked.await.expect("an answer");
    assert_eq!(answer.problem(), (503, "compiler_lost"), "{}", answer.text);
    assert_eq!(answer.headers["retry-after"], "1");
    let killed = Instant::now();
    assert!(service.check(&distinct(0)).await.codes().contains(&2322));
    assert!(
        killed.elapsed().as_secs_f64() < 1.0,
        "{:?}",
        killed.elapsed()
    );
    warm(&service, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_queue_is_refused_at_once_and_the_rest_are_answered() {
    let service = Arc::new(Service::start(&["--concurrency", "1"]));
    let pids = warm(&service, 2).await;
    for pid in &pids {
        signal_to(*pid, libc::SIGSTOP);
    }
    let mut asked = tokio::task::JoinSet::new();
    for n in 0..40 {
        let service = service.clone();
        asked.spawn(async move { service.check(&distinct(n)).await });
    }
    // One runs and 32 wait: the others are refused while nothing moves.
    let mut refused = 0;
    while refused < 7 {
        let answer = asked
            .join_next()
            .await
            .expect("an answer")
            .expect("no panic");
        assert_eq!(answer.problem(), (503, "overloaded"));
        assert!(answer.headers.contains_key("retry-after"));
        refused += 1;
    }
    for pid in &pids {
        signal_to(*pid, libc::SIGCONT);
    }
    while let Some(answer) = asked.join_next().await {
        let answer = answer.expect("no panic");
        assert!(answer.codes().contains(&2322), "{}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_answers_what_was_begun_and_ends() {
    let mut service = Service::start(&["--concurrency", "1"]);
    let pids = warm(&service, 2).await;
    for pid in &pids {
        signal_to(*pid, libc::SIGSTOP);
    }
    let address = service.address.clone();
    let asked = {
        let request = check_request(distinct(0).to_string()).body_of();
        let service = Arc::new(SendTo(address));
        tokio::spawn(async move { service.send(request).await })
    };
    wait_for_idle(&service, 1).await;
    service.signal(libc::SIGTERM);
    wait_for("the log says that it drains", || {
        let log = service.log.lock().expect("no panic under the lock");
        log.iter()
            .any(|line| line["message"] == "draining")
            .then_some(())
    })
    .await;
    for pid in &pids {
        signal_to(*pid, libc::SIGCONT);
    }
    let answer = asked.await.expect("no panic");
    assert!(answer.contains("2322"), "{answer}");
    let code = wait_for("the service ends", || service.exit_code()).await;
    assert_eq!(code, 0);
    for pid in pids {
        wait_for("no compiler outlives it", || has_ended(pid).then_some(())).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_child_outlives_a_service_that_was_killed() {
    let service = Service::start(&["--concurrency", "1"]);
    let pids = warm(&service, 2).await;
    service.signal(libc::SIGKILL);
    for pid in pids {
        wait_for("the compiler is gone", || has_ended(pid).then_some(())).await;
    }
}

/// A process has ended when it is gone, or waits to be reaped.
fn has_ended(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.is_empty() || stat.contains(") Z ")
}

/// Waits until the pool has exactly so many idle processes.
async fn wait_for_idle(service: &Service, count: usize) {
    let deadline = Instant::now() + std::time::Duration::from_secs(20);
    while service.get("/ready").await.json["pool"]["idle"] != count {
        assert!(Instant::now() < deadline, "never {count} idle processes");
    }
}

/// A client that needs no hold of the service.
struct SendTo(String);

impl SendTo {
    async fn send(&self, request: http::Request<http_body_util::Full<bytes::Bytes>>) -> String {
        use http_body_util::BodyExt as _;
        let stream = tokio::net::TcpStream::connect(&self.0)
            .await
            .expect("it listens");
        let io = hyper_util::rt::TokioIo::new(stream);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io)
            .await
            .expect("HTTP");
        tokio::spawn(connection);
        let answer = sender.send_request(request).await.expect("an answer");
        let body = answer
            .into_body()
            .collect()
            .await
            .expect("a body")
            .to_bytes();
        String::from_utf8_lossy(&body).into_owned()
    }
}
