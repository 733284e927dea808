//! What the child process may do: compute, and answer its parent.

use std::{io, time::Duration};

use super::clock::cpu_time;

/// Address space of the child, in bytes: the engine's limit several times over.
const ADDRESS_SPACE: u64 = 768 * 1024 * 1024;
/// Processor seconds beyond a job's budget before the kernel ends the process: the engine asks for
/// interruption only between its operations, and one of those (a huge `repeat`, a power of big
/// integers) may take long.
const GRACE_SECONDS: u64 = 2;

/// Confines the process for good.
pub(crate) fn process() -> io::Result<()> {
    // The parent's end ends the child too.
    #[cfg(target_os = "linux")]
    check(set_death_signal())?;
    limit(libc::RLIMIT_AS, ADDRESS_SPACE, ADDRESS_SPACE)?;
    limit(libc::RLIMIT_FSIZE, 0, 0)?;
    limit(libc::RLIMIT_CORE, 0, 0)?;
    limit(libc::RLIMIT_NPROC, 0, 0)?;
    #[cfg(target_os = "linux")]
    close_inherited();
    // Nothing beyond stdin, stdout and stderr can be opened from here on.
    limit(libc::RLIMIT_NOFILE, 3, 3)?;
    filter::install()
}

/// Gives the next job its processor time: past it and the grace the kernel kills the process.
pub(crate) fn allow_cpu(budget: Duration) -> io::Result<()> {
    let seconds = (cpu_time() + budget).as_secs() + 1 + GRACE_SECONDS;
    limit(libc::RLIMIT_CPU, seconds, libc::RLIM_INFINITY)
}

#[cfg(target_os = "linux")]
type Resource = libc::__rlimit_resource_t;
#[cfg(not(target_os = "linux"))]
type Resource = libc::c_int;

fn limit(resource: Resource, soft: u64, hard: u64) -> io::Result<()> {
    let limit = libc::rlimit {
        rlim_cur: soft,
        rlim_max: hard,
    };
    // SAFETY: `limit` outlives the call, which only reads it.
    check(unsafe { libc::setrlimit(resource, &raw const limit) })
}

#[cfg(target_os = "linux")]
fn set_death_signal() -> libc::c_int {
    // SAFETY: this option takes one integer and touches no memory.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) }
}

#[cfg(target_os = "linux")]
fn close_inherited() {
    // SAFETY: this process owns no descriptor above 2 yet. Kernels before 5.9 answer ENOSYS, and
    // then every descriptor of the parent is close-on-exec anyway.
    unsafe {
        libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0);
    }
}

fn check(result: libc::c_int) -> io::Result<()> {
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// The system calls that are left; every other one kills the process.
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod filter {
    use std::{collections::BTreeMap, io};

    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen as Len, SeccompCmpOp as Op, SeccompCondition,
        SeccompFilter, SeccompRule,
    };

    /// Memory, time, randomness for hash maps, signals to itself, and the end.
    const FREE: &[libc::c_long] = &[
        libc::SYS_brk,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_madvise,
        libc::SYS_futex,
        libc::SYS_clock_gettime,
        libc::SYS_gettimeofday,
        libc::SYS_getrandom,
        libc::SYS_rt_sigreturn,
        libc::SYS_rt_sigprocmask,
        libc::SYS_sigaltstack,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_restart_syscall,
    ];

    pub(super) fn install() -> io::Result<()> {
        let program = program().map_err(io::Error::other)?;
        seccompiler::apply_filter(&program).map_err(io::Error::other)
    }

    fn program() -> Result<BpfProgram, seccompiler::BackendError> {
        let only = |argument: u8, op: Op, value: u64| {
            SeccompRule::new(vec![SeccompCondition::new(
                argument,
                Len::Dword,
                op,
                value,
            )?])
        };
        let no_code = Op::MaskedEq(libc::PROT_EXEC as u64);
        let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
            FREE.iter().map(|call| (*call, Vec::new())).collect();
        rules.insert(libc::SYS_read, vec![only(0, Op::Eq, 0)?]);
        rules.insert(
            libc::SYS_write,
            vec![only(0, Op::Eq, 1)?, only(0, Op::Eq, 2)?],
        );
        // Memory that can be written but never executed.
        rules.insert(libc::SYS_mmap, vec![only(2, no_code.clone(), 0)?]);
        rules.insert(libc::SYS_mprotect, vec![only(2, no_code, 0)?]);
        // The next job's processor time.
        let cpu = u64::from(libc::RLIMIT_CPU);
        rules.insert(libc::SYS_prlimit64, vec![only(1, Op::Eq, cpu)?]);
        rules.insert(
            libc::SYS_tgkill,
            vec![only(0, Op::Eq, u64::from(std::process::id()))?],
        );
        #[cfg(target_arch = "x86_64")]
        rules.insert(libc::SYS_setrlimit, vec![only(0, Op::Eq, cpu)?]);
        SeccompFilter::new(
            rules,
            SeccompAction::KillProcess,
            SeccompAction::Allow,
            std::env::consts::ARCH.try_into()?,
        )?
        .try_into()
    }
}

#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
mod filter {
    pub(super) fn install() -> std::io::Result<()> {
        Ok(())
    }
}
