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

/// Where the first field of a case says that its fragment stands.
fn place(name: &str) -> Place {
    match name {
        "widgets" => Place::Widgets,
        "export" => Place::Export,
        "top" => Place::Top,
        "body" => Place::Body,
        other => panic!("no place is called {other}"),
    }
}

fn cases(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#'))
}

#[test]
fn each_bad_case_breaks_its_rules() {
    for case in cases(include_str!("../../policy/cases/bad.txt")) {
        let fields: Vec<&str> = case.splitn(3, " | ").collect();
        let [at, rules, fragment] = fields[..] else {
            panic!("three fields: {case}")
        };
        let expected: Vec<&str> = rules.split(' ').collect();
        let source = template(place(at), &fragment.replace('⏎', "\n"));
        assert_eq!(rules_of(&source, &[]), expected, "{fragment}");
    }
}

#[test]
fn no_good_case_breaks_a_rule() {
    for case in cases(include_str!("../../policy/cases/good.txt")) {
        let (at, fragment) = case.split_once(" | ").expect("two fields");
        let found = run(&template(place(at), &fragment.replace('⏎', "\n")), &[]).findings;
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
        assert!(report.is_ok(), "{}", &source[..20]);
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
