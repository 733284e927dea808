//! Requests to the server.

use super::{App, Endpoint, Host, sdk_headers};
use crate::http::{FetchError, Headers, HttpRequest, HttpResponse, Method};

/// Statuses on which the fallback key is tried.
const REFUSED: [u16; 2] = [401, 403];

impl<A: App, H: Host> Endpoint<'_, A, H> {
    /// Sends a request to the server's API under each signing key until one is accepted; without
    /// a token where there is no key.
    pub(super) async fn call_api(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<HttpResponse, FetchError> {
        let mut headers = Headers::new();
        sdk_headers(&mut headers, self.config);
        headers.set("content-type", "application/json");
        if let Some(env) = &self.config.env {
            headers.set("x-inngest-env", env.as_str());
        }
        if let Some(kind) = self.request.headers.get("x-inngest-server-kind") {
            headers.set("x-inngest-expected-server-kind", kind);
        }
        let url = format!("{}{path}", self.config.api);
        let mut request = HttpRequest {
            method,
            url,
            headers,
            body,
        };
        let mut keys = self.config.signing_keys.iter();
        loop {
            let key = keys.next();
            if let Some(key) = key {
                request
                    .headers
                    .set("authorization", format!("Bearer {}", key.bearer()));
            }
            if keys.len() == 0 {
                return self.host.fetch(request).await;
            }
            let response = self.host.fetch(request.clone()).await?;
            if !REFUSED.contains(&response.status) {
                return Ok(response);
            }
        }
    }
}
