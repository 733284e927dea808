//! As whom Postgres runs: never as root.

use std::{io, os::unix::process::CommandExt, path::Path, process::Command};

use nix::{
    sys::signal::Signal,
    unistd::{Uid, User, chown},
};

/// The user and group `nobody` of nearly every system.
const NOBODY: u32 = 65_534;

/// As whom a child runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    /// As the caller, who is not root.
    Caller,
    /// In a user namespace of its own, as `nobody` there; as the caller outside.
    Namespace,
    /// As `nobody`, who owns the data folder.
    Nobody,
}

impl Identity {
    /// The identity that works here; found out by trying.
    pub(super) fn choose() -> Self {
        let caller = Uid::effective();
        // initdb wants a user with a name, which not every container gives its users.
        let named = User::from_uid(caller).is_ok_and(|user| user.is_some());
        if !caller.is_root() && named {
            return Self::Caller;
        }
        let mut probe = Command::new("/bin/sh");
        probe.args(["-c", &format!("[ \"$(id -u)\" = {NOBODY} ]")]);
        Self::Namespace.apply(&mut probe);
        match probe.status() {
            Ok(status) if status.success() => Self::Namespace,
            _ if caller.is_root() => Self::Nobody,
            // It will say what it misses.
            _ => Self::Caller,
        }
    }

    /// Gives a folder to whoever will run.
    pub(super) fn own(self, folder: &Path) -> io::Result<()> {
        if self == Self::Nobody {
            chown(folder, Some(NOBODY.into()), Some(NOBODY.into()))?;
        }
        Ok(())
    }

    /// Makes `command` run as this identity and end with the thread that starts it.
    pub(super) fn apply(self, command: &mut Command) {
        if self == Self::Nobody {
            command.uid(NOBODY).gid(NOBODY);
        }
        let parent = std::process::id();
        // Made here, because nothing may be allocated in the child.
        let map = format!("{NOBODY} {} 1\n", Uid::effective());
        let prepare = move || prepare(self, parent, map.as_bytes());
        #[expect(unsafe_code, reason = "pre_exec is unsafe; the closure is made for it")]
        // SAFETY: between fork and exec only async-signal-safe system calls are made: unshare,
        // open, write, close, prctl and getppid, and nothing is allocated.
        unsafe {
            command.pre_exec(prepare);
        }
    }
}

/// Runs in the child, between fork and exec.
fn prepare(identity: Identity, parent: u32, map: &[u8]) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        if identity == Identity::Namespace {
            nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWUSER)?;
            // Files stay the caller's outside; inside, the caller is `nobody`.
            write_once(c"/proc/self/uid_map", map)?;
        }
        // After the change of identity, which clears it. SIGINT is a fast, clean shutdown.
        nix::sys::prctl::set_pdeathsig(Signal::SIGINT)?;
        // The parent may have gone before the line above.
        if nix::unistd::getppid().as_raw().unsigned_abs() != parent {
            return Err(io::ErrorKind::Interrupted.into());
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _only_linux_has_these = (identity, parent, map, Signal::SIGINT);
    Ok(())
}

/// One write without allocating: the maps of a namespace take nothing else.
#[cfg(target_os = "linux")]
fn write_once(path: &std::ffi::CStr, text: &[u8]) -> io::Result<()> {
    use nix::{fcntl, sys::stat::Mode, unistd};
    let file = fcntl::open(path, fcntl::OFlag::O_WRONLY, Mode::empty())?;
    unistd::write(&file, text)?;
    Ok(())
}
