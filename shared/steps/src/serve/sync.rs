//! Telling the server which functions there are: by registering with it (out of band), or in the
//! answer to its own request (in band).

use serde::Deserialize;
use serde_json::{Value, json};

use super::{App, Endpoint, Host, SDK, introspect, respond, url};
use crate::http::{Headers, HttpResponse, Method};

const SYNC_KIND: &str = "x-inngest-sync-kind";
const IN_BAND: &str = "in_band";
const OUT_OF_BAND: &str = "out_of_band";

/// What everyone knows a registration by.
const REGISTERED: &str = "Successfully registered";

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
    status: Option<u16>,
}

/// Status, message and whether anything changed: what we answer to who asked for a registration.
fn registered(response: &HttpResponse) -> (u16, String, bool) {
    let answer: Registered = serde_json::from_slice(&response.body).unwrap_or_default();
    // The server's own status, and one that refuses.
    let refusal = answer.status.filter(|status| (400..=599).contains(status));
    let status = refusal.unwrap_or(response.status);
    match status {
        200..=299 => {
            let message = answer.error.unwrap_or_else(|| REGISTERED.to_owned());
            (200, message, answer.modified)
        }
        401 | 403 => {
            let message = "the Inngest server refuses the signing key".to_owned();
            (status, message, false)
        }
        _ => {
            let error = answer.error.unwrap_or_else(|| format!("status {status}"));
            let message = format!("the Inngest server refused the functions: {error}");
            (if status >= 400 { status } else { 500 }, message, false)
        }
    }
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
        // Whoever puts the address together may write `undefined` for no id.
        let deploy_id = url::query(&self.request.url, "deployId").filter(|id| id != "undefined");
        let mut body = json!({
            "url": url,
            "deployType": "ping",
            "appName": self.app.id(),
            "sdk": SDK,
            "v": "0.1",
            "framework": self.config.framework,
            "functions": self.functions(&url),
            "capabilities": introspect::capabilities(),
        });
        let mut path = "/fn/register".to_owned();
        if let Some(id) = deploy_id {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("deployId", &id)
                .finish();
            path = format!("{path}?{query}");
            body["deployId"] = id.into();
        }
        let body = body.to_string().into_bytes();
        let kind: Headers = [(SYNC_KIND, OUT_OF_BAND)].into_iter().collect();
        let asked = self.call_api_with(kind, Method::Post, &path, body).await;
        let (status, message, modified) = match asked {
            Err(error) => {
                let message = format!("the Inngest server cannot be reached: {error}");
                (500, message, false)
            }
            Ok(response) => registered(&response),
        };
        let body = json!({ "message": message, "modified": modified });
        let mut response = respond::json(status, &body);
        response.headers.set(SYNC_KIND, OUT_OF_BAND);
        response
    }

    fn in_band(&self) -> HttpResponse {
        if let Err(refusal) = self.authenticate() {
            return refusal;
        }
        let Ok(InBand { url }) = serde_json::from_slice(&self.request.body) else {
            let message = "an in-band sync's body is `{\"url\": …}`";
            let body = json!({ "code": "invalid_request", "message": message });
            return respond::json(400, &body);
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
