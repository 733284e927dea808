//! Both engines on the real compilers.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use itemsmith_domain::{Finding, Phase, finding::LIMIT_CODE};

use super::{
    CheckLimits, Engine, EngineError, Program,
    compiler::Compiler,
    native::Native,
    node::Node,
    pool::{Pool, PoolConfig},
    select::{native_executable, node_launch},
};
use crate::contract::Pack;

const LIMITS: CheckLimits = CheckLimits {
    cpu: Duration::from_secs(2),
    memory: 768 << 20,
    wall: Duration::from_secs(30),
};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn pack() -> Arc<Pack> {
    Arc::new(Pack::load(&folder("contracts/default")).expect("the default pack loads"))
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(30)
}

async fn native(concurrency: usize) -> Pool<Native> {
    let executable = native_executable(&folder("node")).unwrap_or_else(|e| panic!("{e}"));
    let launch = super::native::Launch { executable };
    let config = PoolConfig {
        launch,
        concurrency,
        limits: LIMITS,
    };
    Pool::start(config, pack())
        .await
        .unwrap_or_else(|e| panic!("{e}"))
}

async fn node(concurrency: usize) -> Pool<Node> {
    let launch = node_launch(&folder("node")).unwrap_or_else(|e| panic!("{e}"));
    let config = PoolConfig {
        launch,
        concurrency,
        limits: LIMITS,
    };
    Pool::start(config, pack())
        .await
        .unwrap_or_else(|e| panic!("{e}"))
}

fn program(source: &str) -> Program {
    Program {
        source: source.into(),
        pack: pack(),
    }
}

async fn check(engine: &dyn Engine, source: &str) -> Vec<Finding> {
    let checked = engine.check(&program(source), soon()).await;
    checked
        .unwrap_or_else(|error| panic!("{}: {error}", engine.name()))
        .findings
}

fn places(findings: &[Finding]) -> Vec<(u32, u32, u32, u32, u32)> {
    findings
        .iter()
        .map(|f| (f.ts_code, f.line, f.column, f.end_line, f.end_column))
        .collect()
}

/// Sources with the codes that both compilers must give.
const SOURCES: [(&str, &[u32]); 31] = [
    ("export const a = 1;", &[]),
    ("export const a: number = 'x';", &[2322]),
    (
        "const é😀 = 1;\r\nexport const b: string = 2;",
        &[1127, 1134, 1134],
    ),
    (
        "const é = '😀'; export const b: string = 2; export const c = é;",
        &[2322],
    ),
    ("export const a = ;", &[1109]),
    ("export const a = [1, 2", &[1005]),
    ("export const a = `${`", &[1160]),
    ("export const a = Date.now();", &[2304]),
    ("export const a = Math.random();", &[2339]),
    ("export const a = fetch('x');", &[2304]),
    ("export const a: Promise<number> = 1;", &[2583]),
    ("const unused = 1; export {};", &[6133]),
    (
        "export function f(a: number, b: number) { return a; }",
        &[6133],
    ),
    (
        "export function f(a: number | undefined): number { return a + 1; }",
        &[18048],
    ),
    ("export const f = (a) => a;", &[7006]),
    (
        "const t = [1, 2] as const; export const a: number[] = t;",
        &[4104],
    ),
    (
        "export const a: { b: { c: number } } = { b: { c: 'x' } };",
        &[2322],
    ),
    (
        "export const a: { b: number; c: number } = { b: 1 };",
        &[2741],
    ),
    ("export const a: { b: number } = { b: 1, c: 2 };", &[2353]),
    (
        "import { nobody } from '@/core/item'; export const a = nobody;",
        &[2305],
    ),
    (
        "import x from '/etc/hostname'; export const a = x;",
        &[2307],
    ),
    (
        "import x from '../../../etc/hostname'; export const a = x;",
        &[2307],
    ),
    ("import fs from 'node:fs'; export const a = fs;", &[2591]),
    (
        "/// <reference path=\"/etc/hostname\" />\nexport const a = 1;",
        &[6231],
    ),
    ("export const a = 1; export const a = 2;", &[2451, 2451]),
    ("export function f(): number { }", &[2355]),
    // Where the compiler's own library would give `any`.
    (
        "export function f(u: unknown): string { return typeof u === 'function' ? u() : ''; }",
        &[2322, 2345],
    ),
    (
        "export function f(u: unknown): string { return u instanceof Map ? u.get(1) : ''; }",
        &[2322],
    ),
    (
        "export function f(u: unknown): string { return u instanceof Set ? [...u][0] : ''; }",
        &[2322],
    ),
    (
        "export function f(u: unknown): string { return u instanceof Array ? u[0] : ''; }",
        &[2322],
    ),
    (
        "export const f = (): string[] => new Array(2).fill(0);",
        &[2322],
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_engines_give_the_same_codes_at_the_same_places() {
    let (native, node) = (native(1).await, node(1).await);
    let mut different = Vec::new();
    for (source, codes) in SOURCES {
        let ours = check(&native, source).await;
        let theirs = check(&node, source).await;
        let found: Vec<u32> = ours.iter().map(|f| f.ts_code).collect();
        if found != codes || places(&ours) != places(&theirs) {
            different.push(format!("{source}\n native {ours:#?}\n node {theirs:#?}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_that_fits_the_contract_has_no_findings() {
    let (native, node) = (native(1).await, node(1).await);
    let source = "import type { AssessmentItemInput } from '@/core/item';
import { createSeededRandom } from '@/templates/seeds';
export type TemplateWidgets = readonly [];
export function draw(seed: bigint): number { return createSeededRandom(seed).nextInt(1, 6); }
export type Item = AssessmentItemInput<TemplateWidgets>;
";
    for engine in [&native as &dyn Engine, &node] {
        assert_eq!(check(engine, source).await, [], "{}", engine.name());
        let typed = source.replace("nextInt(1, 6)", "nextInt('1', 6)");
        let found = check(engine, &typed).await;
        assert_eq!(found.len(), 1, "{}: {found:?}", engine.name());
        assert_eq!(
            (found[0].phase, found[0].ts_code, found[0].line),
            (Phase::Types, 2345, 4)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_declaration_of_the_shipped_pack_is_sound() {
    let (native, pack) = (native(1).await, pack());
    for module in &pack.manifest().modules {
        let text = pack
            .files()
            .read(&format!("/v/{}", module.declarations))
            .expect("its text");
        assert_eq!(check(&native, text).await, [], "{}", module.declarations);
        let names = module
            .exports
            .iter()
            .map(|name| format!("{name} as {name}_"))
            .collect::<Vec<_>>();
        let all = format!(
            "export {{ {} }} from '{}';",
            names.join(", "),
            module.specifier
        );
        assert_eq!(check(&native, &all).await, [], "{}", module.specifier);
    }
}

#[tokio::test]
async fn a_pack_that_does_not_compile_is_refused_at_the_start() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let manifest = serde_json::json!({
        "name": "empty", "version": "1", "modules": [], "core": [], "widgets": {},
        "knownWidgets": [], "lib": "lib.d.ts", "seedHelper": "lib.d.ts",
    });
    std::fs::write(folder.path().join("manifest.json"), manifest.to_string()).expect("written");
    std::fs::write(folder.path().join("lib.d.ts"), "interface Array<T> {}").expect("written");
    let pack = Arc::new(Pack::load(folder.path()).expect("a whole folder"));
    let executable = native_executable(&self::folder("node")).unwrap_or_else(|e| panic!("{e}"));
    let launch = super::native::Launch { executable };
    let config = PoolConfig {
        launch,
        concurrency: 1,
        limits: LIMITS,
    };
    let error = Pool::<Native>::start(config, pack)
        .await
        .err()
        .map(|e| e.to_string());
    assert!(
        error
            .as_deref()
            .is_some_and(|e| e.contains("contract pack")),
        "{error:?}"
    );
}

/// Sources that exhaust a compiler, each in its own way.
fn killers() -> Vec<(&'static str, String)> {
    let mut exponential = "type Grow<N extends unknown[], T extends unknown[]> =
  N extends [unknown, ...infer R] ? [Grow<R, [...T, 0]>, Grow<R, [...T, 1]>] : T;\n"
        .to_owned();
    // The compiler gives up on one such type after a second, and starts afresh with the next.
    for n in 0..40 {
        let rest = vec!["1"; 26].join(",");
        exponential += &format!("export const a{n}: Grow<[{rest}], [{n}]> = 1;\n");
    }
    let chain = format!("export const a = {};", vec!["1"; 20_000].join(" + "));
    vec![
        ("exponential conditional types", exponential),
        ("20k terms", chain),
    ]
}

async fn survives<C: Compiler>(pool: Pool<C>) {
    for (name, source) in killers() {
        let begun = Instant::now();
        let found = check(&pool, &source).await;
        eprintln!(
            "{}: {name}: {:?} {:?}",
            C::NAME,
            begun.elapsed(),
            codes(&found)
        );
        if name != "20k terms" {
            assert_eq!(
                codes(&found),
                BTreeSet::from([LIMIT_CODE]),
                "{}: {name}",
                C::NAME
            );
            assert_eq!(found[0].phase, Phase::Limit);
        }
        let next = check(&pool, "export const a: number = 'x';").await;
        assert_eq!(
            codes(&next),
            BTreeSet::from([2322]),
            "{}: after {name}",
            C::NAME
        );
    }
}

fn codes(findings: &[Finding]) -> BTreeSet<u32> {
    findings.iter().map(|f| f.ts_code).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn native_stops_pathological_types_and_goes_on() {
    survives(native(1).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn node_stops_pathological_types_and_goes_on() {
    survives(node(1).await).await;
}

/// Kills the compiler in the middle of a check that would run for seconds.
async fn loses_one<C: Compiler>(pool: Pool<C>) {
    let pool = Arc::new(pool);
    let [(_, endless), _] = killers().try_into().expect("two killers");
    let pids = pool.idle_pids();
    let busy = {
        let pool = pool.clone();
        tokio::spawn(async move { pool.check(&program(&endless), soon()).await.map(|_| ()) })
    };
    // The worker that left the idle ones is the busy one.
    let busy_pid = wait_for(|| {
        let idle = pool.idle_pids();
        pids.iter().copied().find(|pid| !idle.contains(pid))
    })
    .await;
    // SAFETY: the pid is that of a process which the pool has started.
    unsafe { libc::kill(busy_pid.cast_signed(), libc::SIGKILL) };
    let lost = busy.await.expect("the check does not panic");
    assert!(matches!(lost, Err(EngineError::Lost)), "{lost:?}");
    let killed = Instant::now();
    let next = check(&*pool, "export const a: number = 'x';").await;
    assert_eq!(codes(&next), BTreeSet::from([2322]));
    eprintln!(
        "{}: next verdict {:?} after the kill",
        C::NAME,
        killed.elapsed()
    );
    assert_eq!(pool.status().lost, 1);
}

/// A process that nobody has reaped yet has ended when its state is `Z`.
/// Whether the process waits to be reaped, or has been. Its first thread may be dead while others
/// still end; until the last one has, nobody can reap it.
fn has_ended(pid: u32) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count);
    if threads > 1 {
        return false;
    }
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')')
        .is_none_or(|(_, rest)| rest.trim_start().starts_with('Z'))
}

async fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            Instant::now() < deadline,
            "it did not come true within 20 s"
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn native_killed_in_the_middle_is_a_typed_error_and_the_next_check_is_right() {
    let pool = native(1).await;
    loses_one(pool).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn node_killed_in_the_middle_is_a_typed_error_and_the_next_check_is_right() {
    let pool = node(1).await;
    loses_one(pool).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_killed_while_idle_cost_nobody_a_verdict() {
    let pool = native(2).await;
    wait_for(|| (pool.idle_pids().len() == 3).then_some(())).await;
    for pid in pool.idle_pids() {
        // SAFETY: the pid is that of a process which the pool has started.
        unsafe { libc::kill(pid.cast_signed(), libc::SIGKILL) };
        wait_for(|| has_ended(pid).then_some(())).await;
    }
    assert_eq!(check(&pool, "export const a = 1;").await, []);
    wait_for(|| (pool.idle_pids().len() == 3).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_process_meets_the_deadline_and_is_replaced() {
    let pool = native(1).await;
    wait_for(|| (pool.idle_pids().len() == 2).then_some(())).await;
    for pid in pool.idle_pids() {
        // SAFETY: the pid is that of a process which the pool has started.
        unsafe { libc::kill(pid.cast_signed(), libc::SIGSTOP) };
    }
    for _ in 0..2 {
        let deadline = Instant::now() + Duration::from_millis(300);
        let stopped = pool.check(&program("export const a = 1;"), deadline).await;
        assert!(matches!(stopped, Err(EngineError::Deadline)), "{stopped:?}");
    }
    assert_eq!(check(&pool, "export const a = 1;").await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_process_serves_several_packs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let manifest = serde_json::json!({
        "name": "other", "version": "1.0.0",
        "modules": [{"specifier": "@/core/item", "declarations": "a.d.ts", "exports": ["A"]}],
        "core": [], "widgets": {}, "knownWidgets": [], "lib": "lib.d.ts", "seedHelper": "lib.d.ts",
    });
    let lib = pack()
        .files()
        .read("/v/lib.d.ts")
        .expect("the default pack's library")
        .to_owned();
    for (name, text) in [
        ("manifest.json", manifest.to_string().as_str()),
        ("a.d.ts", "export type A = 'only';"),
        ("lib.d.ts", &lib),
    ] {
        std::fs::write(folder.path().join(name), text).expect("a file can be written");
    }
    let other = Arc::new(Pack::load(folder.path()).expect("a valid pack"));
    let source = "import type { A } from '@/core/item'; export const a: A = 'only';";
    let (native, node) = (native(1).await, node(1).await);
    for engine in [&native as &dyn Engine, &node] {
        for _ in 0..2 {
            let theirs = Program {
                source: source.into(),
                pack: other.clone(),
            };
            let checked = engine.check(&theirs, soon()).await.expect("a verdict");
            assert_eq!(checked.findings, [], "{}", engine.name());
            assert_eq!(codes(&check(engine, source).await), BTreeSet::from([2305]));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_stays_flat_over_many_checks() {
    let pool = native(1).await;
    let mut last = 0;
    for round in 0..300 {
        let source = format!(
            "import type {{ AssessmentItemInput }} from '@/core/item';
export const a{round}: number = 'x'; export type I = AssessmentItemInput<readonly []>;"
        );
        assert_eq!(codes(&check(&pool, &source).await), BTreeSet::from([2322]));
        let pids = pool.idle_pids();
        let used = pids
            .iter()
            .filter_map(|pid| super::process::usage(*pid))
            .map(|u| u.resident);
        last = used.max().unwrap_or(0);
    }
    eprintln!("{} MB after 300 checks", last >> 20);
    assert!(last < 200 << 20, "{} MB after 300 checks", last >> 20);
}
