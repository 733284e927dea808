//! TypeScript 6 in a Node process, over length-prefixed JSON.

use std::{io, path::PathBuf, sync::Arc};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    process::{ChildStdout, Command},
};

use super::{
    Program,
    compiler::{Broken, Compiler},
    diagnostics::{RawReport, WARM_UP, pack_fault},
    process::Process,
};
use crate::contract::Pack;

/// The version that `checker/node` pins.
pub const TYPESCRIPT: &str = "6.0.3";

/// V8's heap limit in MiB: a check needs about 120, and beyond this the process aborts.
const HEAP: u32 = 384;

/// No answer is larger; see the native engine's frames.
const MAX_ANSWER: usize = 64 << 20;

/// Where the sidecar is.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The `node` executable.
    pub node: PathBuf,
    /// The host script, beside its `node_modules`.
    pub script: PathBuf,
}

/// One sidecar process.
#[derive(Debug)]
pub struct Node {
    process: Process,
    output: BufReader<ChildStdout>,
    /// The digest of the pack whose files it holds.
    opened: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    #[serde(default)]
    syntactic: Option<Vec<super::diagnostics::Raw>>,
    #[serde(default)]
    semantic: Option<Vec<super::diagnostics::Raw>>,
    #[serde(default)]
    fault: Option<String>,
}

impl Compiler for Node {
    type Launch = Launch;
    const NAME: &'static str = "node";
    const VERSION: &'static str = TYPESCRIPT;
    // A sidecar holds 200 MB: too much to keep one that only waits.
    const SPARES: usize = 0;

    async fn start(launch: &Launch, pack: &Arc<Pack>) -> Result<Self, Broken> {
        let mut command = Command::new(&launch.node);
        command
            .arg(format!("--max-old-space-size={HEAP}"))
            .arg(&launch.script);
        command.env_clear().current_dir("/");
        let (process, stdout) = Process::start(command).await.map_err(Broken::Pipe)?;
        let output = BufReader::with_capacity(64 << 10, stdout);
        let mut node = Self {
            process,
            output,
            opened: None,
        };
        let warm_up = Program {
            source: WARM_UP.into(),
            pack: pack.clone(),
        };
        let report = node.check(&warm_up).await?;
        pack_fault(&report).map_or(Ok(node), |fault| Err(Broken::Pack(fault)))
    }

    async fn check(&mut self, program: &Program) -> Result<RawReport, Broken> {
        let digest = program.pack.digest().as_str();
        let mut request = json!({ "pack": digest, "source": program.source.as_ref() });
        if self.opened.as_deref() != Some(digest) {
            let files = program.pack.files().iter();
            let files: Map<String, Value> = files.map(|(p, t)| (p.to_owned(), t.into())).collect();
            request["files"] = Value::Object(files);
        }
        let answer = self.exchange(request.to_string().as_bytes()).await?;
        self.opened = Some(digest.to_owned());
        let answer: Answer = serde_json::from_slice(&answer)
            .map_err(|error| Broken::Protocol(format!("the sidecar's answer: {error}")))?;
        match answer {
            Answer {
                fault: Some(fault), ..
            } => Err(Broken::GaveUp(fault)),
            Answer {
                syntactic: Some(syntactic),
                semantic: Some(semantic),
                ..
            } => Ok(RawReport {
                syntactic,
                semantic,
            }),
            _ => Err(Broken::Protocol(
                "the sidecar's answer is not whole".to_owned(),
            )),
        }
    }

    fn process(&mut self) -> &mut Process {
        &mut self.process
    }
}

impl Node {
    async fn exchange(&mut self, request: &[u8]) -> io::Result<Vec<u8>> {
        let too_long = |_| io::Error::new(io::ErrorKind::InvalidData, "a request above 4 GiB");
        let length = u32::try_from(request.len()).map_err(too_long)?;
        self.process.stdin.write_all(&length.to_be_bytes()).await?;
        self.process.stdin.write_all(request).await?;
        let length = usize::try_from(self.output.read_u32().await?).unwrap_or(usize::MAX);
        if length > MAX_ANSWER {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "an answer above 64 MiB",
            ));
        }
        let mut answer = vec![0; length];
        self.output.read_exact(&mut answer).await?;
        Ok(answer)
    }
}
