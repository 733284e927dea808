//! A pool of compiler processes: one for each check that may run at once, and warmed spares.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use itemsmith_domain::{Finding, Phase, finding::LIMIT_CODE};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    Checked, Engine, EngineError, EngineFuture, EngineStatus, Program,
    compiler::{Broken, Compiler},
    diagnostics::{RawReport, findings},
    process::{Ending, usage},
    watch::{CheckLimits, Stop, guarded},
};
use crate::contract::Pack;

/// A process is replaced after this many checks: whatever it leaks stays small.
const RECYCLE_AFTER: u32 = 1000;
/// A process that still holds more than this after a check is replaced before it meets the limit
/// on behalf of an innocent template.
const RECYCLE_ABOVE: u64 = 384 << 20;
/// Starting takes 30 ms (native) to 700 ms (node); ten times that is not going to work.
const START_LIMIT: Duration = Duration::from_secs(10);
/// Wait after a failed start before the next one in the background, doubled up to the second.
const START_PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));

/// How a pool is made.
#[derive(Debug, Clone)]
pub struct PoolConfig<L> {
    /// How its processes are started.
    pub launch: L,
    /// How many checks run at once.
    pub concurrency: usize,
    /// What one check may use.
    pub limits: CheckLimits,
}

/// The engine over processes of the kind `C`.
pub struct Pool<C: Compiler> {
    shared: Arc<Shared<C>>,
}

struct Shared<C: Compiler> {
    config: PoolConfig<C::Launch>,
    /// Loaded into every process before its first check.
    pack: Arc<Pack>,
    idle: Mutex<Vec<Worker<C>>>,
    permits: Arc<Semaphore>,
    filling: AtomicBool,
    started: AtomicU64,
    lost: AtomicU64,
    killed: AtomicU64,
    failed_to_start: AtomicBool,
}

struct Worker<C> {
    compiler: C,
    checks: u32,
}

/// A process in use. Dropped without being given back (the caller went away), it is killed and
/// another takes its place.
struct Lease<C: Compiler> {
    shared: Arc<Shared<C>>,
    worker: Option<Worker<C>>,
    permit: Option<OwnedSemaphorePermit>,
}

impl<C: Compiler> Pool<C> {
    /// Starts a pool; its first process runs and has checked an empty program.
    ///
    /// # Errors
    /// [`EngineError::Start`] when the compiler cannot be started here.
    pub async fn start(
        config: PoolConfig<C::Launch>,
        pack: Arc<Pack>,
    ) -> Result<Self, EngineError> {
        let shared = Arc::new(Shared {
            permits: Arc::new(Semaphore::new(config.concurrency.max(1))),
            config,
            pack,
            idle: Mutex::new(Vec::new()),
            filling: AtomicBool::new(false),
            started: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            killed: AtomicU64::new(0),
            failed_to_start: AtomicBool::new(false),
        });
        let first = shared.start_worker().await?;
        shared.idle().push(first);
        shared.top_up();
        Ok(Self { shared })
    }

    /// The process ids of the idle workers, for tests that harm them.
    #[cfg(test)]
    pub fn idle_pids(&self) -> Vec<u32> {
        self.shared
            .idle()
            .iter_mut()
            .map(|w| w.compiler.process().pid())
            .collect()
    }
}

impl<C: Compiler> Shared<C> {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Worker<C>>> {
        // Nothing is done under the lock that could panic half-way.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn start_worker(&self) -> Result<Worker<C>, EngineError> {
        let start = C::start(&self.config.launch, &self.pack);
        let outcome = match tokio::time::timeout(START_LIMIT, start).await {
            Ok(Ok(compiler)) => Ok(Worker {
                compiler,
                checks: 0,
            }),
            Ok(Err(broken)) => Err(EngineError::Start(broken.to_string())),
            Err(_) => Err(EngineError::Start(
                "it did not answer within 10 s".to_owned(),
            )),
        };
        self.started.fetch_add(1, Ordering::Relaxed);
        self.failed_to_start
            .store(outcome.is_err(), Ordering::Relaxed);
        outcome
    }

    /// Takes an idle process that lives, newest first; the dead ones are dropped.
    fn take_idle(&self) -> Option<Worker<C>> {
        let mut idle = self.idle();
        while let Some(mut worker) = idle.pop() {
            if worker.compiler.process().is_alive() {
                return Some(worker);
            }
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        None
    }

    /// Starts processes in the background until every free place has one, and the spares are there.
    fn top_up(self: &Arc<Self>) {
        if self.filling.swap(true, Ordering::AcqRel) {
            return;
        }
        let shared = self.clone();
        tokio::spawn(async move {
            let mut pause = START_PAUSES.0;
            while shared.wanting() {
                match shared.start_worker().await {
                    Ok(worker) => {
                        shared.idle().push(worker);
                        pause = START_PAUSES.0;
                    }
                    Err(error) => {
                        tracing::error!(%error, engine = C::NAME, "compiler does not start");
                        tokio::time::sleep(pause).await;
                        pause = (pause * 2).min(START_PAUSES.1);
                    }
                }
            }
            shared.filling.store(false, Ordering::Release);
            // A process that was lost between the last look and the line above.
            if shared.wanting() {
                shared.top_up();
            }
        });
    }

    fn wanting(&self) -> bool {
        self.idle().len() < self.permits.available_permits() + C::SPARES
    }

    async fn lease(self: &Arc<Self>, deadline: Instant) -> Result<Lease<C>, EngineError> {
        let permit = self.permits.clone().acquire_owned();
        let permit = tokio::time::timeout_at(deadline.into(), permit)
            .await
            .map_err(|_| EngineError::Deadline)?
            .map_err(|_| EngineError::Lost)?;
        let mut lease = Lease {
            shared: self.clone(),
            worker: None,
            permit: Some(permit),
        };
        lease.worker = match self.take_idle() {
            Some(worker) => Some(worker),
            None => {
                let start = tokio::time::timeout_at(deadline.into(), self.start_worker());
                Some(start.await.map_err(|_| EngineError::Deadline)??)
            }
        };
        Ok(lease)
    }

    async fn check(
        self: &Arc<Self>,
        program: &Program,
        deadline: Instant,
    ) -> Result<Checked, EngineError> {
        let arrived = Instant::now();
        let mut lease = self.lease(deadline).await?;
        let begun = Instant::now();
        let outcome = lease.run(program, self.config.limits, deadline).await;
        let findings = match outcome {
            Ok(report) => {
                lease.give_back();
                findings(&program.source, &report)
            }
            Err(Failure::Limit(what)) => vec![limit_finding(what)],
            Err(Failure::Engine(error)) => return Err(error),
        };
        Ok(Checked {
            findings,
            queue_ms: (begun - arrived).as_secs_f64() * 1e3,
            types_ms: begun.elapsed().as_secs_f64() * 1e3,
        })
    }
}

enum Failure {
    Limit(&'static str),
    Engine(EngineError),
}

impl<C: Compiler> Lease<C> {
    /// Runs one check; after any failure the process is dead.
    async fn run(
        &mut self,
        program: &Program,
        limits: CheckLimits,
        deadline: Instant,
    ) -> Result<RawReport, Failure> {
        let Some(worker) = self.worker.as_mut() else {
            return Err(Failure::Engine(EngineError::Lost));
        };
        worker.checks += 1;
        let pid = worker.compiler.process().pid();
        let outcome = guarded(pid, limits, deadline, worker.compiler.check(program)).await;
        let failure = match outcome {
            Ok(Ok(report)) => return Ok(report),
            Ok(Err(Broken::Pipe(_))) => match worker.compiler.process().ending().await {
                Ending::Outside => {
                    self.shared.lost.fetch_add(1, Ordering::Relaxed);
                    tracing::warn!(engine = C::NAME, "compiler process lost during a check");
                    Failure::Engine(EngineError::Lost)
                }
                Ending::Crashed => Failure::Limit("the compiler gave up on this source"),
            },
            Ok(Err(Broken::GaveUp(_))) => Failure::Limit("the compiler gave up on this source"),
            Ok(Err(Broken::Protocol(what) | Broken::Pack(what))) => {
                tracing::error!(engine = C::NAME, what, "compiler spoke out of protocol");
                Failure::Engine(EngineError::Protocol(what))
            }
            Err(Stop::Cpu) => Failure::Limit("type checking used up its CPU time"),
            Err(Stop::Memory) => Failure::Limit("type checking used up its memory"),
            Err(Stop::Deadline) => Failure::Engine(EngineError::Deadline),
        };
        self.shared.killed.fetch_add(1, Ordering::Relaxed);
        worker.compiler.process().kill().await;
        Err(failure)
    }

    fn give_back(&mut self) {
        let Some(mut worker) = self.worker.take() else {
            return;
        };
        let resident = usage(worker.compiler.process().pid()).map_or(0, |used| used.resident);
        if worker.checks < RECYCLE_AFTER && resident < RECYCLE_ABOVE {
            self.shared.idle().push(worker);
        }
    }
}

impl<C: Compiler> Drop for Lease<C> {
    fn drop(&mut self) {
        // First the process and the place, so that the look below counts what is left.
        drop(self.worker.take());
        drop(self.permit.take());
        if self.shared.wanting() {
            self.shared.top_up();
        }
    }
}

fn limit_finding(what: &str) -> Finding {
    let mut finding = Finding::unplaced(Phase::Limit, "resource-limit", LIMIT_CODE, what);
    finding.hint = Some(
        "Use simpler types: no deep recursion, no large unions, no long literals or chains."
            .to_owned(),
    );
    finding
}

impl<C: Compiler> Engine for Pool<C> {
    fn name(&self) -> &'static str {
        C::NAME
    }

    fn compiler(&self) -> &'static str {
        C::VERSION
    }

    fn check<'a>(&'a self, program: &'a Program, deadline: Instant) -> EngineFuture<'a> {
        Box::pin(self.shared.check(program, deadline))
    }

    fn status(&self) -> EngineStatus {
        EngineStatus {
            ready: !self.shared.failed_to_start.load(Ordering::Relaxed),
            concurrency: self.shared.config.concurrency.max(1),
            idle: self.shared.idle().len(),
            started: self.shared.started.load(Ordering::Relaxed),
            lost: self.shared.lost.load(Ordering::Relaxed),
            killed: self.shared.killed.load(Ordering::Relaxed),
        }
    }
}
