//! Asking apps to register themselves, as Inngest's dev server does.

use std::time::Duration;

use super::client::Caller;

/// Between two tries of an app that has not registered yet: soon enough that a start feels
/// immediate, seldom enough to cost nothing.
const UNREGISTERED: Duration = Duration::from_millis(250);
/// Failures in a row after which it is told, and then only now and then.
const PATIENCE: u32 = 20;

/// Asks one app until it registers, then again every `interval`, for ever.
pub(super) async fn poll(caller: Caller, url: String, interval: Duration) {
    let mut failures: u32 = 0;
    loop {
        match caller.sync(&url).await {
            Ok(()) => {
                failures = 0;
                tokio::time::sleep(interval).await;
            }
            Err(error) => {
                failures += 1;
                if failures.is_multiple_of(PATIENCE) {
                    tracing::warn!(app = %url, %error, "the app does not register");
                } else {
                    tracing::debug!(app = %url, %error, "the app does not register yet");
                }
                tokio::time::sleep(if failures > PATIENCE {
                    interval
                } else {
                    UNREGISTERED
                })
                .await;
            }
        }
    }
}
