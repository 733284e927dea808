//! One check from request to verdict.
//!
//! Syntax errors stand alone; else types and policy come together; a source in which neither
//! found anything is executed.

mod cache;
mod failure;
mod request;
#[cfg(test)]
mod tests;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use itemsmith_domain::{
    Digest, Finding, Phase,
    check::{CheckRequest, Timings, Verdict, Versions},
    finding::status_of,
};

pub use cache::Cache;
pub use failure::CheckFailure;
pub use request::{MAX_SEEDS, MAX_WIDGETS};

use crate::{
    contract::{Pack, Packs},
    engine::{Engine, Program},
    policy::{self, PolicyReport},
    sandbox::{self, ExecuteJob, Sandbox, SandboxError},
};

/// From request to verdict. A check takes 10 ms and a proof as long again; a caller that waits
/// longer than this is better served by asking again.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// Checks that may wait for each compiler: at 10 ms a check the last one waits 0.3 s.
const QUEUE_PER_COMPILER: usize = 32;

/// Everything that a check needs.
pub struct Checker {
    engine: Arc<dyn Engine>,
    packs: Packs,
    sandbox: Sandbox,
    cache: Cache,
    in_flight: AtomicUsize,
    capacity: usize,
}

/// A verdict, and whether it had been reached before.
#[derive(Debug)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// Whether it came from the cache.
    pub cached: bool,
}

impl Checker {
    /// A checker over running parts.
    #[must_use]
    pub fn new(engine: Arc<dyn Engine>, packs: Packs, sandbox: Sandbox) -> Self {
        let concurrency = engine.status().concurrency;
        let capacity = concurrency * (1 + QUEUE_PER_COMPILER);
        Self {
            engine,
            packs,
            sandbox,
            cache: Cache::default(),
            in_flight: 0.into(),
            capacity,
        }
    }

    /// Starts what would otherwise start with the first execution.
    ///
    /// # Errors
    /// When the sandbox does not start.
    pub async fn warm(&self) -> Result<(), SandboxError> {
        self.sandbox.warm().await
    }

    /// The packs that it knows.
    #[must_use]
    pub fn packs(&self) -> &Packs {
        &self.packs
    }

    /// Its engine.
    #[must_use]
    pub fn engine(&self) -> &dyn Engine {
        self.engine.as_ref()
    }

    /// Checks that run or wait now.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Judges one template.
    ///
    /// # Errors
    /// [`CheckFailure`] when the request cannot be judged, or not now.
    pub async fn check(
        &self,
        request: CheckRequest,
        deadline: Instant,
    ) -> Result<Outcome, CheckFailure> {
        let begun = Instant::now();
        request::validate(&request)?;
        let pack = self.packs.get(request.contract.as_deref()).ok_or_else(|| {
            let name = request.contract.clone().unwrap_or_default();
            CheckFailure::UnknownContract {
                name,
                known: self.pack_names(),
            }
        })?;
        let versions = self.versions(pack);
        let key = cache::key(&request, pack, &versions);
        if let Some(mut verdict) = self.cache.get(&key) {
            verdict.timings = Timings {
                total_ms: ms(begun),
                ..Timings::default()
            };
            return Ok(Outcome {
                verdict,
                cached: true,
            });
        }
        let _place = self.enter()?;
        let mut verdict = self
            .judge(&request, pack.clone(), versions, deadline)
            .await?;
        verdict.timings.total_ms = ms(begun);
        if verdict
            .findings
            .iter()
            .all(|finding| finding.phase != Phase::Limit)
        {
            self.cache.put(key, verdict.clone());
        }
        Ok(Outcome {
            verdict,
            cached: false,
        })
    }

    /// Everything besides the request that a verdict on `pack` depends on.
    #[must_use]
    pub fn versions(&self, pack: &Pack) -> Versions {
        Versions {
            contract: pack.id(),
            engine: self.engine.name().to_owned(),
            compiler: self.engine.compiler().to_owned(),
            policy: policy::VERSION.to_owned(),
            sandbox: sandbox::VERSION.to_owned(),
        }
    }

    fn pack_names(&self) -> Vec<String> {
        self.packs
            .iter()
            .map(|pack| pack.manifest().name.clone())
            .collect()
    }

    /// Takes a place among the checks that run or wait.
    fn enter(&self) -> Result<Place<'_>, CheckFailure> {
        let place = Place(&self.in_flight);
        if self.in_flight.fetch_add(1, Ordering::AcqRel) < self.capacity {
            Ok(place)
        } else {
            Err(CheckFailure::Overloaded)
        }
    }

    async fn judge(
        &self,
        request: &CheckRequest,
        pack: Arc<Pack>,
        versions: Versions,
        deadline: Instant,
    ) -> Result<Verdict, CheckFailure> {
        let mut verdict = Verdict {
            status: status_of(&[]),
            findings: Vec::new(),
            source_digest: Digest::of(request.source.as_bytes()),
            widget_tuple: Vec::new(),
            versions,
            seeds: Vec::new(),
            distinct_items: 0,
            item: None,
            timings: Timings::default(),
        };
        self.read(request, &pack, deadline, &mut verdict).await?;
        if verdict.findings.is_empty() && request.execute {
            self.execute(request, &pack, deadline, &mut verdict).await?;
        }
        verdict.status = status_of(&verdict.findings);
        Ok(verdict)
    }

    /// Everything that is found by reading the source.
    async fn read(
        &self,
        request: &CheckRequest,
        pack: &Arc<Pack>,
        deadline: Instant,
        verdict: &mut Verdict,
    ) -> Result<(), CheckFailure> {
        if let Some(limit) = policy::scan_limits(&request.source) {
            verdict.findings.push(limit);
            return Ok(());
        }
        let begun = Instant::now();
        let report = policy_report(request, pack).await?;
        verdict.timings.policy_ms = ms(begun);
        let program = Program {
            source: request.source.as_str().into(),
            pack: pack.clone(),
        };
        let checked = self.engine.check(&program, deadline).await?;
        verdict.timings.queue_ms = checked.queue_ms;
        verdict.timings.types_ms = checked.types_ms;
        verdict.findings = merge(checked.findings, &report);
        verdict.widget_tuple = report.widget_tuple;
        Ok(())
    }

    async fn execute(
        &self,
        request: &CheckRequest,
        pack: &Pack,
        deadline: Instant,
        verdict: &mut Verdict,
    ) -> Result<(), CheckFailure> {
        let begun = Instant::now();
        let job = ExecuteJob {
            source: request.source.clone(),
            runtime_modules: pack.runtime_modules().to_vec(),
            seeds: request.seeds.clone(),
            source_item: request
                .source_item
                .as_ref()
                .map(|item| item.get().to_owned()),
            return_item: request.seeds.first().copied(),
        };
        let report = self.sandbox.execute(job, deadline).await?;
        verdict.timings.execution_ms = ms(begun);
        verdict.findings = report.findings;
        verdict.seeds = report.seeds;
        verdict.distinct_items = report.distinct_items;
        verdict.item = report.item;
        Ok(())
    }
}

/// Runs the policy rules off the threads that serve requests.
async fn policy_report(
    request: &CheckRequest,
    pack: &Arc<Pack>,
) -> Result<PolicyReport, CheckFailure> {
    let source = request.source.clone();
    let options = pack.policy_options(request.allowed_widgets.clone());
    let report = tokio::task::spawn_blocking(move || policy::check(&source, &options)).await;
    report
        .map_err(|_| CheckFailure::Internal)?
        .map_err(CheckFailure::Policy)
}

/// Syntax errors and limits alone; else types, then policy.
fn merge(mut types: Vec<Finding>, policy: &PolicyReport) -> Vec<Finding> {
    if types
        .iter()
        .any(|f| matches!(f.phase, Phase::Syntax | Phase::Limit))
    {
        return types;
    }
    types.extend(policy.findings.iter().cloned());
    // The compiler reads what our own parser does not: nothing is known of its policy then.
    types.extend(policy.unparsed.iter().cloned());
    types
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
