//! The real binary, serving on a free port, and a plain client.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

pub const KEY: &str = "the-key-of-these-tests";

/// A running service; killed when dropped.
pub struct Service {
    child: Child,
    pub address: String,
    /// Its log lines so far.
    pub log: Arc<Mutex<Vec<Value>>>,
}

pub fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_itemsmith-checker"));
    for name in [
        "CHECKER_KEY",
        "CHECKER_ENGINE",
        "CHECKER_LISTEN",
        "CHECKER_NODE_DIR",
    ] {
        command.env_remove(name);
    }
    command.env_remove("ITEMSMITH_ENV").env_remove("LOG_LEVEL");
    command
}

pub fn crate_folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

pub fn fixture(name: &str) -> String {
    std::fs::read_to_string(crate_folder("tests/fixtures").join(name)).expect("a fixture")
}

impl Service {
    pub fn start(arguments: &[&str]) -> Self {
        let mut command = binary();
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments);
        command.env("CHECKER_KEY", KEY).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let log = Arc::new(Mutex::new(Vec::new()));
        let mut address = None;
        while address.is_none() {
            let line = lines.next().and_then(Result::ok).unwrap_or_else(|| {
                panic!(
                    "the service ended before it listened: {:?}",
                    log.lock().map(|l| l.clone())
                )
            });
            let line: Value = serde_json::from_str(&line).expect("a log line is JSON");
            address = (line["message"] == "listening")
                .then(|| line["address"].as_str().map(str::to_owned))
                .flatten();
            log.lock().expect("no panic under the lock").push(line);
        }
        let kept = log.clone();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let line = serde_json::from_str(&line).unwrap_or(Value::String(line));
                kept.lock().expect("no panic under the lock").push(line);
            }
        });
        Self {
            child,
            address: address.expect("an address"),
            log,
        }
    }

    pub fn signal(&self, signal: i32) {
        signal_to(self.child.id(), signal);
    }

    pub fn exit_code(&mut self) -> Option<i32> {
        self.child
            .try_wait()
            .expect("our child")
            .and_then(|status| status.code())
    }

    /// The processes of the native compiler.
    pub fn compilers(&self) -> Vec<u32> {
        let own = self.child.id();
        let processes = std::fs::read_dir("/proc")
            .expect("a process list")
            .flatten();
        let pids = processes.filter_map(|e| e.file_name().to_str()?.parse::<u32>().ok());
        pids.filter(|pid| {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            let mut fields = stat
                .rsplit_once(')')
                .map_or("", |(_, rest)| rest)
                .split_whitespace();
            let alive = fields.next().is_some_and(|state| state != "Z");
            let parent = fields.next().and_then(|field| field.parse::<u32>().ok());
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            alive && parent == Some(own) && line.windows(5).any(|part| part == b"--api")
        })
        .collect()
    }

    pub async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {KEY}"));
        self.send(request.body(Full::default()).expect("a request"))
            .await
    }

    pub async fn check(&self, body: &Value) -> Answer {
        self.send(check_request(body.to_string()).body_of()).await
    }

    pub async fn send(&self, request: Request<Full<Bytes>>) -> Answer {
        self.try_send(request)
            .await
            .unwrap_or_else(|error| panic!("no answer: {error}"))
    }

    pub async fn try_send(
        &self,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let stream = TcpStream::connect(&self.address).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        request
            .headers_mut()
            .insert(header::HOST, "checker".parse()?);
        let (parts, body) = sender.send_request(request).await?.into_parts();
        let text = String::from_utf8(body.collect().await?.to_bytes().to_vec())?;
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text,
            json,
        })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub json: Value,
}

impl Answer {
    /// The status and the problem's code.
    pub fn problem(&self) -> (u16, &str) {
        (self.status, self.json["code"].as_str().unwrap_or_default())
    }

    pub fn codes(&self) -> Vec<u64> {
        let findings = self.json["findings"].as_array();
        let findings = findings.unwrap_or_else(|| panic!("no verdict: {}", self.text));
        findings
            .iter()
            .filter_map(|finding| finding["tsCode"].as_u64())
            .collect()
    }
}

/// A request under construction.
pub struct Draft(pub http::request::Builder, pub Bytes);

impl Draft {
    pub fn body_of(self) -> Request<Full<Bytes>> {
        self.0.body(Full::new(self.1)).expect("a request")
    }

    pub fn header(self, name: &'static str, value: &str) -> Self {
        Self(self.0.header(name, value), self.1)
    }
}

/// `POST /v1/check` as it should be.
pub fn check_request(body: impl Into<Bytes>) -> Draft {
    let request = Request::post("/v1/check")
        .header(header::AUTHORIZATION, format!("Bearer {KEY}"))
        .header(header::CONTENT_TYPE, "application/json");
    Draft(request, body.into())
}

/// A source to be read, not executed.
pub fn source(text: &str) -> Value {
    json!({ "source": text, "allowedWidgets": [], "execute": false })
}

pub fn signal_to(pid: u32, signal: i32) {
    // SAFETY: the pid is that of a process which this test has started.
    unsafe { libc::kill(pid.cast_signed(), signal) };
}

pub async fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}: not within 20 s");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
