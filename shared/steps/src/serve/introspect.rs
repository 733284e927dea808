//! What the endpoint says about itself.

use serde_json::{Value, json};

use super::{App, Endpoint, Host, respond};
use crate::config::Config;
use crate::http::HttpResponse;
use crate::signature::{SignatureError, SigningKey};
use crate::stream::Streaming;

/// The version of the introspection's shape.
const SCHEMA: &str = "2024-05-24";

/// So many characters of a hash tell which key is in use.
const HASH_CHARS: usize = 12;

impl<A: App, H: Host> Endpoint<'_, A, H> {
    /// Everyone learns whether it is set up; who signs learns how.
    pub(super) fn introspect(&self) -> HttpResponse {
        let body = match self.signer {
            Ok(_) => self.inspection(),
            Err(SignatureError::Missing | SignatureError::NoKey) => self.outline(Value::Null),
            Err(_) => self.outline(false.into()),
        };
        respond::json(200, &body)
    }

    fn outline(&self, authenticated: Value) -> Value {
        let config = self.config;
        json!({
            "authentication_succeeded": authenticated,
            "extra": {},
            "function_count": self.app.functions().len(),
            "has_event_key": config.event_key.is_some(),
            "has_signing_key": !config.signing_keys.is_empty(),
            "has_signing_key_fallback": config.has_fallback,
            "mode": config.mode.as_str(),
            "schema_version": SCHEMA,
        })
    }

    /// The whole, for who signed.
    pub(super) fn inspection(&self) -> Value {
        let config = self.config;
        let mut body = self.outline(true.into());
        let (signing, fallback) = key_hashes(config);
        let more = json!({
            "api_origin": format!("{}/", config.api),
            "app_id": self.app.id(),
            "capabilities": capabilities(),
            "env": config.env,
            "event_api_origin": format!("{}/", config.events),
            "event_key_hash": config.event_key_hash(),
            "extra": { "is_streaming": config.streaming == Streaming::Always },
            "framework": config.framework,
            "sdk_language": "rust",
            "sdk_version": env!("CARGO_PKG_VERSION"),
            "serve_origin": config.serve_origin,
            "serve_path": config.serve_path,
            "signing_key_fallback_hash": fallback,
            "signing_key_hash": signing,
        });
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        body
    }
}

/// What the endpoint can do beyond the first version of the protocol.
pub(super) fn capabilities() -> Value {
    json!({ "in_band_sync": "v1", "trust_probe": "v1" })
}

fn key_hashes(config: &Config) -> (Option<String>, Option<String>) {
    let mut keys = config.signing_keys.iter().map(SigningKey::hash).map(short);
    let fallback = if config.has_fallback {
        keys.next_back()
    } else {
        None
    };
    (keys.next(), fallback)
}

fn short(hash: String) -> String {
    hash.chars().take(HASH_CHARS).collect()
}
