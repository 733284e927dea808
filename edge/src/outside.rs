//! What the host gives: HTTP, the clock, randomness.

use std::time::Duration;

use itemsmith_steps::{HttpRequest, HttpResponse};

/// One HTTP exchange to be made.
#[derive(Debug)]
pub struct Exchange {
    /// The request.
    pub request: HttpRequest,
    /// Given up after this long, the body's time included.
    pub timeout: Duration,
    /// A longer answer is not read to its end.
    pub max_bytes: usize,
}

/// Why an exchange gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FetchTrouble {
    /// No connection, or it broke before the answer was whole.
    #[error("the connection failed")]
    Connection,
    /// The time was up.
    #[error("no answer in time")]
    TimedOut,
    /// The answer is longer than was asked for.
    #[error("the answer is too large")]
    TooLarge,
}

/// The host.
#[expect(
    async_fn_in_trait,
    reason = "one thread; callers are generic and never spawn"
)]
pub trait Outside {
    /// Sends a request and reads the whole answer; redirects are not followed.
    async fn fetch(&self, exchange: Exchange) -> Result<HttpResponse, FetchTrouble>;

    /// Comes back after this long.
    async fn sleep(&self, duration: Duration);

    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> u64;

    /// Ten random bytes, from a source that is good enough for keys.
    fn random(&self) -> [u8; 10];
}
