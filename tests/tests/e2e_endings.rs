//! What follows a request's end: the webhook is told and the audit has its row, once.

use itemsmith_domain::RequestStatus;
use itemsmith_local::stack::Settings;
use itemsmith_tests::{
    Site, database, run,
    site::{LOOK_PAUSE, PATIENCE, SAMPLES},
};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc,
};

/// Answers the first call with 503 and the others with 200; gives the bodies of all.
async fn receiver() -> (String, mpsc::UnboundedReceiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!(
        "http://{}/hook/",
        listener.local_addr().expect("an address")
    );
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut status = "503 Service Unavailable";
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut text = Vec::new();
            while body(&text).is_none() {
                let read = stream.read_buf(&mut text).await.expect("readable");
                assert!(read > 0, "the call ended early");
            }
            let whole = body(&text).expect("a body");
            let _nobody = tell.send(serde_json::from_slice(whole).expect("JSON"));
            let answer =
                format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.expect("writable");
            status = "200 OK";
        }
    });
    (url, told)
}

/// The body of an HTTP request once all of it is there.
fn body(text: &[u8]) -> Option<&[u8]> {
    let end = text.windows(4).position(|part| part == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&text[..end]).to_ascii_lowercase();
    let length = head
        .split("content-length:")
        .nth(1)?
        .lines()
        .next()?
        .trim()
        .parse()
        .ok()?;
    text[end..].get(..length)
}

#[test]
fn the_webhook_is_told_again_after_a_refusal_and_the_audit_has_one_row() {
    run(async {
        let (url, mut told) = receiver().await;
        let site = Site::start("endings", |config| {
            config.settings = Settings::only([("NOTIFY_WEBHOOK_URL", &url)]);
        })
        .await;
        let id = site.submit(SAMPLES[0], "rehearsal-once").await;
        assert_eq!(site.ended(&id).await.status, RequestStatus::Succeeded);
        for _try in 0..2 {
            let told = tokio::time::timeout(PATIENCE, told.recv())
                .await
                .expect("in time");
            let told = told.expect("a call");
            assert_eq!(told["type"], "template/completed", "{told}");
            assert_eq!(told["requestId"], id.as_str(), "{told}");
        }
        let database = database::connect(&site.stack.database_url).await;
        let audited = async || -> i64 {
            let sql = "SELECT count(*) FROM audit_log WHERE request_id = $1::text::uuid";
            database
                .query_one(sql, &[&id])
                .await
                .expect("a count")
                .get(0)
        };
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while audited().await == 0 {
            assert!(
                tokio::time::Instant::now() < deadline,
                "no audit row\n{}",
                site.logs()
            );
            tokio::time::sleep(LOOK_PAUSE).await;
        }
        assert_eq!(audited().await, 1);
        assert!(told.try_recv().is_err(), "told once when it is taken");
        site.stack.stop().await;
    });
}
