//! The parent's side: a pool of warm children.

use std::{
    ffi::OsString,
    io,
    os::unix::process::ExitStatusExt as _,
    process::{ExitStatus, Stdio},
    sync::{Mutex, PoisonError},
    time::Instant,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::Semaphore,
    task, time,
};

use super::{
    ExecuteJob, ExecuteReport, SandboxError, engine, proof, seeds,
    strip::strip,
    wire::{Answer, Fault, FaultRule, Job, MAX_MESSAGE, encode},
};
use crate::policy::on_large_stack;

/// Jobs after which a child is replaced, so that nothing can pile up in it.
const JOBS_PER_CHILD: u32 = 1000;

/// How a sandbox is run.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// The program to start as a child, and its arguments; it must call [`super::child_main`].
    pub command: Vec<OsString>,
    /// How many children work at once; at least 1.
    pub children: usize,
}

impl SandboxConfig {
    /// This very binary with the argument `sandbox-child`.
    ///
    /// # Errors
    /// When the operating system does not say where the binary is.
    pub fn this_binary() -> io::Result<Self> {
        let command = vec![std::env::current_exe()?.into(), "sandbox-child".into()];
        Ok(Self {
            command,
            children: 2,
        })
    }
}

/// A pool of warm child processes that execute templates.
#[derive(Debug)]
pub struct Sandbox {
    config: SandboxConfig,
    idle: Mutex<Vec<Worker>>,
    free: Semaphore,
}

#[derive(Debug)]
struct Worker {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    jobs: u32,
}

/// What became of one exchange with a child.
enum Exchange {
    Answered(Answer),
    /// Killed for using up its processor time.
    OutOfCpu,
    /// Ended by a fault of its own, such as a segmentation fault or a forbidden system call.
    Crashed(String),
}

impl Sandbox {
    /// A pool; children start with the first job, or with [`Sandbox::warm`].
    #[must_use]
    pub fn new(config: SandboxConfig) -> Self {
        let free = Semaphore::new(config.children.max(1));
        Self {
            config,
            idle: Mutex::new(Vec::new()),
            free,
        }
    }

    /// Starts the children now, so that the first job does not wait for one.
    ///
    /// # Errors
    /// When a child does not start.
    pub async fn warm(&self) -> Result<(), SandboxError> {
        let missing = self
            .config
            .children
            .max(1)
            .saturating_sub(self.idle().len());
        for _ in 0..missing {
            let worker = self.start()?;
            self.idle().push(worker);
        }
        Ok(())
    }

    /// Process ids of the children that wait for work.
    #[must_use]
    pub fn idle_children(&self) -> Vec<u32> {
        self.idle()
            .iter()
            .filter_map(|worker| worker.child.id())
            .collect()
    }

    /// Proves a template on its seeds.
    ///
    /// # Errors
    /// When there is no verdict on the template: the child died, or `deadline` passed.
    pub async fn execute(
        &self,
        job: ExecuteJob,
        deadline: Instant,
    ) -> Result<ExecuteReport, SandboxError> {
        let mut first = job.seeds.clone();
        first.extend(job.return_item);
        let seeds = seeds::proof_seeds(&first);
        let source = job.source.clone();
        let script = blocking(move || on_large_stack(|| strip(&source))).await?;
        let script = match script.map_err(|error| SandboxError::Protocol(error.to_string()))? {
            Ok(script) => script,
            Err(error) => return Ok(proof::refused(&error, seeds)),
        };
        let request = Job {
            script,
            modules: job.runtime_modules.clone(),
            seeds,
            twice: true,
        };
        let answer = self.run(&request, deadline).await?;
        blocking(move || proof::judge(&job, request.seeds, answer)).await
    }

    /// Runs one job; a crash counts against the template only when a second child crashes too.
    async fn run(&self, job: &Job, deadline: Instant) -> Result<Answer, SandboxError> {
        let request = encode(job).map_err(|error| SandboxError::Protocol(error.to_string()))?;
        let work = async {
            let _permit = self
                .free
                .acquire()
                .await
                .map_err(|_| SandboxError::Deadline)?;
            let mut crash = None;
            for _ in 0..2 {
                match self.exchange(&request).await? {
                    Exchange::Answered(answer) => return Ok(answer),
                    Exchange::OutOfCpu => return Ok(stopped(FaultRule::TimeLimit, out_of_cpu())),
                    Exchange::Crashed(how) => crash = Some(how),
                }
            }
            let how = crash.unwrap_or_default();
            let message = format!("the template crashed the engine that executes it ({how})");
            Ok(stopped(FaultRule::EngineCrash, message))
        };
        match time::timeout_at(deadline.into(), work).await {
            Ok(result) => result,
            // Dropping the future has killed its child.
            Err(_) => Err(SandboxError::Deadline),
        }
    }

    /// One request and its answer. A child that is not handed back to the pool is killed.
    async fn exchange(&self, request: &[u8]) -> Result<Exchange, SandboxError> {
        let mut worker = self.take()?;
        match worker.ask(request).await {
            Ok(bytes) => {
                let answer = serde_json::from_slice(&bytes)
                    .map_err(|error| SandboxError::Protocol(error.to_string()))?;
                worker.jobs += 1;
                if worker.jobs < JOBS_PER_CHILD {
                    self.idle().push(worker);
                }
                Ok(Exchange::Answered(answer))
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Err(SandboxError::Protocol(error.to_string()))
            }
            Err(_) => {
                let status = worker.child.wait().await.map_err(SandboxError::Spawn)?;
                judge_end(status)
            }
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A waiting child that is still alive, else a new one.
    fn take(&self) -> Result<Worker, SandboxError> {
        loop {
            let Some(mut worker) = self.idle().pop() else {
                return self.start();
            };
            if matches!(worker.child.try_wait(), Ok(None)) {
                return Ok(worker);
            }
        }
    }

    fn start(&self) -> Result<Worker, SandboxError> {
        let (program, arguments) = self.config.command.split_first().ok_or_else(|| {
            SandboxError::Spawn(io::Error::other("no command is configured for the child"))
        })?;
        let mut child = Command::new(program)
            .args(arguments)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(SandboxError::Spawn)?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(SandboxError::Spawn(io::Error::other(
                "the child has no pipes",
            )));
        };
        Ok(Worker {
            child,
            input,
            output,
            jobs: 0,
        })
    }
}

impl Worker {
    async fn ask(&mut self, request: &[u8]) -> io::Result<Vec<u8>> {
        self.input.write_all(request).await?;
        self.input.flush().await?;
        let length = self.output.read_u32_le().await? as usize;
        if length > MAX_MESSAGE {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is too long"));
        }
        let mut bytes = vec![0; length];
        self.output.read_exact(&mut bytes).await?;
        Ok(bytes)
    }
}

/// What the way a child ended says.
fn judge_end(status: ExitStatus) -> Result<Exchange, SandboxError> {
    match status.signal() {
        Some(libc::SIGXCPU) => Ok(Exchange::OutOfCpu),
        // Somebody ended it from outside, or the machine ran out of memory.
        Some(libc::SIGKILL | libc::SIGTERM | libc::SIGINT | libc::SIGHUP) | None => {
            Err(SandboxError::Died(status.to_string()))
        }
        Some(_) => Ok(Exchange::Crashed(status.to_string())),
    }
}

fn out_of_cpu() -> String {
    let seconds = engine::CPU_BUDGET.as_secs();
    format!("the template did not end within {seconds} s of processor time")
}

fn stopped(rule: FaultRule, message: String) -> Answer {
    let fault = Fault {
        rule,
        message,
        line: 0,
        column: 0,
    };
    Answer {
        runs: Vec::new(),
        fault: Some(fault),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SandboxError> {
    let result = task::spawn_blocking(work).await;
    result.map_err(|error| SandboxError::Protocol(error.to_string()))
}
