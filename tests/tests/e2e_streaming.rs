//! A model that thinks for longer than what stands between the engine and the worker puts up with.

use std::time::{Duration, Instant};

use itemsmith_domain::RequestStatus;
use itemsmith_local::stack::Settings;
use itemsmith_tests::{
    Site, database,
    proxy::IdleProxy,
    run,
    site::{LOOK_PAUSE, PATIENCE, SAMPLES},
};

/// How long the proxy lets a connection be silent.
const LONGEST_SILENCE: Duration = Duration::from_secs(1);
/// How long the model thinks: the proxy's patience two and a half times over.
const THINKING_MS: u64 = 2500;

async fn behind_a_proxy(name: &str, streaming: &str) -> (Site, IdleProxy) {
    let proxy = IdleProxy::start(LONGEST_SILENCE).await;
    let site = Site::start(name, |config| {
        config.rehearsal_delay_ms = THINKING_MS;
        config.settings = Settings::only([
            ("INNGEST_SERVE_ORIGIN", &proxy.origin()),
            ("INNGEST_STREAMING", streaming),
            ("INNGEST_STREAMING_INTERVAL", "200"),
        ]);
    })
    .await;
    proxy.lead_to(&site.stack.addresses.worker);
    (site, proxy)
}

async fn survives(name: &str, streaming: &str) {
    let (site, proxy) = behind_a_proxy(name, streaming).await;
    let id = site.submit(SAMPLES[0], "rehearsal-once").await;
    let status = site.ended(&id).await;
    assert_eq!(status.status, RequestStatus::Succeeded, "{}", site.logs());
    assert_eq!(status.iterations.len(), 1);
    assert_eq!(proxy.cut(), 0, "no call was cut");
    let database = database::connect(&site.stack.database_url).await;
    database::assert_sound(&database, &id).await;
    site.stack.stop().await;
}

#[test]
fn a_slow_answer_is_streamed_and_outlasts_the_proxy() {
    run(survives("streaming-slow", ""));
}

#[test]
fn every_answer_can_be_streamed() {
    run(survives("streaming-always", "true"));
}

#[test]
fn without_streaming_the_proxy_cuts_the_call() {
    run(async {
        let (site, proxy) = behind_a_proxy("streaming-never", "false").await;
        site.submit(SAMPLES[0], "rehearsal-once").await;
        let deadline = Instant::now() + PATIENCE;
        while proxy.cut() == 0 {
            assert!(Instant::now() < deadline, "nothing was cut");
            tokio::time::sleep(LOOK_PAUSE).await;
        }
        site.stack.stop().await;
    });
}
