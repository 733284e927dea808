//! Streamed answers: a call that takes long is answered at once with 201 and a body that says
//! nothing but white space until the real answer stands at its end, so that nothing on the way
//! takes the connection for dead.
//!
//! The host sends the [`Stream::head`], then [`KEEP_ALIVE`] every [`Stream::every`], and at last
//! [`close`] of what [`crate::serve()`] gave. The head says nothing of the outcome and is not
//! signed; the answer inside has its own status, headers and signature.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::config::Config;
use crate::http::{Headers, HttpResponse, Method};
use crate::serve::{passed_on, sdk_headers, url};

/// What keeps a connection alive: white space, which JSON may begin with.
pub const KEEP_ALIVE: &str = " ";

/// How often, unless the configuration says otherwise: as the TypeScript SDK does, and far below
/// the minute after which the first of the usual proxies gives up.
pub const INTERVAL: Duration = Duration::from_secs(3);

/// The status that tells the server to read on.
const CREATED: u16 = 201;

/// Which calls are answered by a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Streaming {
    /// None.
    Never,
    /// Those whose answer is not there when the first keep-alive is due. Every other answer is
    /// the plain one, status and all.
    #[default]
    WhenSlow,
    /// All, at once: what the TypeScript SDK does when streaming is on.
    Always,
}

impl Streaming {
    /// From the setting's value, where `allow` and `force` are the TypeScript SDK's older names.
    pub(crate) fn from_setting(value: Option<&str>) -> Option<Self> {
        match value.map(str::to_ascii_lowercase).as_deref() {
            None => Some(Self::default()),
            Some("true" | "1" | "allow" | "force") => Some(Self::Always),
            Some("false" | "0") => Some(Self::Never),
            Some(_) => None,
        }
    }
}

/// How a call is answered by a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// An answer that is there by then goes out plainly, and this is forgotten.
    pub after: Duration,
    /// How long after the head, and after each keep-alive, the next one is sent.
    pub every: Duration,
    /// Status and headers; the body follows bit by bit.
    pub head: HttpResponse,
}

/// How the answer to this request is streamed, if it is: only calls are.
pub fn open(config: &Config, method: Method, url: &str, headers: &Headers) -> Option<Stream> {
    let is_call = method == Method::Post && url::query(url, "probe").is_none();
    let every = config.keep_alive;
    let after = match config.streaming {
        Streaming::WhenSlow if is_call => every,
        Streaming::Always if is_call => Duration::ZERO,
        _ => return None,
    };
    let mut said = Headers::new();
    said.set("content-type", "application/json");
    sdk_headers(&mut said, config);
    passed_on(headers, &mut said);
    let head = HttpResponse {
        status: CREATED,
        headers: said,
        body: Vec::new(),
    };
    Some(Stream { after, every, head })
}

/// The end of a streamed body: the whole answer.
pub fn close(response: &HttpResponse) -> Vec<u8> {
    #[derive(Serialize)]
    struct Inner<'a> {
        status: u16,
        headers: BTreeMap<&'a str, &'a str>,
        body: std::borrow::Cow<'a, str>,
    }
    let inner = Inner {
        status: response.status,
        headers: response.headers.iter().collect(),
        // Answers are JSON, so nothing is lost.
        body: String::from_utf8_lossy(&response.body),
    };
    serde_json::to_vec(&inner).expect("strings and a number can always be written")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::config::{ConfigError, Settings};

    const URL: &str = "https://x.test/api/inngest?fnId=a-b&stepId=step";

    fn config(streaming: Option<&str>, interval: Option<&str>) -> Result<Config, ConfigError> {
        let own = |text: &str| text.to_owned();
        Config::new(Settings {
            streaming: streaming.map(own),
            streaming_interval: interval.map(own),
            env: Some("branch".to_owned()),
            ..Settings::default()
        })
    }

    fn opened(streaming: Option<&str>, method: Method, url: &str) -> Option<Stream> {
        open(
            &config(streaming, None).unwrap(),
            method,
            url,
            &Headers::new(),
        )
    }

    #[test]
    fn calls_are_streamed_when_they_are_slow_always_or_never() {
        let after = |streaming| opened(streaming, Method::Post, URL).map(|stream| stream.after);
        assert_eq!(after(None), Some(INTERVAL));
        for always in ["true", "1", "TRUE", "allow", "force"] {
            assert_eq!(after(Some(always)), Some(Duration::ZERO), "{always}");
        }
        for never in ["false", "0"] {
            assert_eq!(after(Some(never)), None, "{never}");
        }
        assert_eq!(opened(Some("1"), Method::Get, URL), None);
        assert_eq!(opened(Some("1"), Method::Put, URL), None);
        let probe = "https://x.test/api/inngest?probe=trust";
        assert_eq!(opened(Some("1"), Method::Post, probe), None);
    }

    #[test]
    fn the_interval_can_be_set_and_nonsense_is_named() {
        let stream = |interval| {
            let config = config(None, Some(interval)).unwrap();
            open(&config, Method::Post, URL, &Headers::new()).unwrap()
        };
        let quarter = Duration::from_millis(250);
        assert_eq!(
            (stream("250").every, stream("250").after),
            (quarter, quarter)
        );
        for (streaming, interval, variable) in [
            (Some("yes"), None, "INNGEST_STREAMING"),
            (None, Some("0"), "INNGEST_STREAMING_INTERVAL"),
            (None, Some("3s"), "INNGEST_STREAMING_INTERVAL"),
        ] {
            let error = config(streaming, interval).unwrap_err();
            assert!(error.to_string().starts_with(variable), "{error}");
        }
    }

    #[test]
    fn the_head_says_who_answers_and_nothing_of_the_outcome() {
        let mut asked = Headers::new();
        asked.set("x-inngest-server-kind", "cloud");
        let config = config(Some("1"), None).unwrap();
        let head = open(&config, Method::Post, URL, &asked).unwrap().head;
        let said = |name: &str| head.headers.get(name);
        assert_eq!((head.status, head.body.len()), (201, 0));
        assert_eq!(said("content-type"), Some("application/json"));
        assert_eq!(said("x-inngest-sdk"), Some(crate::SDK));
        assert_eq!(said("x-inngest-env"), Some("branch"));
        assert_eq!(said("x-inngest-expected-server-kind"), Some("cloud"));
        assert_eq!(said("x-inngest-req-version"), None);
        assert_eq!(said("x-inngest-signature"), None);
    }

    #[test]
    fn white_space_and_the_end_are_one_json_text() {
        let response = HttpResponse {
            status: 206,
            headers: [
                ("content-type", "application/json"),
                ("x-inngest-signature", "t=1&s=2"),
            ]
            .into_iter()
            .collect(),
            body: "[{\"data\":\"é\"}]".into(),
        };
        let mut body = KEEP_ALIVE.repeat(3).into_bytes();
        body.extend(close(&response));
        let read: Value = serde_json::from_slice(&body).unwrap();
        let headers = json!({
            "content-type": "application/json",
            "x-inngest-signature": "t=1&s=2",
        });
        let body = "[{\"data\":\"é\"}]";
        assert_eq!(
            read,
            json!({ "status": 206, "headers": headers, "body": body })
        );
    }
}
