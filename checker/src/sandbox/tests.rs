//! The engine and the type remover, in this process; the child has its tests in `checker/tests`.

use itemsmith_domain::Seed;

use super::{
    engine,
    strip::{StripError, strip},
    wire::{Answer, FaultRule, Job},
};

fn run_with(source: &str, modules: &[(&str, &str)], seeds: &[u64]) -> Answer {
    let script = strip(source).expect("it is erasable");
    engine::run(&Job {
        script,
        modules: modules
            .iter()
            .map(|(s, text)| ((*s).into(), (*text).into()))
            .collect(),
        seeds: seeds.iter().copied().map(Seed::from_u64).collect(),
        twice: true,
    })
}

/// Runs a function body on two seeds.
fn run(body: &str) -> Answer {
    run_with(
        &format!("export default function f(seed: bigint) {{\n{body}\n}}"),
        &[],
        &[1, 2],
    )
}

/// The rule that every seed breaks, with the message of the first.
fn fault(body: &str) -> (FaultRule, String) {
    let answer = run(body);
    let run = answer
        .runs
        .first()
        .unwrap_or_else(|| panic!("{:?}", answer.fault));
    let fault = run
        .fault
        .clone()
        .unwrap_or_else(|| panic!("no fault: {:?}", run.text));
    (fault.rule, fault.message)
}

#[test]
fn an_item_comes_back_as_pretty_json() {
    let answer = run("return { b: [1, 2.5, -0, 1e21, true, null, 'é'], a: {}, c: seed === 1n };");
    assert!(answer.fault.is_none());
    let text = answer.runs[0].text.as_deref().expect("an item");
    let expected = "{\n  \"b\": [\n    1,\n    2.5,\n    0,\n    1e+21,\n    true,\n    null,\n    \
                    \"é\"\n  ],\n  \"a\": {},\n  \"c\": true\n}\n";
    assert_eq!(text, expected);
    assert!(
        answer.runs[1]
            .text
            .as_deref()
            .expect("an item")
            .contains("\"c\": false")
    );
}

#[test]
fn the_whole_seed_arrives() {
    let source = "export default function f(seed: bigint) { return { s: seed.toString() }; }";
    let script = strip(source).expect("erasable");
    let seeds = vec![
        "99999999999999999999".parse().expect("a seed"),
        Seed::from_u64(u64::MAX),
    ];
    let answer = engine::run(&Job {
        script,
        modules: vec![],
        seeds,
        twice: true,
    });
    let texts: Vec<_> = answer
        .runs
        .iter()
        .filter_map(|run| run.text.as_deref())
        .collect();
    assert!(texts[0].contains("\"99999999999999999999\""), "{texts:?}");
    assert!(texts[1].contains("\"18446744073709551615\""), "{texts:?}");
}

#[test]
fn only_the_contract_s_modules_can_be_imported() {
    let source = "import { two } from \"@/m\";\nexport default function f() { return { n: two }; }";
    let modules = [
        (
            "@/m",
            "import { one } from '@/n'; export const two = one + 1;",
        ),
        ("@/n", "export const one = 1;"),
    ];
    let answer = run_with(source, &modules, &[1]);
    assert_eq!(answer.runs[0].text.as_deref(), Some("{\n  \"n\": 2\n}\n"));
    for outside in ["node:fs", "/etc/passwd", "./m", "@/m/../x"] {
        let source = format!("import {{ two }} from \"{outside}\";\nexport default () => two;");
        let answer = run_with(&source, &modules, &[1]);
        assert_eq!(
            answer.fault.map(|f| f.rule),
            Some(FaultRule::Throws),
            "{outside}"
        );
    }
}

#[test]
fn what_is_not_plain_json_is_named_by_its_place() {
    let cases = [
        ("return undefined;", "the result is undefined"),
        ("return { a: [1, undefined] };", "/a/1 is undefined"),
        ("return { a: { b: () => 1 } };", "/a/b is a function"),
        ("return { 'a/b~': 1n };", "/a~1b~0 is a bigint"),
        ("return { a: NaN };", "/a is NaN"),
        ("return { a: -Infinity };", "/a is an infinite number"),
        ("return { a: Symbol.iterator };", "/a is symbol"),
        (
            "return { a: new Map() };",
            "/a is an object that is not plain",
        ),
        (
            "return new (class A { x = 1 })();",
            "the result is an object that is not plain",
        ),
        (
            "return { a: new Error('x') };",
            "/a is an object that is not plain",
        ),
        (
            "return { a: '\\ud800' };",
            "/a is a string with half a character",
        ),
        (
            "const a: unknown[] = []; a.push(a); return a;",
            "nested too deeply, or holds itself",
        ),
        (
            "return { toJSON() { return { a: 1 }; } };",
            "/toJSON is a function",
        ),
        (
            "return (async () => 1)();",
            "the result is an object that is not plain",
        ),
        ("return [1, , 2];", "/1 is undefined"),
    ];
    for (body, expected) in cases {
        let (rule, message) = fault(body);
        assert_eq!(rule, FaultRule::NotSerialisable, "{body}: {message}");
        assert!(message.contains(expected), "{body}: {message}");
    }
}

#[test]
fn a_throw_is_reported_with_its_place_in_the_template() {
    let source = "type A = {\n  a: string;\n};\nfunction deep(n: number): A {\n  \
                  if (n > 0) { throw new RangeError(`no ${n}`); }\n  return { a: 'x' };\n}\n\
                  export default function f(seed: bigint) { return deep(Number(seed)); }";
    let answer = run_with(source, &[], &[1]);
    let fault = answer.runs[0].fault.clone().expect("it throws");
    assert_eq!(
        (fault.rule, fault.message.as_str()),
        (FaultRule::Throws, "RangeError: no 1")
    );
    assert_eq!(fault.line, 5);
    assert_eq!(super::wire::FaultRule::Throws.id(), "throws");
}

#[test]
fn odd_throws_are_faults_like_any_other() {
    for body in [
        "throw undefined;",
        "throw 1;",
        "throw 'text';",
        "throw { toString() { throw 1; } };",
        "const e = new Error('x'); Object.defineProperty(e, 'message', { get() { throw 2; } }); throw e;",
        "return { get a() { throw new Error('getter'); } };",
        "throw Symbol.iterator;",
        "const f = (): number => f() + 1; return f();",
        "throw new Error('long '.repeat(100000));",
        "return null.x;",
        "return notDefinedAnywhere;",
    ] {
        let (rule, message) = fault(body);
        assert_eq!(rule, FaultRule::Throws, "{body}: {message}");
        assert!(message.chars().count() < 500);
    }
}

#[test]
fn nothing_tells_time_makes_code_or_reaches_out() {
    for name in [
        "Date",
        "Proxy",
        "Reflect",
        "Promise",
        "eval",
        "Function",
        "globalThis",
        "WeakRef",
        "FinalizationRegistry",
        "SharedArrayBuffer",
        "ArrayBuffer",
        "Uint8Array",
        "Atomics",
        "setTimeout",
        "queueMicrotask",
        "console",
        "print",
        "std",
        "os",
        "performance",
        "gc",
        "navigator",
        "DOMException",
        "structuredClone",
        "Iterator",
        "escape",
        "scriptArgs",
    ] {
        let answer = run(&format!("return typeof {name};"));
        let text = answer.runs[0].text.as_deref();
        assert_eq!(text, Some("\"undefined\"\n"), "{name}");
    }
    let answer = run("return [typeof Math.random, typeof this];");
    let text = answer.runs[0].text.as_deref();
    assert_eq!(text, Some("[\n  \"undefined\",\n  \"undefined\"\n]\n"));
    for body in [
        "return [].constructor.constructor('return 1')();",
        "return (() => 1).constructor('return 1')();",
        "return Object.getPrototypeOf(function* () {}).constructor('yield 1')();",
        "return ''['sub']['constructor']('return 1')();",
        "return Object.getPrototypeOf(async () => 1).constructor('return 1')();",
        "return Object.getPrototypeOf(async function* () {}).constructor('return 1')();",
        "return (class {}).constructor.constructor('return 1')();",
        "return eval('1');",
        "return import('node:fs');",
    ] {
        let answer = run(body);
        assert!(
            answer.runs[0].text.is_none(),
            "{body}: {:?}",
            answer.runs[0].text
        );
    }
}

#[test]
fn what_all_objects_share_cannot_be_reached_or_changed() {
    let key = "const k = ['__pro', 'to__'].join('');";
    let answer = run(&format!(
        "{key} return [typeof {{}}[k], typeof [].__defineGetter__];"
    ));
    let text = answer.runs[0].text.as_deref();
    assert_eq!(text, Some("[\n  \"undefined\",\n  \"undefined\"\n]\n"));
    for body in [
        "Math.floor = () => 1; return {};",
        "Array.from = () => []; return {};",
        "const A = Number; A.isInteger = () => true; return {};",
        "Object.assign(JSON, { stringify: () => '1' }); return {};",
        "BigInt.extra = 1; return {};",
    ] {
        let (rule, message) = fault(body);
        assert_eq!(rule, FaultRule::Throws, "{body}");
        assert!(message.starts_with("TypeError"), "{body}: {message}");
    }
    let named = "class E extends Error { constructor(m: string) { super(m); this.name = 'E'; } }
        return { name: new E('x').name, plain: new E('y') instanceof E };";
    assert!(
        run(named).runs[0].fault.is_none(),
        "an error may have a name"
    );
}

#[test]
fn memory_of_earlier_calls_is_found() {
    for source in [
        "let n = 0;\nexport default function f() { n += 1; return { n }; }",
        "const seen: string[] = [];\nexport default function f(seed: bigint) { seen.push(`${seed}`); return seen.length; }",
        "export default function f(seed: bigint) { const o = Array.prototype as any; o.k = (o.k ?? 0) + 1; return o.k; }",
    ] {
        let answer = run_with(source, &[], &[1, 2, 3]);
        let rules: Vec<_> = answer
            .runs
            .iter()
            .filter_map(|r| r.fault.as_ref())
            .collect();
        assert!(
            rules.iter().any(|f| f.rule == FaultRule::NotDeterministic),
            "{source}"
        );
    }
    let memo = "const memo = new Map<bigint, string>();\nexport default function f(seed: bigint) {\n\
                const old = memo.get(seed); if (old) { return old; }\n\
                memo.set(seed, `${seed}`); return `${seed}`; }";
    assert!(
        run_with(memo, &[], &[1, 2])
            .runs
            .iter()
            .all(|run| run.fault.is_none())
    );
}

#[test]
fn loops_end_at_the_cpu_budget_and_stop_the_job() {
    for body in [
        "while (true) {}",
        "try { for (;;) {} } catch { return 1; } finally { for (;;) {} }",
        "return /^(a+)+$/.test('a'.repeat(60) + 'b');",
        "return { get a() { for (;;) {} } };",
    ] {
        let answer = run(body);
        assert_eq!(
            answer.fault.map(|f| f.rule),
            Some(FaultRule::TimeLimit),
            "{body}"
        );
        assert_eq!(answer.runs.len(), 1, "{body}");
    }
    let answer = run_with("for (;;) {}\nexport default () => 1;", &[], &[1]);
    assert_eq!(answer.fault.map(|f| f.rule), Some(FaultRule::TimeLimit));
}

#[test]
fn allocation_bombs_end_at_the_memory_limit() {
    for body in [
        "const a: unknown[] = []; for (;;) { a.push(new Map()); }",
        "let s = 'x'; for (;;) { s += s; }",
        "return 'x'.repeat(500000000);",
    ] {
        let (rule, message) = fault(body);
        let too_long = message.contains("too long") || message.contains("invalid");
        assert!(
            rule == FaultRule::MemoryLimit || too_long,
            "{body}: {rule:?} {message}"
        );
    }
}

#[test]
fn an_item_that_is_too_large_is_refused() {
    let (rule, _) = fault("return 'x'.repeat(1100000);");
    assert_eq!(rule, FaultRule::OutputLimit);
    let (rule, _) = fault("return Array.from({ length: 200000 }, () => 1);");
    assert_eq!(rule, FaultRule::OutputLimit);
}

#[test]
fn a_module_without_a_default_export_is_a_fault() {
    let answer = run_with("export const a = 1;", &[], &[1]);
    assert_eq!(answer.fault.map(|f| f.rule), Some(FaultRule::Throws));
}

#[test]
fn types_are_overwritten_in_place() {
    let cases = [
        ("let a: string = 'x';", "let a         = 'x';"),
        ("let a!: string;", "let a         ;"),
        ("type A = 1;\nf();", ";          \nf();"),
        (
            "export type A = {\n  b: 1;\n};",
            ";                \n       \n  ",
        ),
        ("interface A { b: 1 }", ";                   "),
        ("const a = b as const;", "const a = b         ;"),
        (
            "const a = b satisfies C\n[1].x",
            "const a = b;           \n[1].x",
        ),
        ("x = a as B\n(c)", "x = a;    \n(c)"),
        (
            "for (let i = 0 as number; i < 1; i++) {}",
            "for (let i = 0          ; i < 1; i++) {}",
        ),
        (
            "function f<T>(this: X, a?: T, ...b: U[]): void {}",
            "function f   (         a    , ...b     )       {}",
        ),
        ("const f = (a: A): B => a;", "const f = (a   )    => a;"),
        ("const f = (a):\n B => a;", "const f = (a  \n ) => a;"),
        (
            "const f = () => { return <T>(\na: T) => a; };",
            "const f = () => { return    (\na   ) => a; };",
        ),
        ("f<A>(b!); new G<H>();", "f   (b ); new G   ();"),
        (
            "import type { A } from 'a';\nb;",
            ";                          \nb;",
        ),
        (
            "import { A, b, type C } from 'a';\nlet x: A; b;",
            "import {    b,        } from 'a';\nlet x   ; b;",
        ),
        (
            "import { A } from 'a';\nlet x: A;",
            ";                     \nlet x   ;",
        ),
        (
            "function f(a: 1): void;\nfunction f(a: any) {}",
            ";                      \nfunction f(a     ) {}",
        ),
        (
            "class A<T> extends B<T> implements C, D { private x?: number = 1; readonly y!: T; m?(): void {} }",
            "class A    extends B                    {         x          = 1;          y    ; m ()       {} }",
        ),
        (
            "export abstract class A<T> { abstract f(): T; protected abstract x: T; g() { return 1; } }",
            "export          class A    { ;                ;                        g() { return 1; } }",
        ),
        (
            "try {} catch (e: unknown) {}",
            "try {} catch (e         ) {}",
        ),
        (
            "const { a, b }: { a: 1; b: 2 } = c;",
            "const { a, b }                 = c;",
        ),
        (
            "export { a, type B };\nconst a = 1; type B = 1;",
            "export { a,        };\nconst a = 1; ;          ",
        ),
        ("let é: 'ü' = 'ü';", "let é       = 'ü';"),
    ];
    for (source, expected) in cases {
        let script = strip(source).unwrap_or_else(|error| panic!("{source}: {error}"));
        let expected_lines: Vec<&str> = expected.lines().map(str::trim_end).collect();
        let lines: Vec<&str> = script.lines().map(str::trim_end).collect();
        assert_eq!(lines, expected_lines, "{source}");
        assert_eq!(script.len(), source.len(), "{source}");
    }
}

#[test]
fn what_types_do_not_explain_is_refused() {
    for source in [
        "enum A { B }",
        "namespace N { export const a = 1; }",
        "@d class A {}",
        "class A { constructor(private a: number) {} }",
        "const a = <B>c;",
        "export = 1;",
    ] {
        assert!(
            matches!(strip(source), Err(StripError::NotErasable(_))),
            "{source}"
        );
    }
    assert!(matches!(strip("const = 1"), Err(StripError::Syntax(_))));
}
