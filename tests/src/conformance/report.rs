//! Everything observed: both sides run, probed and compared.

use std::{collections::BTreeMap, sync::LazyLock};

use futures_util::future::{join, join_all};
use itemsmith_local::{
    postgres::create_test_database,
    stack::{Database, RunFolder},
};
use serde_json::{Value, json};

use super::{
    cases::{self, CASES, SENDERS, UNENDED},
    compare::{self, Difference},
    engine, normal, probes,
    side::{Sdk, Side},
    transcript::{self, Named, Transcript},
};

/// The endpoints that the engines know.
const SERVED: &[&str] = &[
    "/api/inngest",
    "/api/flow",
    "/api/checkpointing",
    "/api/streaming",
];

/// What was seen of one case or probe.
#[derive(Clone, Debug, Default)]
pub struct Finding {
    /// The points of the protocol that it is about.
    pub points: Vec<u8>,
    /// How many exchanges were compared.
    pub exchanges: usize,
    /// What did not come about at all.
    pub failures: Vec<String>,
    /// Where the sides differ.
    pub differences: Vec<Difference>,
    /// Our side's exchanges, normal, by name.
    pub rust: BTreeMap<String, Value>,
}

/// By case or probe.
pub type Report = BTreeMap<String, Finding>;

/// Runs everything, once in a process, and stops it all.
pub fn observe() -> &'static Report {
    static REPORT: LazyLock<Report> = LazyLock::new(|| crate::run(make()));
    &REPORT
}

async fn make() -> Report {
    let folder = RunFolder::create("conformance").expect("a folder");
    let database = Database::start(folder.path(), false)
        .await
        .expect("a database");
    let mut sides = Vec::new();
    for sdk in [Sdk::Rust, Sdk::TypeScript] {
        let database = create_test_database(database.url()).await;
        let database = database.expect("a database of its own");
        sides.push(Side::start(sdk, SERVED, database, &folder).await);
    }
    let [rust, typescript] = <[Side; 2]>::try_from(sides).unwrap_or_else(|_| unreachable!());
    let (on_rust, on_typescript) = join(seen(&rust), seen(&typescript)).await;
    let mut report = compare_cases(&rust, on_rust, &typescript, on_typescript);
    report.extend(probes::probe_all(&rust, &typescript).await);
    report.extend(engine::check(&rust, &typescript).await);
    rust.stop().await;
    typescript.stop().await;
    database.stop().await;
    report
}

/// What one side did.
struct Seen {
    transcript: Transcript,
    /// How the runs ended, by case and which of its runs it is.
    outcomes: BTreeMap<(String, usize), Value>,
    /// What was waited for in vain, by case.
    troubles: BTreeMap<&'static str, String>,
}

async fn seen(side: &Side) -> Seen {
    let acts = CASES.iter().map(async |case| {
        let done = cases::act(side, case).await;
        done.err().map(|trouble| (case.name, trouble))
    });
    let troubles = join_all(acts).await.into_iter().flatten().collect();
    // Failure handlers and invoked functions run on when what began them is over.
    let at_rest = side.until("the end of every run", async || {
        let transcript = transcript::sort(side.recorder.exchanges(), SENDERS);
        let missing = |case: &cases::Case| !transcript.cases.contains_key(case.name);
        if CASES.iter().any(missing) {
            return None;
        }
        for (id, (case, _)) in &transcript.runs {
            let running = outcome(side, id).await["status"] == "Running";
            if running && !UNENDED.contains(&case.as_str()) {
                return None;
            }
        }
        Some(())
    });
    if let Err(error) = at_rest.await {
        eprintln!("{:?}: {error}\n{}", side.sdk, side.log());
    }
    let transcript = transcript::sort(side.recorder.exchanges(), SENDERS);
    let mut outcomes = BTreeMap::new();
    for (id, run) in &transcript.runs {
        let outcome = normal::value(outcome(side, id).await, &side.origins);
        outcomes.insert(run.clone(), outcome);
    }
    Seen {
        transcript,
        outcomes,
        troubles,
    }
}

async fn outcome(side: &Side, run: &str) -> Value {
    let path = format!("/v1/runs/{run}");
    let (_, body) = side.api(reqwest::Method::GET, &path).await;
    json!({ "status": body["data"]["status"], "output": body["data"]["output"] })
}

fn compare_cases(rust: &Side, ours: Seen, typescript: &Side, theirs: Seen) -> Report {
    let mut report = Report::new();
    let names: Vec<&String> = ours
        .transcript
        .cases
        .keys()
        .chain(theirs.transcript.cases.keys())
        .collect();
    for name in names {
        if report.contains_key(name) {
            continue;
        }
        let case = CASES.iter().find(|case| case.name == name);
        let mut finding = Finding {
            points: case.map_or_else(|| vec![3, 4, 5, 7], |case| case.points.to_vec()),
            ..Finding::default()
        };
        let unordered = case.is_some_and(|case| case.unordered);
        let (mine, their) = (runs(&ours, name), runs(&theirs, name));
        for run in 0..mine.len().max(their.len()) {
            let empty = Vec::new();
            let mine = mine.get(run).unwrap_or(&empty);
            let their = their.get(run).unwrap_or(&empty);
            let outcomes = [&ours, &theirs].map(|seen| seen.outcomes.get(&(name.clone(), run)));
            compare_run(
                &mut finding,
                name,
                unordered,
                (rust, mine),
                (typescript, their),
            );
            add(&mut finding, name, "the end", "outcome", outcomes);
            if !unordered {
                let order = [mine, their].map(|run| json!(order(run)));
                add(
                    &mut finding,
                    name,
                    "all",
                    "order",
                    [Some(&order[0]), Some(&order[1])],
                );
            }
        }
        report.insert(name.clone(), finding);
    }
    for case in CASES {
        let finding = report.entry(case.name.to_owned()).or_default();
        finding.points = case.points.to_vec();
        for (side, seen) in [(rust, &ours), (typescript, &theirs)] {
            if let Some(trouble) = seen.troubles.get(case.name) {
                let failure = format!("{}, {:?}: {trouble}", case.name, side.sdk);
                finding.failures.push(failure);
            }
        }
    }
    report
}

fn runs<'a>(seen: &'a Seen, case: &str) -> &'a [Vec<Named>] {
    seen.transcript.cases.get(case).map_or(&[], Vec::as_slice)
}

fn order(run: &[Named]) -> Vec<&str> {
    run.iter().map(|named| named.name.as_str()).collect()
}

fn compare_run(
    finding: &mut Finding,
    case: &str,
    unordered: bool,
    (rust, ours): (&Side, &[Named]),
    (typescript, theirs): (&Side, &[Named]),
) {
    let mut pairs: BTreeMap<&str, (&'static str, [Option<Value>; 2])> = BTreeMap::new();
    for (at, side, run) in [(0, rust, ours), (1, typescript, theirs)] {
        for named in run {
            let pair = pairs
                .entry(&named.name)
                .or_insert((named.kind, [None, None]));
            let exchange = normal::exchange(&named.exchange, &side.origins);
            pair.1[at] = Some(if unordered {
                normal::unordered(exchange)
            } else {
                exchange
            });
        }
    }
    for (name, (kind, [mine, their])) in pairs {
        finding.exchanges += 1;
        add(finding, case, name, kind, [mine.as_ref(), their.as_ref()]);
        if let Some(mine) = mine {
            finding.rust.insert(name.to_owned(), mine);
        }
    }
}

/// Compares two values and keeps where they differ.
pub fn add(
    finding: &mut Finding,
    case: &str,
    exchange: &str,
    kind: &str,
    [rust, typescript]: [Option<&Value>; 2],
) {
    let mut found = Vec::new();
    compare::fields(kind, rust, typescript, &mut found);
    for (field, rust, typescript) in found {
        finding.differences.push(Difference {
            case: case.to_owned(),
            exchange: exchange.to_owned(),
            field,
            rust,
            typescript,
        });
    }
}
