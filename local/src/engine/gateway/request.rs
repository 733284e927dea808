//! What a step asks the engine to send, and what of it must not be seen.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use percent_encoding::percent_decode_str;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What is shown in a credential's place.
const REDACTED: &str = "[redacted]";
/// Shorter values are too common to be taken out of a response wherever they occur.
const SHORTEST_SECRET: usize = 8;
/// Headers that hold no credential, so that people may see them.
const OPEN_HEADERS: [&str; 5] = [
    "accept",
    "anthropic-beta",
    "anthropic-version",
    "content-type",
    "user-agent",
];

/// A request to send.
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// What was taken out of a request.
#[derive(Default)]
pub(super) struct Redaction {
    /// The step's arguments as they may be stored and shown.
    pub(super) opts: String,
    secrets: Vec<String>,
}

impl Redaction {
    /// Takes the request's credentials out of a text, for a server may repeat them.
    pub(super) fn scrub(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), REDACTED);
            }
        }
        text
    }
}

/// The operation's arguments on the wire.
#[derive(Deserialize)]
struct Opts {
    #[serde(default)]
    url: String,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    headers: Option<BTreeMap<String, String>>,
    #[serde(default)]
    auth_key: Option<String>,
    #[serde(default)]
    format: Option<String>,
    #[serde(default)]
    body: Option<Box<RawValue>>,
}

/// The same as it may be seen.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'a str>,
    headers: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a RawValue>,
}

impl Asked {
    /// Reads the arguments of a model call or of a fetch.
    ///
    /// # Errors
    /// Says what is wrong with them, without quoting any.
    pub(super) fn read(is_model: bool, opts: &str) -> Result<(Self, Redaction), String> {
        // serde's own words could quote a value.
        let opts: Opts = serde_json::from_str(opts)
            .map_err(|_| "the step's arguments are not a request".to_owned())?;
        let mut url: Url =
            (opts.url.parse()).map_err(|_| "the step's URL is not valid".to_owned())?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("the step's URL is neither http nor https".to_owned());
        }
        let redaction = redact(is_model, &opts, &url);
        let headers = headers(is_model, &opts, &mut url)?;
        let method = match opts.method.as_deref().filter(|text| !text.is_empty()) {
            Some(method) if !is_model => {
                (method.parse()).map_err(|_| "the step's HTTP method is not valid".to_owned())?
            }
            _ => Method::POST,
        };
        let body = opts.body.as_deref().map_or("", RawValue::get);
        let body = if is_model {
            body.as_bytes().to_vec()
        } else {
            // A string on the wire, or nothing.
            let text: Option<String> = serde_json::from_str(body).unwrap_or_default();
            text.unwrap_or_default().into_bytes()
        };
        let asked = Self {
            method,
            url,
            headers,
            body,
        };
        Ok((asked, redaction))
    }
}

/// The request's headers, with the credential where its format has it.
fn headers(is_model: bool, opts: &Opts, url: &mut Url) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    let value = |text: &str| {
        let mut value = HeaderValue::from_str(text)
            .map_err(|_| "a header or the credential is not valid".to_owned())?;
        value.set_sensitive(true);
        Ok::<_, String>(value)
    };
    if is_model {
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
    }
    if let Some(key) = opts.auth_key.as_deref().filter(|key| !key.is_empty()) {
        match opts.format.as_deref() {
            Some("gemini") => {
                url.query_pairs_mut().append_pair("key", key);
            }
            Some("anthropic") => {
                headers.insert("x-api-key", value(key)?);
            }
            Some("bedrock") => {
                headers.insert(header::AUTHORIZATION, value(key)?);
            }
            _ => {
                headers.insert(header::AUTHORIZATION, value(&format!("Bearer {key}"))?);
            }
        }
    }
    for (name, text) in opts.headers.iter().flatten() {
        let name: HeaderName =
            (name.parse()).map_err(|_| "a header's name is not valid".to_owned())?;
        headers.insert(name, value(text)?);
    }
    Ok(headers)
}

fn redact(is_model: bool, opts: &Opts, url: &Url) -> Redaction {
    let is_open = |name: &str| OPEN_HEADERS.contains(&name.to_ascii_lowercase().as_str());
    let given = || opts.headers.iter().flatten();
    let hidden = given().filter(|(name, _)| !is_open(name));
    let mut secrets: Vec<String> = hidden.map(|(_, value)| value.clone()).collect();
    secrets.extend(opts.auth_key.clone());
    secrets.extend(of_user(url));
    if is_model {
        secrets.extend(url.query_pairs().map(|(_, value)| value.into_owned()));
    }
    // `Bearer abc` is a secret as a whole and without its scheme.
    let bare = secrets.iter().filter_map(|secret| secret.split_once(' '));
    let bare: Vec<String> = bare.map(|(_, rest)| rest.to_owned()).collect();
    secrets.extend(bare);
    secrets.retain(|secret| secret.len() >= SHORTEST_SECRET);
    let written: Vec<String> = secrets.iter().flat_map(|secret| written(secret)).collect();
    secrets.extend(written);
    // Longer ones first: one may hold another.
    secrets.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    secrets.dedup();
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    // These fail only for URLs without a host.
    let _ = shown.set_password(None);
    let _ = shown.set_username("");
    let shown = Shown {
        kind: is_model.then_some("step.ai.infer"),
        url: shown.to_string(),
        method: opts.method.as_deref(),
        headers: given()
            .map(|(name, value)| {
                let value = if is_open(name) { value } else { REDACTED };
                (name.as_str(), value)
            })
            .collect(),
        auth_key: opts.auth_key.as_ref().map(|_| REDACTED),
        format: opts.format.as_deref(),
        body: opts.body.as_deref(),
    };
    Redaction {
        opts: serde_json::to_string(&shown).unwrap_or_default(),
        secrets,
    }
}

/// The user and the password in a URL, and the header that is made of them.
fn of_user(url: &Url) -> Vec<String> {
    let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (user, password) = (plain(url.username()), url.password().map(plain));
    if user.is_empty() && password.is_none() {
        return Vec::new();
    }
    let pair = format!("{user}:{}", password.as_deref().unwrap_or_default());
    let header = STANDARD.encode(pair);
    [user, header].into_iter().chain(password).collect()
}

/// How else a secret may stand in an answer: within JSON, or within a URL.
fn written(secret: &str) -> [String; 2] {
    let json = serde_json::Value::from(secret).to_string();
    let json = json[1..json.len() - 1].to_owned();
    [
        json,
        form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "sk-0123456789";

    fn read(format: &str) -> (Asked, Redaction) {
        let opts = serde_json::json!({"type": "step.ai.infer", "auth_key": KEY, "format": format,
            "url": "https://models.test/v1?token=abcdefgh", "body": {"model": "m"},
            "headers": {"x-trace": "Basic trace-secret", "accept": "text/plain"}});
        Asked::read(true, &opts.to_string()).unwrap()
    }

    #[test]
    fn the_credential_goes_where_its_format_has_it() {
        let (asked, _) = read("openai-chat");
        assert_eq!(asked.headers["authorization"], format!("Bearer {KEY}"));
        assert_eq!(asked.headers["content-type"], "application/json");
        assert_eq!(asked.body, br#"{"model":"m"}"#);
        assert_eq!(read("anthropic").0.headers["x-api-key"], KEY);
        assert_eq!(read("bedrock").0.headers["authorization"], KEY);
        let (asked, _) = read("gemini");
        assert!(asked.url.query().unwrap().ends_with(&format!("key={KEY}")));
        assert!(!asked.headers.contains_key("authorization"));
    }

    #[test]
    fn nothing_of_the_credentials_is_left_to_see() {
        let (_, redaction) = read("gemini");
        for secret in [KEY, "trace-secret", "abcdefgh"] {
            assert!(!redaction.opts.contains(secret), "{}", redaction.opts);
            let told = redaction.scrub(&format!("wrong key {secret}!"));
            assert_eq!(told, "wrong key [redacted]!");
        }
        assert!(redaction.opts.contains(r#""body":{"model":"m"}"#));
        assert!(redaction.opts.contains(r#""accept":"text/plain""#));
    }

    #[test]
    fn a_secret_is_found_however_it_is_written() {
        let opts = serde_json::json!({"auth_key": "say \"open\"!", "body": {},
            "url": "https://sk-as-user:p%40ssword@models.test/v1?key=a%2Fb%2Fc%2Fd%2Fe"});
        let (_, redaction) = Asked::read(true, &opts.to_string()).unwrap();
        let said = [
            r#"{"key":"say \"open\"!"}"#,
            "https://models.test/?key=a%2Fb%2Fc%2Fd%2Fe",
            "https://models.test/?key=a/b/c/d/e",
            "sk-as-user may not",
            "p@ssword is wrong",
            // sk-as-user:p@ssword
            "Basic c2stYXMtdXNlcjpwQHNzd29yZA==",
        ];
        for said in said {
            let told = redaction.scrub(said);
            assert!(told.contains(REDACTED), "{told}");
        }
        for secret in ["open", "sk-as-user", "ssword", "a%2Fb"] {
            assert!(!redaction.opts.contains(secret), "{}", redaction.opts);
        }
    }

    #[test]
    fn only_http_is_sent() {
        for url in ["file:///etc/passwd", "ftp://h/", "nonsense", ""] {
            let opts = serde_json::json!({"url": url}).to_string();
            assert!(Asked::read(false, &opts).is_err(), "{url}");
        }
        let opts = r#"{"url": "http://h/", "method": "PUT", "body": "text"}"#;
        let (asked, _) = Asked::read(false, opts).unwrap();
        assert_eq!((asked.method, asked.body), (Method::PUT, b"text".to_vec()));
    }
}
