//! The face towards JavaScript: plain parts in, plain parts out.
//!
//! Strings and bytes cross in one copy each; nothing here holds a JavaScript object for longer
//! than a call.

use std::{cell::OnceCell, collections::HashMap, rc::Rc, time::Duration};

use itemsmith_steps::{
    HttpResponse,
    stream::{KEEP_ALIVE, Stream, close},
};
use js_sys::{Array, Date, Promise, Uint8Array};
use tracing::level_filters::LevelFilter;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::future_to_promise;

use crate::{App, Exchange, FetchTrouble, Flat, Incoming, Outside, log};

#[wasm_bindgen]
extern "C" {
    /// What the JavaScript side gives.
    pub type Host;

    /// Resolves to `[status, flat headers, Uint8Array]`, or to `[0, trouble]`; never rejects.
    #[wasm_bindgen(method, catch)]
    async fn fetch(
        this: &Host,
        method: &str,
        url: &str,
        headers: &str,
        body: Option<Vec<u8>>,
        timeout_ms: f64,
        max_bytes: f64,
    ) -> Result<JsValue, JsValue>;

    /// Resolves after so many milliseconds.
    #[wasm_bindgen(method, catch)]
    async fn sleep(this: &Host, milliseconds: f64) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_namespace = console, js_name = log)]
    fn write_line(line: &str);

    #[wasm_bindgen(js_namespace = Date, js_name = now)]
    fn now() -> f64;

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn fill_random(bytes: &mut [u8]) -> Result<JsValue, JsValue>;
}

impl Outside for Host {
    async fn fetch(&self, exchange: Exchange) -> Result<HttpResponse, FetchTrouble> {
        let Exchange {
            request,
            timeout,
            max_bytes,
        } = exchange;
        let headers = Flat::from(&request.headers);
        let body = (!request.body.is_empty()).then_some(request.body);
        let timeout_ms = timeout.as_secs_f64() * 1000.0;
        let method = request.method.as_str();
        let answer = self
            .fetch(
                method,
                &request.url,
                &headers.0,
                body,
                timeout_ms,
                max_bytes as f64,
            )
            .await
            .map_err(|_| FetchTrouble::Connection)?;
        read_answer(&answer).unwrap_or(Err(FetchTrouble::Connection))
    }

    async fn sleep(&self, duration: Duration) {
        // It does not reject; if it did, what was waited for is done at once.
        let _ = Self::sleep(self, duration.as_secs_f64() * 1000.0).await;
    }

    fn now_ms(&self) -> u64 {
        now() as u64
    }

    fn random(&self) -> [u8; 10] {
        let mut bytes = [0; 10];
        if fill_random(&mut bytes).is_err() {
            tracing::error!("crypto.getRandomValues failed");
        }
        bytes
    }
}

/// `None` when the host broke its word.
fn read_answer(answer: &JsValue) -> Option<Result<HttpResponse, FetchTrouble>> {
    let parts = answer.dyn_ref::<Array>()?;
    let status = parts.get(0).as_f64()? as u16;
    let second = parts.get(1).as_string()?;
    if status == 0 {
        return Some(Err(match second.as_str() {
            "timeout" => FetchTrouble::TimedOut,
            "too-large" => FetchTrouble::TooLarge,
            _ => FetchTrouble::Connection,
        }));
    }
    let body = parts.get(2).dyn_into::<Uint8Array>().ok()?.to_vec();
    Some(Ok(HttpResponse {
        status,
        headers: Flat(second).headers(),
        body,
    }))
}

thread_local! {
    static APP: OnceCell<Rc<App<Host>>> = const { OnceCell::new() };
}

/// Sets the worker up; only the first call counts. `env` is a JSON object of texts.
#[wasm_bindgen]
pub fn configure(env: &str, host: Host) {
    let env: HashMap<String, String> = serde_json::from_str(env).unwrap_or_default();
    APP.with(|app| {
        app.get_or_init(|| {
            let app = App::new(host, |name| env.get(name).cloned());
            log::init(
                app.settings().map_or(LevelFilter::INFO, |s| s.level()),
                log::LogHost {
                    write: write_line,
                    now: || Date::new_0().to_iso_string().into(),
                },
            );
            Rc::new(app)
        });
    });
}

/// Answers a request. `headers` are flat; `body` is `undefined` when it was longer than the host
/// reads. Resolves to `[status, flat headers, body, after]`, where `after` is a promise that is
/// to be kept alive once the answer is on its way, or `undefined`. Never rejects.
#[wasm_bindgen]
pub fn handle(method: String, url: String, headers: String, body: Option<Vec<u8>>) -> Promise {
    let app = APP.with(|app| app.get().cloned());
    future_to_promise(async move {
        let app = app.ok_or_else(|| JsValue::from_str("configure comes first"))?;
        let incoming = Incoming {
            method,
            url,
            headers: Flat(headers).headers(),
            body,
        };
        let answer = app.handle(&incoming).await;
        let after = answer.after.map_or(JsValue::UNDEFINED, |after| {
            let work = async move {
                app.after(after).await;
                Ok(JsValue::UNDEFINED)
            };
            future_to_promise(work).into()
        });
        let outgoing = answer.outgoing;
        let parts = Array::of4(
            &JsValue::from(outgoing.status),
            &JsValue::from_str(&Flat::from(&outgoing.headers).0),
            &JsValue::from_str(&outgoing.body),
            &after,
        );
        Ok(parts.into())
    })
}

/// How the answer to a request is streamed, should it be slow: `[after, every, keep-alive, status,
/// flat headers]`, the first two in milliseconds. `undefined` when it goes out plainly however long
/// it takes.
#[wasm_bindgen]
pub fn opening(method: &str, url: &str, headers: String) -> JsValue {
    let app = APP.with(|app| app.get().cloned());
    let headers = Flat(headers).headers();
    let stream = app.and_then(|app| app.opening(method, url, &headers));
    stream.map_or(JsValue::UNDEFINED, |stream| opening_parts(&stream))
}

fn opening_parts(stream: &Stream) -> JsValue {
    let milliseconds = |duration: Duration| JsValue::from(duration.as_secs_f64() * 1000.0);
    Array::of5(
        &milliseconds(stream.after),
        &milliseconds(stream.every),
        &JsValue::from_str(KEEP_ALIVE),
        &JsValue::from(stream.head.status),
        &JsValue::from_str(&Flat::from(&stream.head.headers).0),
    )
    .into()
}

/// The end of a streamed body, made of what [`handle`] resolved to.
#[wasm_bindgen]
pub fn closing(status: u16, headers: String, body: String) -> String {
    let end = close(&HttpResponse {
        status,
        headers: Flat(headers).headers(),
        body: body.into_bytes(),
    });
    String::from_utf8_lossy(&end).into_owned()
}

#[cfg(test)]
mod tests;
