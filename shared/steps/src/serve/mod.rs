//! The endpoint that the server calls: introspection, synchronisation, probes and calls.

use crate::answer::Answer;
use crate::call::Call;
use crate::config::Config;
use crate::function::FunctionConfig;
use crate::http::{FetchError, Headers, HttpRequest, HttpResponse};

/// An application: its functions, and how to call one.
#[expect(
    async_fn_in_trait,
    reason = "apps run on one thread; nothing here needs `Send`"
)]
pub trait App {
    /// The app's id, the prefix of its functions' ids.
    fn id(&self) -> &str;

    /// The functions, failure handlers among them.
    fn functions(&self) -> Vec<FunctionConfig>;

    /// Calls one of [`App::functions`], its id without the app's prefix; usually one
    /// [`crate::drive`] for each.
    async fn call(&self, function_id: &str, call: Call) -> Answer;
}

/// What the host does for the protocol.
#[expect(
    async_fn_in_trait,
    reason = "hosts run on one thread; nothing here needs `Send`"
)]
pub trait Host {
    /// Sends a request and reads the whole response.
    ///
    /// # Errors
    /// No response came.
    async fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, FetchError>;

    /// Seconds since the Unix epoch.
    fn unix_seconds(&self) -> u64;
}

/// Answers any request to the endpoint (`/api/inngest` by custom).
pub async fn serve<A: App, H: Host>(
    _app: &A,
    _host: &H,
    _config: &Config,
    _request: HttpRequest,
) -> HttpResponse {
    HttpResponse {
        status: 501,
        headers: Headers::new(),
        body: Vec::new(),
    }
}
