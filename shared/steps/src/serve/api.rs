//! Requests to the server.

use super::{App, Endpoint, Host, sdk_headers};
use crate::config::Config;
use crate::http::{FetchError, Headers, HttpRequest, HttpResponse, Method};

/// Statuses on which the fallback key is tried.
const REFUSED: [u16; 2] = [401, 403];

/// Sends a request to the server's API under each signing key until one is accepted; without a
/// token where there is no key. `kind` is the kind of server that must answer, if one is expected.
pub(crate) async fn call_api<H: Host>(
    host: &H,
    config: &Config,
    kind: Option<&str>,
    method: Method,
    path: &str,
    body: Vec<u8>,
) -> Result<HttpResponse, FetchError> {
    let mut headers = Headers::new();
    sdk_headers(&mut headers, config);
    headers.set("content-type", "application/json");
    if let Some(env) = &config.env {
        headers.set("x-inngest-env", env.as_str());
    }
    if let Some(kind) = kind {
        headers.set("x-inngest-expected-server-kind", kind);
    }
    let url = format!("{}{path}", config.api);
    let mut request = HttpRequest {
        method,
        url,
        headers,
        body,
    };
    let mut keys = config.signing_keys.iter();
    loop {
        let key = keys.next();
        if let Some(key) = key {
            request
                .headers
                .set("authorization", format!("Bearer {}", key.bearer()));
        }
        if keys.len() == 0 {
            return host.fetch(request).await;
        }
        let response = host.fetch(request.clone()).await?;
        if !REFUSED.contains(&response.status) {
            return Ok(response);
        }
    }
}

impl<A: App, H: Host> Endpoint<'_, A, H> {
    /// [`call_api`] on behalf of the present request.
    pub(super) async fn call_api(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<HttpResponse, FetchError> {
        let kind = self.request.headers.get("x-inngest-server-kind");
        call_api(self.host, self.config, kind, method, path, body).await
    }
}
