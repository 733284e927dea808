//! One child, from start to end.
//!
//! The kernel can signal a child when its parent dies, but by "parent" it means the thread that
//! started it. So each child has a thread of its own, which starts it and then waits for it: the
//! thread ends when the child does or when the whole process does, and in no other way. Where the
//! kernel offers no such signal, a shell holds the read end of a pipe and signals the child when the
//! pipe closes.

use std::{
    io,
    process::{Command, ExitStatus},
    thread,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::sync::watch;

/// A running (or ended) child.
#[derive(Debug)]
pub(super) struct Keeper {
    pid: Pid,
    ended: watch::Receiver<Option<ExitStatus>>,
}

impl Keeper {
    /// Starts `command` on a thread of its own.
    pub(super) fn spawn(mut command: Command) -> io::Result<Self> {
        let (started, starting) = std::sync::mpsc::channel();
        let (tell, ended) = watch::channel(None);
        thread::Builder::new()
            .name("postgres".to_owned())
            .spawn(move || {
                let mut child = match command.spawn() {
                    Ok(child) => child,
                    Err(error) => return drop(started.send(Err(error))),
                };
                drop(started.send(Ok(child.id())));
                let status = {
                    let _guard = guard(child.id());
                    // An error here would mean that somebody else has waited for our child.
                    child.wait().unwrap_or_default()
                };
                tell.send_replace(Some(status));
            })?;
        let pid = starting.recv().map_err(io::Error::other)??;
        let pid = i32::try_from(pid).map_err(io::Error::other)?;
        Ok(Self {
            pid: Pid::from_raw(pid),
            ended,
        })
    }

    /// The process id.
    pub(super) fn pid(&self) -> u32 {
        self.pid.as_raw().unsigned_abs()
    }

    /// How it ended, if it has.
    pub(super) fn status(&self) -> Option<ExitStatus> {
        *self.ended.borrow()
    }

    /// Waits until it has ended.
    pub(super) async fn wait(&self) -> ExitStatus {
        let mut ended = self.ended.clone();
        let status = ended.wait_for(Option::is_some).await.map(|status| *status);
        // The sender only goes after it has told.
        status.ok().flatten().unwrap_or_default()
    }

    /// Signals it, unless it has ended.
    pub(super) fn signal(&self, signal: Signal) {
        if self.status().is_none() {
            let _it_has_just_ended = kill(self.pid, signal);
        }
    }
}

/// The shell that watches, where the kernel does not; dropping it ends it.
#[cfg(not(target_os = "linux"))]
fn guard(pid: u32) -> Option<Guard> {
    use std::{os::unix::process::CommandExt, process::Stdio};
    Command::new("/bin/sh")
        .args([
            "-c",
            "cat >/dev/null; kill -INT \"$1\"",
            "guard",
            &pid.to_string(),
        ])
        .stdin(Stdio::piped())
        .process_group(0)
        .spawn()
        .ok()
        .map(Guard)
}

#[cfg(not(target_os = "linux"))]
struct Guard(std::process::Child);

#[cfg(not(target_os = "linux"))]
impl Drop for Guard {
    fn drop(&mut self) {
        // Before the pipe closes, so that it signals nobody.
        let _it_has_just_ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

#[cfg(target_os = "linux")]
const fn guard(_pid: u32) -> Option<std::convert::Infallible> {
    None
}
