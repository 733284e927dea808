//! Telling the server which functions there are: by registering with it (out of band), or in the
//! answer to its own request (in band).

use serde::Deserialize;
use serde_json::{Value, json};

use super::{App, Endpoint, Host, SDK, introspect, respond, url};
use crate::http::{HttpResponse, Method};

const SYNC_KIND: &str = "x-inngest-sync-kind";
const IN_BAND: &str = "in_band";

/// What an in-band request tells: under which address the server reaches us.
#[derive(Deserialize)]
struct InBand {
    url: String,
}

/// What the server answers to a registration.
#[derive(Default, Deserialize)]
struct Registered {
    #[serde(default)]
    modified: bool,
    error: Option<String>,
}

impl<A: App, H: Host> Endpoint<'_, A, H> {
    pub(super) async fn sync(&self) -> HttpResponse {
        let kind = self.request.headers.get(SYNC_KIND);
        if kind.is_some_and(|kind| kind.eq_ignore_ascii_case(IN_BAND)) {
            self.in_band()
        } else {
            self.register().await
        }
    }

    /// Anyone may ask for this: whoever asks, it tells the configured server only.
    async fn register(&self) -> HttpResponse {
        let url = url::endpoint(self.config, &self.request.url);
        let body = json!({
            "url": url,
            "deployType": "ping",
            "appName": self.app.id(),
            "sdk": SDK,
            "v": "0.1",
            "framework": self.config.framework,
            "functions": self.functions(&url),
            "capabilities": introspect::capabilities(),
            "headers": { "env": self.config.env, "platform": self.config.platform },
        });
        let mut path = "/fn/register".to_owned();
        if let Some(id) = url::query(&self.request.url, "deployId") {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("deployId", &id)
                .finish();
            path = format!("{path}?{query}");
        }
        let body = body.to_string().into_bytes();
        let (message, modified) = match self.call_api(Method::Post, &path, body).await {
            Err(error) => (
                format!("the Inngest server cannot be reached: {error}"),
                None,
            ),
            Ok(response) => {
                let answer: Registered = serde_json::from_slice(&response.body).unwrap_or_default();
                match response.status {
                    200 => ("Successfully registered".to_owned(), Some(answer.modified)),
                    401 | 403 => (
                        "the Inngest server refuses the signing key".to_owned(),
                        None,
                    ),
                    status => {
                        let error = answer.error.unwrap_or_else(|| format!("status {status}"));
                        (
                            format!("the Inngest server refused the functions: {error}"),
                            None,
                        )
                    }
                }
            }
        };
        let status = if modified.is_some() { 200 } else { 500 };
        let body = json!({ "message": message, "modified": modified.unwrap_or(false) });
        let mut response = respond::json(status, &body);
        response.headers.set(SYNC_KIND, "out_of_band");
        response
    }

    fn in_band(&self) -> HttpResponse {
        if let Err(refusal) = self.authenticate() {
            return refusal;
        }
        let Ok(InBand { url }) = serde_json::from_slice(&self.request.body) else {
            return respond::error(400, "Sync", "an in-band sync's body is `{\"url\": …}`");
        };
        let url = url::endpoint(self.config, &url);
        let body = json!({
            "app_id": self.app.id(),
            "capabilities": introspect::capabilities(),
            "env": self.config.env,
            "framework": self.config.framework,
            "functions": self.functions(&url),
            "inspection": self.inspection(),
            "platform": self.config.platform,
            "sdk": SDK,
            "sdk_author": "itemsmith",
            "sdk_language": "rust",
            "sdk_version": env!("CARGO_PKG_VERSION"),
            "url": url,
        });
        let mut response = respond::json(200, &body);
        response.headers.set(SYNC_KIND, IN_BAND);
        response
    }

    fn functions(&self, url: &str) -> Vec<Value> {
        let app_id = self.app.id();
        self.app
            .functions()
            .iter()
            .map(|function| function.to_json(app_id, url))
            .collect()
    }
}
