//! The guard: a small process between the supervisor and each service, so that no service
//! outlives a supervisor that crashed.
//!
//! Its standard input is a pipe that the supervisor holds open and never writes to. When the pipe
//! closes, in whatever way the supervisor went, the guard stops the service's process group.

use std::{
    io::Read,
    os::unix::process::{CommandExt, ExitStatusExt},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};

/// Arguments of `itemsmith guard`.
#[derive(Debug, clap::Args)]
pub struct GuardArgs {
    /// Where the service's process id is written.
    #[arg(long)]
    pub pid_file: PathBuf,
    /// Milliseconds between the request to stop and SIGKILL; 0 kills at once.
    #[arg(long, default_value_t = 3000)]
    pub grace_ms: u64,
    /// The service and its arguments.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    pub command: Vec<String>,
}

enum Happened {
    Exited(std::io::Result<std::process::ExitStatus>),
    ParentGone,
}

/// Runs the service until it ends or the supervisor is gone; gives the exit code to leave with.
///
/// # Errors
/// When the service cannot be started.
pub fn main(args: &GuardArgs) -> std::io::Result<i32> {
    let child = spawn(args)?;
    let group = Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX));
    std::fs::write(&args.pid_file, child.id().to_string())?;
    let (tell, told) = mpsc::channel();
    watch_parent(tell.clone());
    watch_child(child, tell);
    let status = match told.recv() {
        Ok(Happened::Exited(status)) => status?,
        Ok(Happened::ParentGone) | Err(_) => stop(group, args.grace_ms, &told)?,
    };
    // What the service started goes with it.
    let _gone = killpg(group, Signal::SIGKILL);
    let _removed = std::fs::remove_file(&args.pid_file);
    Ok(status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or(0)))
}

fn spawn(args: &GuardArgs) -> std::io::Result<Child> {
    let mut command = Command::new(&args.command[0]);
    command
        .args(&args.command[1..])
        .stdin(Stdio::null())
        .process_group(0);
    #[cfg(target_os = "linux")]
    #[expect(unsafe_code, reason = "pre_exec is unsafe; prctl is async-signal-safe")]
    // SAFETY: the closure only calls prctl, which is async-signal-safe and allocates nothing.
    unsafe {
        // Should the guard itself be killed, the kernel ends the service.
        command.pre_exec(|| {
            nix::sys::prctl::set_pdeathsig(Signal::SIGKILL).map_err(std::io::Error::from)
        });
    }
    command.spawn()
}

fn watch_parent(tell: mpsc::Sender<Happened>) {
    thread::spawn(move || {
        let mut sink = [0_u8; 64];
        let mut input = std::io::stdin().lock();
        while matches!(input.read(&mut sink), Ok(read) if read > 0) {}
        let _receiver_gone = tell.send(Happened::ParentGone);
    });
}

fn watch_child(mut child: Child, tell: mpsc::Sender<Happened>) {
    thread::spawn(move || {
        let _receiver_gone = tell.send(Happened::Exited(child.wait()));
    });
}

fn stop(
    group: Pid,
    grace_ms: u64,
    told: &mpsc::Receiver<Happened>,
) -> std::io::Result<std::process::ExitStatus> {
    if grace_ms > 0 {
        let _gone = killpg(group, Signal::SIGTERM);
        if let Ok(Happened::Exited(status)) = told.recv_timeout(Duration::from_millis(grace_ms)) {
            return status;
        }
    }
    let _gone = killpg(group, Signal::SIGKILL);
    match told.recv() {
        Ok(Happened::Exited(status)) => status,
        Ok(Happened::ParentGone) | Err(_) => Err(std::io::Error::other("the service is lost")),
    }
}
