//! The face towards JavaScript: the one of the worker, so that the worker's own host serves this
//! app as well.

use std::{cell::OnceCell, collections::BTreeMap, rc::Rc, time::Duration};

use itemsmith_steps::{
    Config, FetchError, Headers, HttpRequest, HttpResponse, Method,
    stream::{KEEP_ALIVE, close, open},
};
use js_sys::{Array, Date, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::future_to_promise;

use crate::{Host, answer, configuration};

/// Nothing that the engine does takes longer.
const TIMEOUT_MS: f64 = 20_000.0;
/// More than the largest state of a run here.
const MAX_BYTES: f64 = 8e6;

#[wasm_bindgen]
extern "C" {
    /// What the JavaScript side gives.
    pub type Outside;

    /// Resolves to `[status, flat headers, Uint8Array]`, or to `[0, trouble]`.
    #[wasm_bindgen(method, catch)]
    async fn fetch(
        this: &Outside,
        method: &str,
        url: &str,
        headers: &str,
        body: Option<Vec<u8>>,
        timeout_ms: f64,
        max_bytes: f64,
    ) -> Result<JsValue, JsValue>;
}

impl itemsmith_steps::Host for Outside {
    async fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let (method, headers) = (request.method.as_str(), flat(&request.headers));
        let body = (!request.body.is_empty()).then_some(request.body);
        let parts = self
            .fetch(method, &request.url, &headers, body, TIMEOUT_MS, MAX_BYTES)
            .await
            .map_err(|_| FetchError("the host failed".into()))?;
        read(&parts).ok_or_else(|| FetchError("no connection".into()))
    }

    fn unix_seconds(&self) -> u64 {
        self.unix_millis() / 1000
    }

    fn unix_millis(&self) -> u64 {
        Date::now() as u64
    }
}

impl Host for Outside {}

fn read(parts: &JsValue) -> Option<HttpResponse> {
    let parts = parts.dyn_ref::<Array>()?;
    let status = parts.get(0).as_f64()? as u16;
    let headers = unflat(&parts.get(1).as_string()?);
    let body = parts.get(2).dyn_into::<Uint8Array>().ok()?.to_vec();
    Some(HttpResponse {
        status,
        headers,
        body,
    })
}

/// `name LF value LF`, again and again.
fn flat(headers: &Headers) -> String {
    headers
        .iter()
        .map(|(name, value)| format!("{name}\n{value}\n"))
        .collect()
}

fn unflat(flat: &str) -> Headers {
    let lines: Vec<&str> = flat.split('\n').collect();
    lines
        .chunks_exact(2)
        .map(|field| (field[0], field[1]))
        .collect()
}

struct App {
    outside: Outside,
    config: Config,
    /// The same, with every call answered by a stream.
    streaming: Config,
}

impl App {
    /// The configuration of the endpoint at that path.
    fn config(&self, path: &str) -> &Config {
        if path == "/api/streaming" {
            &self.streaming
        } else {
            &self.config
        }
    }
}

/// The path of an address.
fn path(url: &str) -> String {
    let path = url.split('?').next().unwrap_or_default();
    format!("/{}", path.splitn(4, '/').nth(3).unwrap_or_default())
}

thread_local! {
    static APP: OnceCell<Rc<App>> = const { OnceCell::new() };
}

/// Sets the app up; only the first call counts. `env` is a JSON object of texts.
#[wasm_bindgen]
pub fn configure(env: &str, outside: Outside) -> Result<(), JsValue> {
    let env: BTreeMap<String, String> = serde_json::from_str(env).unwrap_or_default();
    // Calls are answered by streams at one endpoint only, and there at once.
    let configured = |streaming: &str| {
        let variable = |name: &str| match name {
            "INNGEST_STREAMING" => Some(streaming.to_owned()),
            _ => env.get(name).cloned(),
        };
        configuration(variable).map_err(|error| JsValue::from_str(&error.to_string()))
    };
    let app = App {
        outside,
        config: configured("false")?,
        streaming: configured("true")?,
    };
    APP.with(|known| known.set(Rc::new(app)).ok());
    Ok(())
}

/// How the answer to a request is streamed, if it is: see the worker's own.
#[wasm_bindgen]
pub fn opening(method: &str, url: &str, headers: &str) -> JsValue {
    let Some(app) = APP.with(|app| app.get().cloned()) else {
        return JsValue::UNDEFINED;
    };
    let config = app.config(&path(url));
    let Some(stream) = open(config, Method::from_name(method), url, &unflat(headers)) else {
        return JsValue::UNDEFINED;
    };
    let milliseconds = |duration: Duration| JsValue::from(duration.as_secs_f64() * 1000.0);
    Array::of5(
        &milliseconds(stream.after),
        &milliseconds(stream.every),
        &JsValue::from_str(KEEP_ALIVE),
        &JsValue::from(stream.head.status),
        &JsValue::from_str(&flat(&stream.head.headers)),
    )
    .into()
}

/// The end of a streamed body.
#[wasm_bindgen]
pub fn closing(status: u16, headers: &str, body: String) -> String {
    let end = close(&HttpResponse {
        status,
        headers: unflat(headers),
        body: body.into_bytes(),
    });
    String::from_utf8_lossy(&end).into_owned()
}

/// Answers a request: resolves to `[status, flat headers, body]`.
#[wasm_bindgen]
pub fn handle(method: String, url: String, headers: String, body: Option<Vec<u8>>) -> Promise {
    let app = APP.with(|app| app.get().cloned());
    future_to_promise(async move {
        let app = app.ok_or_else(|| JsValue::from_str("configure comes first"))?;
        let path = path(&url);
        let request = HttpRequest {
            method: Method::from_name(&method),
            headers: unflat(&headers),
            body: body.unwrap_or_default(),
            url,
        };
        let answered = answer(&path, &app.outside, app.config(&path), request).await;
        let response = answered.unwrap_or(HttpResponse {
            status: if path == "/health" { 200 } else { 404 },
            headers: Headers::new(),
            body: Vec::new(),
        });
        let parts = Array::of3(
            &JsValue::from(response.status),
            &JsValue::from_str(&flat(&response.headers)),
            &JsValue::from_str(&String::from_utf8_lossy(&response.body)),
        );
        Ok(parts.into())
    })
}
