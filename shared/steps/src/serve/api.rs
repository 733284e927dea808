//! Requests to the server.

use super::{App, Endpoint, Host, passed_on, sdk_headers};
use crate::config::Config;
use crate::http::{FetchError, Headers, HttpRequest, HttpResponse, Method};

/// Statuses on which the fallback key is tried.
const REFUSED: [u16; 2] = [401, 403];

/// Sends a request to the server's API under each signing key until one is accepted; without a
/// token where there is no key. `headers` are what it says besides the usual ones.
pub(crate) async fn call_api<H: Host>(
    host: &H,
    config: &Config,
    mut headers: Headers,
    method: Method,
    path: &str,
    body: Vec<u8>,
) -> Result<HttpResponse, FetchError> {
    sdk_headers(&mut headers, config);
    headers.set("content-type", "application/json");
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
        self.call_api_with(Headers::new(), method, path, body).await
    }

    /// The same with more headers.
    pub(super) async fn call_api_with(
        &self,
        mut headers: Headers,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<HttpResponse, FetchError> {
        passed_on(&self.request.headers, &mut headers);
        call_api(self.host, self.config, headers, method, path, body).await
    }
}
