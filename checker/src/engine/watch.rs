//! Limits on one check, watched from outside the compiler: it is killed, never asked.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use super::process::{Usage, usage};

/// What one check may use.
#[derive(Debug, Clone, Copy)]
pub struct CheckLimits {
    /// CPU time of all threads; it alone, with memory, decides a resource-limit finding.
    pub cpu: Duration,
    /// Resident memory in bytes.
    pub memory: u64,
    /// Wall-clock time; overrunning it says nothing about the source, only about the machine.
    pub wall: Duration,
}

/// How often a running check is looked at. Most checks are done before the first look; a compiler
/// that allocates 1 GiB/s gains 25 MB between two looks.
const LOOK: Duration = Duration::from_millis(25);

/// Why a check was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// It used up its CPU time.
    Cpu,
    /// It used up its memory.
    Memory,
    /// The wall clock ran out.
    Deadline,
}

/// Runs `work` of process `pid` under `limits`, until `deadline` at the latest.
///
/// # Errors
/// [`Stop`] when a limit was reached; the process is then still running, and the caller kills it.
pub async fn guarded<T>(
    pid: u32,
    limits: CheckLimits,
    deadline: Instant,
    work: impl Future<Output = T>,
) -> Result<T, Stop> {
    let start = usage(pid).unwrap_or_default();
    let deadline = deadline.min(Instant::now() + limits.wall);
    let mut work = std::pin::pin!(work);
    loop {
        let look = deadline.min(Instant::now() + LOOK);
        tokio::select! {
            biased;
            done = &mut work => return Ok(done),
            () = tokio::time::sleep_until(look.into()) => {}
        }
        if let Some(now) = usage(pid)
            && let Some(stop) = exceeded(limits, start, now)
        {
            return Err(stop);
        }
        if Instant::now() >= deadline {
            return Err(Stop::Deadline);
        }
    }
}

fn exceeded(limits: CheckLimits, start: Usage, now: Usage) -> Option<Stop> {
    if now.resident > limits.memory {
        Some(Stop::Memory)
    } else if now.cpu.saturating_sub(start.cpu) > limits.cpu {
        Some(Stop::Cpu)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{CheckLimits, Stop, exceeded, guarded};
    use crate::engine::process::Usage;

    const LIMITS: CheckLimits = CheckLimits {
        cpu: Duration::from_secs(2),
        memory: 100,
        wall: Duration::from_millis(60),
    };

    #[test]
    fn only_the_check_s_own_cpu_time_counts() {
        let used = |seconds, resident| Usage {
            cpu: Duration::from_secs(seconds),
            resident,
        };
        assert_eq!(exceeded(LIMITS, used(50, 10), used(51, 100)), None);
        assert_eq!(
            exceeded(LIMITS, used(50, 10), used(53, 10)),
            Some(Stop::Cpu)
        );
        assert_eq!(
            exceeded(LIMITS, used(50, 10), used(50, 101)),
            Some(Stop::Memory)
        );
    }

    #[tokio::test]
    async fn a_process_that_does_nothing_meets_the_wall_clock() {
        let started = Instant::now();
        let far = started + Duration::from_secs(60);
        // A pid that does not exist uses nothing.
        let outcome = guarded(u32::MAX, LIMITS, far, std::future::pending::<()>()).await;
        assert_eq!(outcome, Err(Stop::Deadline));
        assert!(started.elapsed() >= LIMITS.wall);
    }
}
