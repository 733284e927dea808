//! Compiler processes: started so that none outlives us, measured, and killed, never asked.

use std::{
    io,
    os::unix::process::ExitStatusExt as _,
    process::{ExitStatus, Stdio},
    sync::{OnceLock, mpsc},
    time::Duration,
};

use tokio::{
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::oneshot,
};

/// How long a killed process may take to be reaped before we stop waiting for it.
const REAP: Duration = Duration::from_secs(2);

/// How a process ended, as far as it matters to a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Somebody else ended it: a signal that programs do not raise by themselves.
    Outside,
    /// It gave up on its own: stack overflow, heap exhaustion, an internal fault.
    Crashed,
}

/// A running child with the pipe that it reads.
#[derive(Debug)]
pub struct Process {
    child: Child,
    pid: u32,
    /// Where requests go.
    pub stdin: ChildStdin,
}

type Job = (
    Command,
    tokio::runtime::Handle,
    oneshot::Sender<io::Result<Child>>,
);

/// Starts processes from one thread that lasts as long as we do: the kernel ends a child with
/// `PR_SET_PDEATHSIG` when the *thread* that started it ends, and runtime threads come and go.
fn starter() -> &'static mpsc::Sender<Job> {
    static STARTER: OnceLock<mpsc::Sender<Job>> = OnceLock::new();
    STARTER.get_or_init(|| {
        let (sender, jobs) = mpsc::channel::<Job>();
        std::thread::spawn(move || {
            for (mut command, runtime, reply) in jobs {
                let _runtime = runtime.enter();
                // A caller that no longer waits drops the child, and that kills it.
                drop(reply.send(command.spawn()));
            }
        });
        sender
    })
}

/// Elsewhere children end when their standard input closes.
#[cfg(not(target_os = "linux"))]
fn die_with_parent(_: &mut Command) {}

/// Makes the child die with us.
#[cfg(target_os = "linux")]
fn die_with_parent(command: &mut Command) {
    let parent = std::process::id();
    // SAFETY: between fork and exec only async-signal-safe calls are made: prctl and getppid.
    unsafe {
        command.pre_exec(move || {
            if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) != 0 {
                return Err(io::Error::last_os_error());
            }
            // The parent may have ended before the call above; then no signal would come.
            if libc::getppid().cast_unsigned() != parent {
                return Err(io::Error::from_raw_os_error(libc::ESRCH));
            }
            Ok(())
        });
    }
}

impl Process {
    /// Starts `command`; gives it and what it writes. Its standard error is dropped, because
    /// compilers print whole stack dumps there, with parts of the source in them.
    ///
    /// # Errors
    /// What the operating system says.
    pub async fn start(mut command: Command) -> io::Result<(Self, ChildStdout)> {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        command.kill_on_drop(true);
        die_with_parent(&mut command);
        let (reply, started) = oneshot::channel();
        let gone = || io::Error::other("the thread that starts processes is gone");
        let job = (command, tokio::runtime::Handle::current(), reply);
        starter().send(job).map_err(|_| gone())?;
        let mut child = started.await.map_err(|_| gone())??;
        let ended = || io::Error::other("the process ended at once");
        let pid = child.id().ok_or_else(ended)?;
        let stdin = child.stdin.take().ok_or_else(ended)?;
        let stdout = child.stdout.take().ok_or_else(ended)?;
        Ok((Self { child, pid, stdin }, stdout))
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether it has not ended yet.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends it at once and reaps it.
    pub async fn kill(&mut self) {
        if self.child.start_kill().is_ok() {
            drop(tokio::time::timeout(REAP, self.child.wait()).await);
        }
    }

    /// Waits for a process whose pipes broke and tells how it ended.
    pub async fn ending(&mut self) -> Ending {
        match tokio::time::timeout(REAP, self.child.wait()).await {
            Ok(Ok(status)) => ending_of(status),
            // It closed its pipes and lives on: whatever that is, it is not the template's doing.
            _ => Ending::Outside,
        }
    }
}

fn ending_of(status: ExitStatus) -> Ending {
    const OWN_FAULT: [i32; 5] = [
        libc::SIGABRT,
        libc::SIGSEGV,
        libc::SIGBUS,
        libc::SIGILL,
        libc::SIGTRAP,
    ];
    match status.signal() {
        Some(signal) if !OWN_FAULT.contains(&signal) => Ending::Outside,
        _ => Ending::Crashed,
    }
}

/// What a process has used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU time of all its threads, in user and kernel mode.
    pub cpu: Duration,
    /// Memory that is resident now, in bytes.
    pub resident: u64,
}

/// What `pid` has used so far; none when it is gone or the platform has no `/proc`.
pub fn usage(pid: u32) -> Option<Usage> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in brackets and may hold spaces.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    // From `man 5 proc`, counted from the third field: utime 14, stime 15, rss 24.
    let ticks = number(11)? + number(12)?;
    let pages = number(21)?;
    Some(Usage {
        cpu: Duration::from_micros(ticks * 1_000_000 / ticks_per_second()),
        resident: pages * page_size(),
    })
}

fn ticks_per_second() -> u64 {
    // SAFETY: sysconf only reads.
    let ticks = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
    u64::try_from(ticks).ok().filter(|n| *n > 0).unwrap_or(100)
}

fn page_size() -> u64 {
    // SAFETY: sysconf only reads.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    u64::try_from(size).ok().filter(|n| *n > 0).unwrap_or(4096)
}

#[cfg(test)]
mod tests {
    use super::{Ending, Process, usage};

    fn command(program: &str, argument: &str) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(program);
        command.arg(argument);
        command
    }

    #[tokio::test]
    async fn a_signal_from_outside_is_told_from_a_fault_of_its_own() {
        let (mut killed, _output) = Process::start(command("sleep", "600"))
            .await
            .expect("sleep starts");
        assert!(killed.is_alive());
        // SAFETY: the pid is our own child's.
        unsafe { libc::kill(killed.pid().cast_signed(), libc::SIGKILL) };
        assert_eq!(killed.ending().await, Ending::Outside);
        assert!(!killed.is_alive());

        let mut shell = tokio::process::Command::new("sh");
        shell.args(["-c", "exit 2"]);
        let (mut failed, _output) = Process::start(shell).await.expect("sh starts");
        assert_eq!(failed.ending().await, Ending::Crashed);
    }

    #[test]
    fn usage_of_this_process_is_plausible() {
        let used = usage(std::process::id()).expect("this process has a /proc entry");
        assert!(used.resident > 1 << 20, "{used:?}");
        assert_eq!(usage(u32::MAX), None);
    }
}
