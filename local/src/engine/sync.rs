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
    let shown = without_credentials(&url);
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
                    tracing::warn!(app = %shown, %error, "the app does not register");
                } else {
                    tracing::debug!(app = %shown, %error, "the app does not register yet");
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

/// An app's address as it may be logged and shown: without user and password. What cannot be read
/// as an address is not shown at all.
pub(super) fn without_credentials(url: &str) -> String {
    let Ok(mut url) = url.parse::<reqwest::Url>() else {
        return String::new();
    };
    // These fail only for addresses that cannot hold any.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

#[cfg(test)]
mod tests {
    use super::without_credentials;

    #[test]
    fn an_address_is_shown_without_its_credentials() {
        let shown = without_credentials("http://me:hunter22@h:1/api?a=b");
        assert_eq!(shown, "http://h:1/api?a=b");
        assert_eq!(without_credentials("//me:hunter22@h"), "");
    }
}
