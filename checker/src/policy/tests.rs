//! Every rule on its own examples, then traps on both sides.

use std::time::Instant;

use super::{
    AllowedModule, PolicyOptions, PolicyReport, check,
    rules::{Place, RULES, Rule},
};

fn options(widgets: &[&str]) -> PolicyOptions {
    let module = |specifier: &str, exports: &[&str]| AllowedModule {
        specifier: specifier.to_owned(),
        exports: exports.iter().map(|name| (*name).to_owned()).collect(),
    };
    PolicyOptions {
        allowed_widgets: widgets.iter().map(|name| (*name).to_owned()).collect(),
        modules: vec![
            module("@/core/content", &["FeedbackContent"]),
            module("@/core/item", &["AssessmentItemInput"]),
            module("@/templates/seeds", &["SeededRandom", "createSeededRandom"]),
            module("@superbuilders/errors", &["new", "wrap"]),
        ],
        known_widgets: vec!["dotPlot".into(), "pieChart".into()],
    }
}

const HEAD: &str = "import type { AssessmentItemInput } from \"@/core/item\";
import { createSeededRandom } from \"@/templates/seeds\";\n";
const WIDGETS: &str = "export type TemplateWidgets = readonly [];";
const EXPORT: &str = "export default function generateTemplate(seed: bigint): \
    AssessmentItemInput<TemplateWidgets> { return build(seed); }";

/// A whole template with `fragment` in its place.
fn template(place: Place, fragment: &str) -> String {
    let build = "function build(seed: bigint): AssessmentItemInput<TemplateWidgets> {\n\
        return make(createSeededRandom(seed));\n}\ndeclareNothing();\n\
        function declareNothing(): void { make; }\n\
        function make(random: unknown) { return { random }; }\n";
    let body = format!(
        "export default function generateTemplate(seed: bigint): \
         AssessmentItemInput<TemplateWidgets> {{\n{fragment}\nreturn build(seed);\n}}"
    );
    match place {
        Place::Widgets => format!("{HEAD}{fragment}\n{build}{EXPORT}\n"),
        Place::Export => format!("{HEAD}{WIDGETS}\n{build}{fragment}\n"),
        Place::Top => format!("{HEAD}{fragment}\n{WIDGETS}\n{build}{EXPORT}\n"),
        Place::Body => format!("{HEAD}{WIDGETS}\n{build}{body}\n"),
    }
}

fn run(source: &str, widgets: &[&str]) -> PolicyReport {
    let report = check(source, &options(widgets)).expect("the rules ran");
    assert!(report.syntax_ok, "{:?}\n{source}", report.unparsed);
    report
}

fn rules_of(source: &str, widgets: &[&str]) -> Vec<String> {
    run(source, widgets)
        .findings
        .into_iter()
        .filter_map(|f| f.rule)
        .collect()
}

fn widgets_of(rule: &Rule) -> &'static [&'static str] {
    if rule.id == "widgets-missing-required" {
        &["dotPlot"]
    } else {
        &[]
    }
}

#[test]
fn the_bad_example_of_a_rule_breaks_that_rule_alone() {
    for rule in RULES {
        let mut found = rules_of(&template(rule.place, rule.bad), widgets_of(rule));
        found.dedup();
        assert_eq!(found, [rule.id], "{}", rule.bad);
    }
}

#[test]
fn the_good_example_of_a_rule_breaks_none() {
    for rule in RULES {
        let found = rules_of(&template(rule.place, rule.good), widgets_of(rule));
        assert_eq!(found, Vec::<String>::new(), "{}: {}", rule.id, rule.good);
    }
}

#[test]
fn ids_are_unique_kebab_case() {
    for (at, rule) in RULES.iter().enumerate() {
        assert!(
            rule.id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
            "{}",
            rule.id
        );
        assert!(
            RULES[..at].iter().all(|other| other.id != rule.id),
            "{}",
            rule.id
        );
    }
}

#[test]
fn each_of_these_breaks_its_rule() {
    let cases: &[(Place, &str, &[&str])] = &[
        (
            Place::Widgets,
            "export type TemplateWidgets = [];",
            &["widgets-alias-not-tuple"],
        ),
        (
            Place::Widgets,
            "export type TemplateWidgets = readonly string[];",
            &["widgets-alias-not-tuple"],
        ),
        (
            Place::Widgets,
            "export type TemplateWidgets = readonly [string];",
            &["widgets-alias-not-tuple"],
        ),
        (
            Place::Widgets,
            "export type TemplateWidgets = readonly [\"a\" | \"b\"];",
            &["widgets-alias-not-tuple"],
        ),
        (
            Place::Widgets,
            "export type TemplateWidgets = readonly [\"dotPlot\"?];",
            &["widgets-alias-not-tuple"],
        ),
        (
            Place::Widgets,
            "export type TemplateWidgets = readonly [`dotPlot`];",
            &["widgets-alias-not-tuple"],
        ),
        (
            Place::Widgets,
            "export type TemplateWidgets<T> = readonly [];",
            &["widgets-alias-not-tuple"],
        ),
        (
            Place::Widgets,
            "export interface TemplateWidgets {}",
            &["widgets-alias-missing"],
        ),
        (
            Place::Widgets,
            "export const TemplateWidgets = [] as const;",
            &["widgets-alias-missing"],
        ),
        (
            Place::Body,
            "const a = [1]![0]!;",
            &["no-non-null-assertion", "no-non-null-assertion"],
        ),
        (
            Place::Body,
            "const a = [1].at(0)!.toFixed();",
            &["no-non-null-assertion"],
        ),
        (
            Place::Body,
            "let a: number[] = []; a[0]! += 1;",
            &["no-non-null-assertion"],
        ),
        (
            Place::Body,
            "const a = seed as unknown as string;",
            &["no-type-assertion", "no-type-assertion"],
        ),
        (
            Place::Body,
            "const a = [1] as readonly number[];",
            &["no-type-assertion"],
        ),
        (
            Place::Body,
            "for (const a of [1] as number[]) { seed + BigInt(a); }",
            &["no-type-assertion"],
        ),
        (
            Place::Body,
            "const a = <const>[1];",
            &["no-angle-assertion"],
        ),
        (
            Place::Top,
            "class A { x!: number; }",
            &["no-definite-assignment"],
        ),
        (
            Place::Export,
            "export default (seed: bigint) => build(seed);",
            &["default-export-missing"],
        ),
        (
            Place::Export,
            "export default class A {}",
            &["default-export-missing"],
        ),
        (
            Place::Export,
            "export default function make2(seed: bigint): AssessmentItemInput<TemplateWidgets> { return build(seed); }",
            &["default-export-signature"],
        ),
        (
            Place::Export,
            "export default function generateTemplate(seed: number): AssessmentItemInput<TemplateWidgets> { return build(BigInt(seed)); }",
            &["default-export-signature"],
        ),
        (
            Place::Export,
            "export default function generateTemplate(seed: bigint = 1n): AssessmentItemInput<TemplateWidgets> { return build(seed); }",
            &["default-export-signature"],
        ),
        (
            Place::Export,
            "export default function generateTemplate(seed?: bigint): AssessmentItemInput<TemplateWidgets> { return build(seed ?? 0n); }",
            &["default-export-signature"],
        ),
        (
            Place::Export,
            "export default function generateTemplate(seed: bigint, n: number): AssessmentItemInput<TemplateWidgets> { return build(seed + BigInt(n)); }",
            &["default-export-signature"],
        ),
        (
            Place::Export,
            "export default function generateTemplate(...seed: bigint[]): AssessmentItemInput<TemplateWidgets> { return build(BigInt(seed.length)); }",
            &["default-export-signature"],
        ),
        (
            Place::Export,
            "export default function generateTemplate(seed: bigint): AssessmentItemInput<readonly []> { return build(seed); }",
            &["default-export-signature"],
        ),
        (
            Place::Export,
            "export default function generateTemplate(seed: bigint): ReturnType<typeof build> { return build(seed); }",
            &["default-export-signature"],
        ),
        (
            Place::Export,
            "export default function* generateTemplate(seed: bigint): AssessmentItemInput<TemplateWidgets> { yield build(seed); }",
            &["default-export-signature"],
        ),
        (
            Place::Export,
            "export default function generateTemplate<T>(seed: bigint): AssessmentItemInput<TemplateWidgets> { return build(seed); }",
            &["default-export-signature"],
        ),
        (
            Place::Export,
            "export default async function generateTemplate(seed: bigint): AssessmentItemInput<TemplateWidgets> { return build(seed); }",
            &["default-export-signature", "no-async"],
        ),
        (
            Place::Export,
            "export default function generateTemplate(seed: bigint): AssessmentItemInput<TemplateWidgets> { return build(1n); }",
            &["seed-unused"],
        ),
        (
            Place::Export,
            "export default function generateTemplate(seed: bigint): AssessmentItemInput<TemplateWidgets> { seed; (void (seed)); return build(1n); }",
            &["seed-unused"],
        ),
        (
            Place::Export,
            "export default function generateTemplate(seed: bigint): AssessmentItemInput<TemplateWidgets> { const f = (seed: bigint) => build(seed); return f(1n); }",
            &["seed-unused"],
        ),
        (Place::Top, "// @ts-nocheck", &["no-suppression-comment"]),
        (
            Place::Top,
            "//@ts-nocheck for now",
            &["no-suppression-comment"],
        ),
        (Place::Top, "/* @ts-ignore */", &["no-suppression-comment"]),
        (
            Place::Top,
            "/*\n * @ts-expect-error\n */",
            &["no-suppression-comment"],
        ),
        (Place::Top, "/// @ts-ignore", &["no-suppression-comment"]),
        (
            Place::Top,
            "/// <reference path=\"/etc/hostname\" />",
            &["no-triple-slash"],
        ),
        (
            Place::Top,
            "///<reference lib=\"dom\"/>",
            &["no-triple-slash"],
        ),
        (
            Place::Top,
            "/// <amd-module name=\"x\"/>",
            &["no-triple-slash"],
        ),
        (
            Place::Top,
            "function f(x: any[], y: Record<string, any>): any { return [x, y]; }",
            &["no-any", "no-any", "no-any"],
        ),
        (Place::Top, "type F = Function;", &["no-any"]),
        (
            Place::Top,
            "function f() { return arguments[0]; }",
            &["no-any"],
        ),
        (
            Place::Top,
            "try { build(1n); } catch (e: any) { throw e; }",
            &["no-any"],
        ),
        (
            Place::Top,
            "import x from \"@/core/item\";",
            &["import-outside-contract"],
        ),
        (
            Place::Top,
            "import { Date } from \"@/core/item\";",
            &["import-outside-contract"],
        ),
        (
            Place::Top,
            "import \"@/core/item\";",
            &["import-outside-contract"],
        ),
        (
            Place::Top,
            "import {} from \"@/core/item\";",
            &["import-outside-contract"],
        ),
        (
            Place::Top,
            "import { wrap } from \"@superbuilders/errors\" with { type: \"json\" };",
            &["import-outside-contract"],
        ),
        (
            Place::Top,
            "import * as fs from \"node:fs\"; import \"./a\"; import b = require(\"b\");",
            &[
                "import-outside-contract",
                "import-outside-contract",
                "no-non-erasable-syntax",
            ],
        ),
        (
            Place::Top,
            "type P = import(\"/etc/passwd\").P;",
            &["import-outside-contract"],
        ),
        (
            Place::Top,
            "import type { Foo } from \"../foo\";",
            &["import-outside-contract"],
        ),
        (
            Place::Body,
            "const a = require(\"fs\");",
            &["no-dynamic-import"],
        ),
        (
            Place::Body,
            "const a = import.meta;",
            &["no-dynamic-import"],
        ),
        (
            Place::Body,
            "const a = import(`@/core/${\"item\"}`);",
            &["no-dynamic-import"],
        ),
        (
            Place::Top,
            "export { createSeededRandom as random } from \"@/templates/seeds\";",
            &["no-re-export"],
        ),
        (
            Place::Top,
            "export type { AssessmentItemInput as A } from \"@/core/item\";",
            &["no-re-export"],
        ),
        (
            Place::Top,
            "export * as seeds from \"@/templates/seeds\";",
            &["no-re-export"],
        ),
        (
            Place::Body,
            "const a = Math[\"random\"]() + Math[`random`]();",
            &["no-nondeterminism", "no-nondeterminism"],
        ),
        (
            Place::Body,
            "const a = (Math).random?.();",
            &["no-nondeterminism"],
        ),
        (
            Place::Body,
            "const { random } = Math;",
            &["no-global-alias"],
        ),
        (
            Place::Body,
            "const key = \"random\"; const a = Math[key];",
            &["no-global-alias"],
        ),
        (Place::Body, "const o = { ...Math };", &["no-global-alias"]),
        (
            Place::Body,
            "const a = new Date(), b = Date.now(), c = performance.now();",
            &[
                "no-nondeterminism",
                "no-nondeterminism",
                "no-nondeterminism",
            ],
        ),
        (
            Place::Body,
            "const a = crypto.randomUUID();",
            &["no-nondeterminism"],
        ),
        (
            Place::Body,
            "const a = new WeakRef({});",
            &["no-nondeterminism"],
        ),
        (
            Place::Body,
            "const a = [\"b\"].sort((x, y) => x.localeCompare(y));",
            &["no-locale"],
        ),
        (
            Place::Body,
            "const a = \"b\".toLocaleUpperCase();",
            &["no-locale"],
        ),
        (
            Place::Body,
            "const a = new Intl.NumberFormat();",
            &["no-locale"],
        ),
        (
            Place::Body,
            "setTimeout(() => 1, 1); fetch(\"/\"); process.exit();",
            &["no-io", "no-io", "no-io"],
        ),
        (
            Place::Body,
            "const a = typeof window === \"undefined\";",
            &["no-io"],
        ),
        (Place::Body, "const f = { console };", &["no-io"]),
        (
            Place::Body,
            "const a = eval(\"1\"), b = new Function(\"return 1\")();",
            &["no-dynamic-code", "no-dynamic-code"],
        ),
        (
            Place::Body,
            "const a = [].constructor;",
            &["no-dynamic-code"],
        ),
        (
            Place::Body,
            "const a = \"\"[\"constructor\"];",
            &["no-dynamic-code"],
        ),
        (
            Place::Body,
            "const { constructor: F } = () => 1;",
            &["no-dynamic-code"],
        ),
        (
            Place::Body,
            "const { constructor } = () => 1;",
            &["no-dynamic-code"],
        ),
        (
            Place::Body,
            "let F: unknown; ({ constructor: F } = () => 1);",
            &["no-dynamic-code"],
        ),
        (
            Place::Body,
            "const p = {}.__proto__;",
            &["no-meta-programming"],
        ),
        (
            Place::Body,
            "const p = { __proto__: null };",
            &["no-meta-programming"],
        ),
        (
            Place::Body,
            "const p = new Proxy({}, {}); Reflect.ownKeys(p);",
            &["no-meta-programming", "no-meta-programming"],
        ),
        (
            Place::Body,
            "Object.defineProperty({}, \"a\", { get: () => 1 });",
            &["no-meta-programming"],
        ),
        (
            Place::Body,
            "const o = Object.create(null);",
            &["no-meta-programming"],
        ),
        (
            Place::Body,
            "const { create } = Object;",
            &["no-global-alias"],
        ),
        (
            Place::Body,
            "const a = JSON[\"parse\"](\"1\");",
            &["no-json-parse"],
        ),
        (
            Place::Body,
            "type A = ReturnType<typeof JSON.parse>;",
            &["no-global-alias"],
        ),
        (Place::Body, "const p = Promise.resolve(1);", &["no-async"]),
        (
            Place::Top,
            "async function f() { for await (const a of []) { await a; } }",
            &["no-async", "no-async", "no-async"],
        ),
        (
            Place::Top,
            "declare global { interface Window { a: 1 } }",
            &["no-ambient-declaration"],
        ),
        (
            Place::Top,
            "declare module \"@/core/item\" { interface AssessmentItemInput<W> { x: W } }",
            &["no-ambient-declaration"],
        ),
        (
            Place::Top,
            "namespace N { export const a = 1; }",
            &["no-ambient-declaration"],
        ),
        (
            Place::Top,
            "declare function host(): string;",
            &["no-ambient-declaration"],
        ),
        (
            Place::Top,
            "class A { constructor(private readonly x: number) { this.x; } }",
            &["no-non-erasable-syntax"],
        ),
        (
            Place::Top,
            "const enum E { A }",
            &["no-non-erasable-syntax"],
        ),
        (
            Place::Top,
            "@sealed class A {} function sealed(): void {}",
            &["no-non-erasable-syntax"],
        ),
        (
            Place::Top,
            "let last = 0n; function f(s: bigint) { last = s; }",
            &["no-mutable-module-state"],
        ),
        (
            Place::Top,
            "var calls = 0; function f() { return calls++; }",
            &["no-mutable-module-state"],
        ),
        (
            Place::Body,
            "const a: number = undeclared + 1;",
            &["no-unknown-global"],
        ),
    ];
    for (place, fragment, expected) in cases {
        assert_eq!(
            rules_of(&template(*place, fragment), &[]),
            *expected,
            "{fragment}"
        );
    }
}

#[test]
fn none_of_these_is_a_violation() {
    let cases: &[(Place, &str)] = &[
        (
            Place::Body,
            "const a = \"seed as any! <T>x @ts-ignore Math.random() // eval\";",
        ),
        (
            Place::Body,
            "const a = 'import(\"fs\") as string; let x!: number';",
        ),
        (
            Place::Body,
            "const a = `as ${seed} as ! ${`nested as ${1}`} eval(1)`;",
        ),
        (
            Place::Body,
            "// x as string, y!, any, Math.random(), import(\"fs\")",
        ),
        (Place::Body, "/* we never use @ts-ignore here, nor eval */"),
        (
            Place::Body,
            "// The comment @ts-ignore is not allowed in templates.",
        ),
        (Place::Body, "/** Math.random is banned; see <reference> */"),
        (Place::Body, "// <reference path=\"a\" /> with two slashes"),
        (Place::Body, "const re = /as any!|(?<year>\\d+)/u;"),
        (Place::Body, "const a = !seed !== !1n && 1 !== 2;"),
        (
            Place::Body,
            "const a = [\"A\", \"B\"] as const satisfies readonly string[];",
        ),
        (
            Place::Body,
            "const a = { date: 1, any: 2, random: 3, process: 4, constructor: 5 };",
        ),
        (
            Place::Body,
            "const as = 1, any = 2, type = 3; const n = as + any + type;",
        ),
        (
            Place::Body,
            "const Date = 1, fetch = 2, Math = { random: () => 4 }; Math.random();",
        ),
        (
            Place::Body,
            "const random = createSeededRandom(seed); random.next();",
        ),
        (
            Place::Body,
            "const a = Math.max(...[1, 2]) + Math.PI + Number.parseInt(\"1\", 10);",
        ),
        (
            Place::Body,
            "const m = new Map<string, number>([[\"a\", 1]]); new Set(m.keys());",
        ),
        (
            Place::Body,
            "const o = Object.entries({ a: 1 }); Object.freeze(o); JSON.stringify(o);",
        ),
        (
            Place::Body,
            "if (seed < 0n) { throw new RangeError(\"negative\"); }",
        ),
        (
            Place::Body,
            "label: for (const a of [1]) { if (a > 0) { continue label; } }",
        ),
        (
            Place::Body,
            "const a = undefined ?? NaN; const b = String(a) + Symbol.iterator.toString();",
        ),
        (Place::Body, "let n = 0; n += 1; n++;"),
        (
            Place::Body,
            "const a = <T,>(x: T): T => x; const b = a<number>(1);",
        ),
        (
            Place::Top,
            "import * as errors from \"@superbuilders/errors\"; errors.new(\"x\");",
        ),
        (
            Place::Top,
            "import { wrap as rethrow } from \"@superbuilders/errors\";",
        ),
        (
            Place::Top,
            "import { createSeededRandom as r, type SeededRandom } from \"@/templates/seeds\";",
        ),
        (
            Place::Top,
            "type R = import(\"@/templates/seeds\").SeededRandom;",
        ),
        (
            Place::Top,
            "type R = ReturnType<typeof createSeededRandom>;",
        ),
        (
            Place::Top,
            "export const A = 1; export type B = string; export interface C { a: B }",
        ),
        (
            Place::Top,
            "let table = [1, 2]; function f() { return table; }",
        ),
        (
            Place::Top,
            "class Point { constructor(x: number) { this.x = x; } readonly x: number; }",
        ),
        (
            Place::Top,
            "function* count(): Generator<number> { yield 1; }",
        ),
        (
            Place::Top,
            "function f(x: string): void; function f(x: number): void; function f(x: unknown): void { x; }",
        ),
        (
            Place::Top,
            "function isA(x: unknown): x is string { return typeof x === \"string\"; }",
        ),
        (
            Place::Widgets,
            "type TemplateWidgets = readonly [];\nexport type { TemplateWidgets };",
        ),
        (
            Place::Widgets,
            "/** none */\nexport type TemplateWidgets = readonly [\n];",
        ),
        (
            Place::Export,
            "function generateTemplate(seed: bigint): AssessmentItemInput<TemplateWidgets> { return build(seed); }\nexport default generateTemplate;",
        ),
        (
            Place::Export,
            "function generateTemplate(seed: bigint): AssessmentItemInput<TemplateWidgets> { return build(seed); }\nexport { generateTemplate as default };",
        ),
        (
            Place::Export,
            "export default function generateTemplate(seed: bigint): AssessmentItemInput<TemplateWidgets> { return { ...build(seed) } satisfies AssessmentItemInput<TemplateWidgets>; }",
        ),
        (
            Place::Export,
            "export default function generateTemplate(s: bigint): AssessmentItemInput<TemplateWidgets> { return build(BigInt.asUintN(32, s)); }",
        ),
    ];
    for (place, fragment) in cases {
        let found = run(&template(*place, fragment), &[]).findings;
        assert!(found.is_empty(), "{fragment}\n{found:#?}");
    }
}

#[test]
fn the_widget_tuple_is_read_and_compared() {
    let source = |tuple: &str| {
        template(
            Place::Widgets,
            &format!("export type TemplateWidgets = readonly [{tuple}];"),
        )
    };
    let right = run(&source("\"dotPlot\""), &["dotPlot"]);
    assert_eq!(
        (right.findings.len(), right.widget_tuple),
        (0, vec!["dotPlot".to_owned()])
    );
    let found = rules_of(&source("\"pieChart\""), &["dotPlot"]);
    assert_eq!(found, ["widgets-missing-required", "widgets-unsupported"]);
    let twice = rules_of(&source("\"dotPlot\", \"dotPlot\""), &["dotPlot"]);
    assert_eq!(twice, ["widgets-alias-not-tuple"]);
    let unknown = run(&source("\"doodle\""), &[]).findings;
    assert!(
        unknown[0].message.contains("no widget is called"),
        "{}",
        unknown[0].message
    );
}

#[test]
fn a_local_type_does_not_pass_for_the_contract_s() {
    let source = template(Place::Top, "").replace(
        "import type { AssessmentItemInput } from \"@/core/item\";",
        "type AssessmentItemInput<W> = { w?: W };",
    );
    assert_eq!(rules_of(&source, &[]), ["default-export-signature"]);
}

#[test]
fn positions_are_one_based_utf16_and_span_the_node() {
    let source = template(Place::Body, "const t = \"😀\"; const x = seed as unknown;");
    let finding = run(&source, &[]).findings.remove(0);
    let (line, text) = source
        .lines()
        .enumerate()
        .find(|(_, text)| text.contains("as unknown"))
        .expect("the fragment is there");
    let before = text
        .split("seed as")
        .next()
        .expect("before")
        .encode_utf16()
        .count();
    let column = u32::try_from(before + 1).expect("small");
    let line = u32::try_from(line + 1).expect("small");
    assert_eq!((finding.line, finding.column), (line, column));
    let length = u32::try_from("seed as unknown".len()).expect("small");
    assert_eq!(
        (finding.end_line, finding.end_column),
        (line, column + length)
    );
    assert_eq!((finding.ts_code, finding.seed), (9001, None));
    assert!(finding.hint.is_some());
}

#[test]
fn every_violation_is_reported_in_source_order() {
    let source = template(
        Place::Body,
        "const a: any = 1;\nconst b = a as string;\nconst c = b!;",
    );
    let found = rules_of(&source, &[]);
    assert_eq!(
        found,
        ["no-any", "no-type-assertion", "no-non-null-assertion"]
    );
}

#[test]
fn a_source_that_does_not_parse_has_no_findings_but_never_passes() {
    for source in [
        "export default function {",
        "const a = ;",
        "\u{0}",
        "let a = `",
        "as any!",
    ] {
        let report = check(source, &options(&[])).expect("the rules ran");
        assert!(!report.syntax_ok, "{source:?}");
        assert!(report.findings.is_empty(), "{source:?}");
        assert!(report.unparsed.is_some(), "{source:?}");
    }
}

#[test]
fn an_empty_file_lacks_its_two_exports() {
    assert_eq!(
        rules_of("", &[]),
        ["default-export-missing", "widgets-alias-missing"]
    );
}

#[test]
fn chains_as_long_as_a_source_can_be_are_survived() {
    let long = 64 * 1024;
    let chain = |prefix: &str, unit: &str, suffix: &str| {
        let times = (long - prefix.len() - suffix.len()) / unit.len();
        format!("{prefix}{}{suffix}", unit.repeat(times))
    };
    let started = Instant::now();
    for source in [
        chain("x=", "!", "1"),
        chain("x=", "- ", "1"),
        chain("x=1", "+1", ""),
        chain("x=1", "**1", ""),
        chain("x=a", ".b", ""),
        chain("x=a", "?.b", ""),
        chain("x=a", "()", ""),
        chain("x=a", "[0]", ""),
        chain("x=a", "``", ""),
        chain("x=", "a=>", "1"),
        chain("x=", "a?1:", "1"),
        chain("x", "=x", ""),
        chain("", "if(a);else ", ";"),
        chain("", "if(a)", ";"),
        chain("", "a:", ";"),
        chain("", "for(;;)", ";"),
        chain("x=", "new ", "A"),
        chain("x=", "typeof ", "1"),
        chain("type A=", "keyof ", "1"),
        chain("type A=1", "[]", ""),
        chain("type A=1", "|1", ""),
        chain("type A=", "a extends b?c:", "1"),
        chain("type A=a", ".b", ""),
        chain("type A=", "()=>", "1"),
        chain("x=a", " as b", ""),
        chain("x=a", "!", ""),
        chain("x=1", ",1", ""),
        chain("x=1", "??1", ""),
        chain("x=", "<a>", "1"),
    ] {
        let report = check(&source, &options(&[]));
        eprintln!("{} {:?}", &source[..12], started.elapsed());
        assert!(report.is_ok(), "{}", &source[..20]);
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
