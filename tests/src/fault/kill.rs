//! Killing, and waiting until the victim is really gone: after that it does nothing more.

use std::{
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// A killed process is gone at once; this is for a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(20);

/// Kills a process with SIGKILL.
///
/// # Panics
/// When it cannot be killed or does not go.
pub fn kill_process(pid: i32) {
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("the victim can be killed");
    wait_until_gone(pid);
}

/// Kills a Postgres server: the postmaster and then every process that it started. A postmaster
/// alone would leave statements under way to their end, which no power cut does.
///
/// # Panics
/// As [`kill_process`].
pub fn kill_database(postmaster: u32) {
    let postmaster = i32::try_from(postmaster).expect("a pid");
    let parts: Vec<i32> = children(postmaster);
    kill_process(postmaster);
    for part in &parts {
        // One that has noticed and gone by itself is gone as well.
        let _gone = kill(Pid::from_raw(*part), Signal::SIGKILL);
    }
    for part in parts {
        wait_until_gone(part);
    }
}

fn children(parent: i32) -> Vec<i32> {
    let entries = std::fs::read_dir("/proc").expect("/proc");
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid| stat(*pid).is_some_and(|(_, of)| of == parent))
        .collect()
}

fn wait_until_gone(pid: i32) {
    let deadline = Instant::now() + PATIENCE;
    // A zombie has closed everything it had.
    while stat(pid).is_some_and(|(state, _)| state != 'Z') {
        assert!(Instant::now() < deadline, "{pid} does not go");
        thread::sleep(Duration::from_millis(1));
    }
}

/// A process's state and parent.
fn stat(pid: i32) -> Option<(char, i32)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.next()?.parse().ok()?))
}
