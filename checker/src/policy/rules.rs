//! The rules as data: what findings, documentation pages and prompts all read.

/// One rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Stable kebab-case id; leads the message in events.
    pub id: &'static str,
    /// One line, as a sentence without its full stop.
    pub title: &'static str,
    /// Why the rule exists.
    pub rationale: &'static str,
    /// Where the two examples stand in a template.
    pub place: Place,
    /// A fragment that breaks it.
    pub bad: &'static str,
    /// The same thing done right.
    pub good: &'static str,
}

/// Where an example fragment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In place of `export type TemplateWidgets = readonly []`.
    Widgets,
    /// In place of the default export.
    Export,
    /// At the top of the file.
    Top,
    /// First in the body of `generateTemplate`.
    Body,
}

/// The rule with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

/// Every rule, in the order of its page.
pub const RULES: &[Rule] = &[
    Rule {
        id: "widgets-alias-missing",
        title: "The file declares the type TemplateWidgets",
        rationale: "The return type and every reader of a template take the widget types from it.",
        place: Place::Widgets,
        bad: "type Widgets = readonly [];",
        good: "export type TemplateWidgets = readonly [];",
    },
    Rule {
        id: "widgets-alias-not-exported",
        title: "TemplateWidgets is exported",
        rationale: "Tools that load a template read its widget types from the export.",
        place: Place::Widgets,
        bad: "type TemplateWidgets = readonly [];",
        good: "export type TemplateWidgets = readonly [];",
    },
    Rule {
        id: "widgets-alias-not-tuple",
        title: "TemplateWidgets is a readonly tuple of string literals",
        rationale: "Anything wider would let a template produce widgets that nobody asked for.",
        place: Place::Widgets,
        bad: "export type TemplateWidgets = string[];",
        good: "export type TemplateWidgets = readonly [];",
    },
    Rule {
        id: "widgets-missing-required",
        title: "TemplateWidgets names every widget type of the source item",
        rationale: "A template keeps the widgets of the item that it was made from.",
        place: Place::Widgets,
        bad: "export type TemplateWidgets = readonly [];",
        good: "export type TemplateWidgets = readonly [\"dotPlot\"];",
    },
    Rule {
        id: "widgets-unsupported",
        title: "TemplateWidgets names nothing but the widget types of the source item",
        rationale: "A widget type that the source does not use is an activity that nobody asked for.",
        place: Place::Widgets,
        bad: "export type TemplateWidgets = readonly [\"pieChart\"];",
        good: "export type TemplateWidgets = readonly [];",
    },
    Rule {
        id: "no-non-null-assertion",
        title: "No non-null assertion (x!)",
        rationale: "It hides a value that may be missing from the compiler; a learner then meets \"undefined\".",
        place: Place::Body,
        bad: "const first = [seed].at(0)!;",
        good: "const first = [seed].at(0);\nif (first === undefined) { throw new Error(\"no first\"); }",
    },
    Rule {
        id: "no-type-assertion",
        title: "No type assertion other than `as const`",
        rationale: "An assertion replaces the compiler's proof by a claim.",
        place: Place::Body,
        bad: "const n = seed as unknown;",
        good: "const n = [\"A\", \"B\"] as const;",
    },
    Rule {
        id: "no-angle-assertion",
        title: "No type assertion in angle brackets (<T>x)",
        rationale: "It is `as` in another spelling.",
        place: Place::Body,
        bad: "const n = <unknown>seed;",
        good: "const n: unknown = seed;",
    },
    Rule {
        id: "no-definite-assignment",
        title: "No definite assignment assertion (let x!: T)",
        rationale: "It hides a variable that may be read before it has a value.",
        place: Place::Body,
        bad: "let n!: number;",
        good: "let n: number = 0;\nn += 1;",
    },
    Rule {
        id: "default-export-missing",
        title: "The default export is the function generateTemplate",
        rationale: "It is the one thing that is called.",
        place: Place::Export,
        bad: "export function generateTemplate(seed: bigint): AssessmentItemInput<TemplateWidgets> { return build(seed); }",
        good: "export default function generateTemplate(seed: bigint): AssessmentItemInput<TemplateWidgets> { return build(seed); }",
    },
    Rule {
        id: "default-export-signature",
        title: "The default export is generateTemplate(seed: bigint): AssessmentItemInput<TemplateWidgets>",
        rationale: "The declared return type makes the compiler check every field of the item.",
        place: Place::Export,
        bad: "export default function generateTemplate(seed: bigint) { return build(seed); }",
        good: "export default function generateTemplate(seed: bigint): AssessmentItemInput<TemplateWidgets> { return build(seed); }",
    },
    Rule {
        id: "seed-unused",
        title: "The seed is used",
        rationale: "A template that ignores its seed makes one item, not a family of them.",
        place: Place::Export,
        bad: "export default function generateTemplate(seed: bigint): AssessmentItemInput<TemplateWidgets> { void seed; return build(1n); }",
        good: "export default function generateTemplate(seed: bigint): AssessmentItemInput<TemplateWidgets> { return build(seed); }",
    },
    Rule {
        id: "no-suppression-comment",
        title: "No comment that silences the compiler",
        rationale: "@ts-nocheck, @ts-ignore and @ts-expect-error switch the type check off.",
        place: Place::Body,
        bad: "// @ts-ignore\nconst n: number = \"one\";",
        good: "// n is one\nconst n: number = 1;",
    },
    Rule {
        id: "no-triple-slash",
        title: "No triple-slash directive",
        rationale: "It pulls in declarations from outside the contract.",
        place: Place::Top,
        bad: "/// <reference types=\"node\" />",
        good: "// a template needs nothing but its imports",
    },
    Rule {
        id: "no-any",
        title: "No any",
        rationale: "A value of type any is checked nowhere.",
        place: Place::Body,
        bad: "const n: any = seed;",
        good: "const n: bigint = seed;",
    },
    Rule {
        id: "import-outside-contract",
        title: "Import only what the contract offers",
        rationale: "A template must run anywhere with nothing but the contract beside it.",
        place: Place::Top,
        bad: "import { readFileSync } from \"node:fs\";",
        good: "import type { FeedbackContent } from \"@/core/content\";",
    },
    Rule {
        id: "no-dynamic-import",
        title: "No dynamic import, require or import.meta",
        rationale: "What a template loads must be readable from its import statements.",
        place: Place::Body,
        bad: "const other = import(\"@/core/item\");",
        good: "const other = createSeededRandom(seed);",
    },
    Rule {
        id: "no-re-export",
        title: "No export from another module",
        rationale: "A template exports its own two things and nothing else's.",
        place: Place::Top,
        bad: "export * from \"@/core/item\";",
        good: "export const LIMIT = 12;",
    },
    Rule {
        id: "no-nondeterminism",
        title: "No source of randomness or time besides the seed",
        rationale: "The same seed must give the same item for ever.",
        place: Place::Body,
        bad: "const n = Math.random();",
        good: "const n = createSeededRandom(seed).next();",
    },
    Rule {
        id: "no-locale",
        title: "No method whose result depends on the locale",
        rationale: "toLocaleString and its kin differ between machines.",
        place: Place::Body,
        bad: "const text = (1234.5).toLocaleString();",
        good: "const text = (1234.5).toFixed(1);",
    },
    Rule {
        id: "no-io",
        title: "No input or output, timers or host objects",
        rationale: "A template computes an item and does nothing else.",
        place: Place::Body,
        bad: "console.log(seed);",
        good: "const doubled = seed * 2n;",
    },
    Rule {
        id: "no-unknown-global",
        title: "No global besides the language's plain ones",
        rationale: "A name that is neither declared, imported nor part of the plain language may not exist where the template runs.",
        place: Place::Body,
        bad: "const n = lodash.clamp(3, 1, 2);",
        good: "const n = Math.min(Math.max(3, 1), 2);",
    },
    Rule {
        id: "no-global-alias",
        title: "Math, JSON and Object are used directly, member by member",
        rationale: "An alias hides which of their members is called.",
        place: Place::Body,
        bad: "const m = Math;",
        good: "const n = Math.floor(2.5);",
    },
    Rule {
        id: "no-dynamic-code",
        title: "No eval, Function constructor or access to a constructor",
        rationale: "Code made from text escapes every other rule.",
        place: Place::Body,
        bad: "const f = (() => 1).constructor;",
        good: "const f = () => 1;",
    },
    Rule {
        id: "no-meta-programming",
        title: "No Proxy, Reflect, globalThis, prototype, property definition or change of a global",
        rationale: "They change what plain code means.",
        place: Place::Body,
        bad: "const g = globalThis;",
        good: "const g = { ...{ a: 1 } };",
    },
    Rule {
        id: "no-json-parse",
        title: "No JSON.parse",
        rationale: "Its result is of type any, and a template has no JSON to read.",
        place: Place::Body,
        bad: "const o = JSON.parse(\"{}\");",
        good: "const o = {};",
    },
    Rule {
        id: "no-ambient-declaration",
        title: "No declare, namespace or module augmentation",
        rationale: "It claims that something exists, or changes the contract's own types.",
        place: Place::Top,
        bad: "declare const host: string;",
        good: "const host = \"none\";",
    },
    Rule {
        id: "no-non-erasable-syntax",
        title: "No enum, decorator, parameter property, `import =` or `export =`",
        rationale: "Removing the types must leave the very program that runs.",
        place: Place::Top,
        bad: "enum Colour { Red }",
        good: "const COLOURS = [\"red\"] as const;",
    },
    Rule {
        id: "no-async",
        title: "No async function, await or promise",
        rationale: "An item is returned, not awaited.",
        place: Place::Body,
        bad: "const later = async () => 1;",
        good: "const now = () => 1;",
    },
    Rule {
        id: "no-mutable-module-state",
        title: "No variable at the top level that is assigned again, or changed by a function",
        rationale: "State that outlives a call makes an item depend on the calls before it.",
        place: Place::Top,
        bad: "let counter = 0;\nexport function bump(): number { counter += 1; return counter; }",
        good: "const START = 0;\nexport function bump(from: number): number { return from + START + 1; }",
    },
];
