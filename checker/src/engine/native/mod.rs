//! TypeScript 7, driven over its own IPC.

mod callbacks;
pub mod frame;

use std::{path::PathBuf, sync::Arc};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt as _, io::BufReader, process::ChildStdout, process::Command};

use self::frame::Frame;
use super::{
    Program,
    compiler::{Broken, Compiler},
    diagnostics::{Raw, RawReport, WARM_UP, pack_fault},
    process::Process,
};
use crate::contract::{CONFIG_PATH, Pack, ROOT, TEMPLATE_PATH};

/// The one version whose IPC this module speaks. The protocol carries no version of its own and
/// 7.1 already changes it, so nothing but exactly this is started.
pub const TYPESCRIPT: &str = "7.0.2";

/// The garbage collector runs when the heap has grown fivefold instead of twofold: a check
/// allocates about 10 MB and lives for milliseconds (8.5 → 6.5 ms per check).
const GOGC: &str = "400";

/// Where the compiler is.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The native executable.
    pub executable: PathBuf,
}

/// One TypeScript 7 process.
#[derive(Debug)]
pub struct Native {
    process: Process,
    output: BufReader<ChildStdout>,
    /// The pack whose files it has read.
    opened: Option<Arc<Pack>>,
    out: Vec<u8>,
}

#[derive(Deserialize)]
struct Snapshot {
    snapshot: u64,
    projects: Vec<Project>,
}

#[derive(Deserialize)]
struct Project {
    id: String,
}

impl Compiler for Native {
    type Launch = Launch;
    const NAME: &'static str = "native";
    const VERSION: &'static str = TYPESCRIPT;
    const SPARES: usize = 1;

    async fn start(launch: &Launch, pack: &Arc<Pack>) -> Result<Self, Broken> {
        let mut command = Command::new(&launch.executable);
        command
            .args(["--api", "--cwd", ROOT])
            .arg(format!("--callbacks={}", callbacks::NAMES));
        // Nothing of our environment: it holds keys, and a compiler needs none of it.
        command.env_clear().env("GOGC", GOGC).current_dir("/");
        let (process, stdout) = Process::start(command).await.map_err(Broken::Pipe)?;
        let output = BufReader::with_capacity(64 << 10, stdout);
        let mut native = Self {
            process,
            output,
            opened: None,
            out: Vec::new(),
        };
        let warm_up = Program {
            source: WARM_UP.into(),
            pack: pack.clone(),
        };
        native.request("initialize", &Value::Null, &warm_up).await?;
        let report = native.check(&warm_up).await?;
        pack_fault(&report).map_or(Ok(native), |fault| Err(Broken::Pack(fault)))
    }

    async fn check(&mut self, program: &Program) -> Result<RawReport, Broken> {
        let update = self.update(program);
        let snapshot = self.request("updateSnapshot", &update, program).await?;
        let snapshot: Snapshot = decode("updateSnapshot", &snapshot)?;
        self.opened = Some(program.pack.clone());
        let no_project = || Broken::Protocol("the compiler opened no project".to_owned());
        let project = snapshot.projects.first().ok_or_else(no_project)?.id.clone();
        let about = json!({
            "snapshot": snapshot.snapshot, "project": project, "file": TEMPLATE_PATH,
        });
        let mut report = RawReport {
            syntactic: self
                .diagnostics("getSyntacticDiagnostics", &about, program)
                .await?,
            semantic: Vec::new(),
        };
        if report.syntactic.is_empty() {
            report.semantic = self
                .diagnostics("getSemanticDiagnostics", &about, program)
                .await?;
            let whole = json!({ "snapshot": snapshot.snapshot, "project": project });
            for method in ["getProgramDiagnostics", "getGlobalDiagnostics"] {
                report
                    .semantic
                    .extend(self.diagnostics(method, &whole, program).await?);
            }
        }
        // Without this every program stays in memory: 2.2 GB after 1,500 checks instead of 39 MB.
        self.request(
            "release",
            &json!({ "snapshot": snapshot.snapshot }),
            program,
        )
        .await?;
        Ok(report)
    }

    fn process(&mut self) -> &mut Process {
        &mut self.process
    }
}

impl Native {
    /// What changed since the last snapshot. (`invalidateAll` would not do for another pack: the
    /// compiler keeps the old configuration then.)
    fn update(&self, program: &Program) -> Value {
        let Some(opened) = &self.opened else {
            return json!({ "openProjects": [CONFIG_PATH] });
        };
        if opened.digest() == program.pack.digest() {
            return json!({ "fileChanges": { "changed": [TEMPLATE_PATH] } });
        }
        let (old, new) = (opened.files(), program.pack.files());
        let (mut changed, mut created, mut deleted) = (vec![TEMPLATE_PATH], vec![], vec![]);
        for (path, _) in new.iter() {
            if old.read(path).is_some() {
                changed.push(path)
            } else {
                created.push(path)
            }
        }
        deleted.extend(
            old.iter()
                .map(|(path, _)| path)
                .filter(|path| new.read(path).is_none()),
        );
        json!({ "fileChanges": { "changed": changed, "created": created, "deleted": deleted } })
    }

    async fn diagnostics(
        &mut self,
        method: &str,
        about: &Value,
        program: &Program,
    ) -> Result<Vec<Raw>, Broken> {
        let answer = self.request(method, about, program).await?;
        let found: Option<Vec<Raw>> = decode(method, &answer)?;
        Ok(found.unwrap_or_default())
    }

    /// Sends a request and answers the compiler's questions about files until its response comes.
    async fn request(
        &mut self,
        method: &str,
        params: &Value,
        program: &Program,
    ) -> Result<Vec<u8>, Broken> {
        self.send(
            frame::REQUEST,
            method.as_bytes(),
            params.to_string().as_bytes(),
        )
        .await?;
        loop {
            let Frame {
                kind,
                method: name,
                payload,
            } = frame::read(&mut self.output).await?;
            match kind {
                frame::RESPONSE => return Ok(payload),
                frame::CALLBACK => {
                    let answer = callbacks::answer(&name, &payload, program)?;
                    self.send(frame::CALLBACK_ANSWER, &name, answer.as_bytes())
                        .await?;
                }
                frame::ERROR => {
                    let text = String::from_utf8_lossy(&payload).into_owned();
                    return Err(refusal(method, text));
                }
                other => {
                    return Err(Broken::Protocol(format!(
                        "a frame of the unknown type {other}"
                    )));
                }
            }
        }
    }

    async fn send(&mut self, kind: u8, method: &[u8], payload: &[u8]) -> Result<(), Broken> {
        self.out.clear();
        frame::encode(&mut self.out, kind, method, payload);
        self.process.stdin.write_all(&self.out).await?;
        Ok(())
    }
}

/// A panic inside the compiler is the program's doing; every other refusal is ours or its.
fn refusal(method: &str, text: String) -> Broken {
    if text.contains("panic") {
        Broken::GaveUp(text)
    } else {
        Broken::Protocol(format!("{method} was refused: {text}"))
    }
}

fn decode<'a, T: Deserialize<'a>>(method: &str, payload: &'a [u8]) -> Result<T, Broken> {
    let payload = if payload.is_empty() { b"null" } else { payload };
    serde_json::from_slice(payload)
        .map_err(|error| Broken::Protocol(format!("the answer to {method}: {error}")))
}
