//! Our SDK against the official one, point by point of what was seen of Inngest's protocol. Both
//! stand before our engine; what passes is compared field by field.

use itemsmith_tests::conformance::{Finding, differences, document, observe, refreshed, unlisted};

/// Fails with every difference of this point that nobody has given a reason for.
fn agrees(point: u8) {
    let report = observe();
    let about: Vec<(&String, &Finding)> = report
        .iter()
        .filter(|(_, finding)| finding.points.contains(&point))
        .collect();
    assert!(!about.is_empty(), "nothing is about point {point}");
    let found = about.iter().flat_map(|(_, finding)| &finding.differences);
    let failures = about
        .iter()
        .flat_map(|(_, finding)| finding.failures.clone());
    let found: Vec<String> = unlisted(found)
        .map(ToString::to_string)
        .chain(failures)
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

macro_rules! points {
    ($($name:ident = $point:literal;)*) => {
        $(#[test]
        fn $name() {
            agrees($point);
        })*
    };
}

points! {
    point_01_signatures = 1;
    point_02_refusals = 2;
    point_03_bearer = 3;
    point_04_every_answer = 4;
    point_05_out_of_band_sync = 5;
    point_06_in_band_sync = 6;
    point_07_functions = 7;
    point_08_introspection_and_probes = 8;
    point_09_calls = 9;
    point_10_fetched_state = 10;
    point_11_ends = 11;
    point_12_step_ids = 12;
    point_13_memory = 13;
    point_14_opcodes = 14;
    point_15_immediate_execution = 15;
    point_16_parallel_steps = 16;
    point_17_order_and_retries = 17;
    point_18_sent_events = 18;
    point_19_events = 19;
    point_20_streamed_answers = 20;
    point_21_checkpointing = 21;
    point_22_rest_routes = 22;
}

#[test]
fn every_listed_difference_is_there() {
    let report = observe();
    let found: Vec<_> = report
        .values()
        .flat_map(|finding| &finding.differences)
        .collect();
    for known in differences() {
        let gone = known.stale(&found);
        assert!(
            gone.is_empty(),
            "nothing differs any more by {gone:?}, which is listed because: {}",
            known.reason
        );
    }
}

#[test]
fn the_document_tells_what_was_tried() {
    let path = document();
    let text = std::fs::read_to_string(&path).expect("docs/conformance.md");
    let fresh = refreshed(&text, observe());
    if std::env::var_os("ITEMSMITH_UPDATE").is_some() {
        return std::fs::write(&path, fresh).expect("docs/conformance.md is written");
    }
    assert!(
        text == fresh,
        "docs/conformance.md is out of date; write it with ITEMSMITH_UPDATE=1"
    );
}

/// Prints what is not listed, by field: for whoever brings a new version of either SDK.
#[test]
#[ignore = "prints; run it by name"]
fn print_unlisted_differences() {
    let found = observe().values().flat_map(|finding| &finding.differences);
    for difference in unlisted(found) {
        println!("{difference}");
    }
    for finding in observe().values() {
        finding
            .failures
            .iter()
            .for_each(|failure| println!("{failure}"));
    }
}
