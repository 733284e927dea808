//! The endpoint that the server calls: introspection, synchronisation, probes and calls.

mod api;
mod auth;
mod checkpoint;
mod introspect;
mod invoke;
mod respond;
mod sync;
pub(crate) mod url;

use std::time::Duration;

use crate::answer::Answer;
use crate::call::Call;
use crate::checkpoint::Checkpointing;
use crate::config::Config;
use crate::function::{FunctionConfig, check};
use crate::http::{FetchError, Headers, HttpRequest, HttpResponse, Method};
use crate::signature::{SignatureError, SigningKey};

pub(crate) use api::call_api;
pub use respond::respond;

/// Who we say that we are: name and version, as every answer must.
pub const SDK: &str = concat!("itemsmith-steps:v", env!("CARGO_PKG_VERSION"));

/// The version of the protocol's execution rules that [`crate::drive`] follows.
const REQUEST_VERSION: &str = "2";

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
    /// [`crate::drive`] for each. Never called with an id that is not among them.
    async fn call(&self, function_id: &str, call: Call) -> Answer;

    /// Whether steps are checkpointed, for functions whose configuration does not say.
    fn checkpointing(&self) -> Checkpointing {
        Checkpointing::default()
    }
}

/// What the host does for the protocol.
#[expect(
    async_fn_in_trait,
    reason = "hosts run on one thread; nothing here needs `Send`"
)]
pub trait Host {
    /// Sends a request and reads the whole response, following no redirect.
    ///
    /// # Errors
    /// No response came.
    async fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, FetchError>;

    /// Seconds since the Unix epoch.
    fn unix_seconds(&self) -> u64;

    /// Milliseconds since the Unix epoch: for the times of steps, and for the limits of
    /// [`crate::Checkpoints`], which can be no finer than this.
    fn unix_millis(&self) -> u64 {
        self.unix_seconds().saturating_mul(1000)
    }

    /// Waits before a checkpoint is sent again. A host that cannot wait sends it again at once.
    async fn sleep(&self, duration: Duration) {
        let _ = duration;
    }
}

/// Answers any request to the endpoint (`/api/inngest` by custom).
pub async fn serve<A: App, H: Host>(
    app: &A,
    host: &H,
    config: &Config,
    request: HttpRequest,
) -> HttpResponse {
    // Once, for the request and for its response.
    let signer = auth::verified(config, &request, host.unix_seconds());
    let endpoint = Endpoint {
        app,
        host,
        config,
        request: &request,
        signer,
    };
    let mut response = match request.method {
        Method::Other => respond::method_not_allowed(),
        method => match endpoint.admit(method) {
            Err(refusal) => refusal,
            Ok(()) if method == Method::Get => endpoint.introspect(),
            Ok(()) if method == Method::Put => endpoint.sync().await,
            Ok(()) => endpoint.post().await,
        },
    };
    sdk_headers(&mut response.headers, config);
    response
        .headers
        .set("x-inngest-req-version", REQUEST_VERSION);
    passed_on(&request.headers, &mut response.headers);
    if let Ok(key) = signer {
        let signature = key.sign(&response.body, host.unix_seconds());
        response.headers.set("x-inngest-signature", signature);
    }
    response
}

/// One request and what it takes to answer it.
struct Endpoint<'a, A, H> {
    app: &'a A,
    host: &'a H,
    config: &'a Config,
    request: &'a HttpRequest,
    /// The key that signed the request; its response is then signed as well.
    signer: Result<&'a SigningKey, SignatureError>,
}

impl<A: App, H: Host> Endpoint<'_, A, H> {
    /// Calls come from the server alone; of an app that is wrong nothing is served, whatever is
    /// asked: what is wrong is then the first that anyone hears.
    fn admit(&self, method: Method) -> Result<(), HttpResponse> {
        if method == Method::Post {
            self.authenticate()?;
        }
        check(self.app).map_err(|errors| respond::error(500, "InvalidApp", &errors.to_string()))
    }

    async fn post(&self) -> HttpResponse {
        match url::query(&self.request.url, "probe").as_deref() {
            None => self.invoke().await,
            Some("trust") => respond::empty(),
            Some(_) => respond::error(400, "Probe", "unknown probe; `trust` is the only one"),
        }
    }
}

/// Headers that every request and response of ours carries.
pub(crate) fn sdk_headers(headers: &mut Headers, config: &Config) {
    headers.set("x-inngest-sdk", SDK);
    // Tells our own refusals from those of whatever stands before us.
    headers.set("x-inngest-sdk-handled", "true");
    headers.set("x-inngest-framework", config.framework.as_str());
    if let Some(env) = &config.env {
        headers.set("x-inngest-env", env.as_str());
    }
    if let Some(platform) = &config.platform {
        headers.set("x-inngest-platform", platform.as_str());
    }
}

/// What of a request goes into its response, and into the requests that it leads to: which kind
/// of server it expects to talk to, and the trace that it belongs to.
pub(crate) fn passed_on(from: &Headers, to: &mut Headers) {
    for (name, as_name) in [
        ("x-inngest-server-kind", "x-inngest-expected-server-kind"),
        ("traceparent", "traceparent"),
        ("tracestate", "tracestate"),
    ] {
        if let Some(value) = from.get(name) {
            to.set(as_name, value);
        }
    }
}
