//! The tables in `docs/conformance.md`: what each point was tried by, and every known difference.

use std::{collections::BTreeSet, fmt::Write as _, path::PathBuf};

use itemsmith_local::toolchain::workspace;

use super::{
    differences::{Expected, Has, Kind, differences},
    report::Report,
};

/// The points of the protocol that are tried, in words.
pub const POINTS: [(u8, &str); 22] = [
    (1, "Signatures of requests"),
    (2, "Refusals"),
    (3, "The bearer of requests to the server"),
    (4, "What every answer carries"),
    (5, "Sync, out of band"),
    (6, "Sync, in band"),
    (7, "How functions are registered"),
    (8, "Introspection and probes"),
    (9, "Calls"),
    (10, "State that is fetched"),
    (11, "How a run ends"),
    (12, "Ids of steps"),
    (13, "What a run remembers"),
    (14, "Operations"),
    (15, "Which step runs at once"),
    (16, "Steps side by side"),
    (17, "The order of memory, and retries of each step"),
    (18, "Events sent by a step"),
    (19, "The route for events"),
    (20, "Streamed answers"),
    (21, "Checkpoints"),
    (22, "The routes for runs"),
];

const BEGIN: &str = "<!-- Written by `the_document_tells_what_was_tried`; do not edit. -->";
const END: &str = "<!-- The end of what the test writes. -->";

/// The document.
pub fn document() -> PathBuf {
    workspace::root().join("docs/conformance.md")
}

/// The document's text with the tables as they are now.
pub fn refreshed(text: &str, report: &Report) -> String {
    let (before, rest) = text.split_once(BEGIN).unwrap_or((text, ""));
    let (_, after) = rest.split_once(END).unwrap_or(("", ""));
    format!("{before}{BEGIN}\n\n{}\n{END}{after}", tables(report))
}

fn tables(report: &Report) -> String {
    let mut text = String::from("| point | about | cases | result |\n|---:|---|---|---|\n");
    for (point, title) in POINTS {
        let about = report
            .iter()
            .filter(|(_, finding)| finding.points.contains(&point));
        let names: Vec<&str> = about.clone().map(|(name, _)| name.as_str()).collect();
        let known: BTreeSet<usize> = about
            .flat_map(|(_, finding)| &finding.differences)
            .flat_map(|found| {
                let all = differences().iter().enumerate();
                all.filter(move |(_, known)| known.covers(found))
                    .map(|(number, _)| number + 1)
            })
            .collect();
        let result = match known.len() {
            0 => "the same".to_owned(),
            _ => format!("the same but for {}", numbers(&known)),
        };
        let names = names.join(" · ");
        let _ = writeln!(text, "| {point} | {title} | {names} | {result} |");
    }
    text.push_str("\n| | fields | only in | kind | why |\n|---:|---|---|---|---|\n");
    for (number, known) in differences().iter().enumerate() {
        let Expected { fields, reason, .. } = known;
        let fields: Vec<String> = fields.iter().map(|field| format!("`{field}`")).collect();
        let fields = fields.join(" · ");
        let has = match known.has {
            Has::Rust => "Rust",
            Has::Typescript => "TypeScript",
            Has::Both => "",
        };
        let kind = match known.kind {
            Kind::Choice => "choice",
            Kind::Defect => "**defect**",
        };
        let number = number + 1;
        let _ = writeln!(text, "| {number} | {fields} | {has} | {kind} | {reason} |");
    }
    text
}

/// `1–3, 7`.
fn numbers(all: &BTreeSet<usize>) -> String {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for &number in all {
        match spans.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => spans.push((number, number)),
        }
    }
    let spans = spans.into_iter().map(|(first, last)| match last - first {
        0 => first.to_string(),
        1 => format!("{first}, {last}"),
        _ => format!("{first}–{last}"),
    });
    spans.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn neighbours_are_drawn_together() {
        assert_eq!(numbers(&[1, 2, 3, 5, 7, 8].into()), "1–3, 5, 7, 8");
    }
}
