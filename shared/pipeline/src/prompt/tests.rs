//! What a prompt holds, and in which order.

use itemsmith_domain::{
    Finding, Phase, Seed,
    check::{ContractModule, ContractText},
    limits::{MAX_PROMPT_BYTES, MAX_SOURCE_BYTES},
};

use super::{Prompt, PromptError, compose};
use crate::ports::{Previous, PromptInputs};

fn contract() -> ContractText {
    let module = |specifier: &str, text: &str| ContractModule {
        specifier: specifier.to_owned(),
        text: text.to_owned(),
    };
    ContractText {
        name: "default".to_owned(),
        version: "1".to_owned(),
        modules: vec![
            module("@/core/item", "export type Core = 1\n"),
            module("@/widgets/dotPlot", "export type DotPlot = 1\n"),
        ],
        seed_helper: "export function createSeededRandom() {}\n".to_owned(),
        undescribed: Vec::new(),
    }
}

fn inputs() -> PromptInputs {
    PromptInputs {
        source_text: "{\n  \"identifier\": \"cows {{findings}}\"\n}".to_owned(),
        seed: Seed::from_u64(42),
        allowed_widgets: vec!["dotPlot".to_owned()],
        previous: None,
        stored: None,
    }
}

fn retry(reply: &str) -> PromptInputs {
    let finding = Finding::unplaced(Phase::Policy, "no-any", 9001, "any is not allowed");
    let previous = Previous {
        reply: reply.to_owned(),
        findings: vec![finding],
    };
    PromptInputs {
        previous: Some(previous),
        ..inputs()
    }
}

#[test]
fn holds_every_section_in_order() {
    let prompt = compose(&inputs(), &contract(), 1).expect("fits");
    let order = [
        "## Philosophy",
        "## Seed guidance",
        "## Seed helper",
        "createSeededRandom() {}",
        "## Feedback policy",
        "## Bans",
        "## Non-null policy",
        "## Type-assertion policy",
        "## Identifier policy",
        "## Type definitions",
        "// @/core/item\nexport type Core = 1",
        "## Worked examples",
        "## Widget policy",
        "`dotPlot`",
        "## Widget types",
        "// @/widgets/dotPlot\nexport type DotPlot = 1",
        "## Template skeleton",
        "readonly [\"dotPlot\"]",
        "## Source item",
        "42",
        "cows {{findings}}",
    ];
    let mut rest = prompt.user.as_str();
    for part in order {
        let at = rest
            .find(part)
            .unwrap_or_else(|| panic!("{part} is missing or out of order"));
        rest = &rest[at..];
    }
    assert!(!prompt.user.contains("## Previous attempt"));
    assert!(!prompt.user.contains("{{seed"), "a placeholder was left");
}

#[test]
fn a_retry_adds_the_attempt_before_and_nothing_else() {
    let first = compose(&inputs(), &contract(), 1).expect("fits");
    let second = compose(
        &retry("```typescript\nconst a: any = 1\n```"),
        &contract(),
        2,
    );
    let second = second.expect("fits");
    let shared = first.user.trim_end();
    assert!(
        second.user.starts_with(shared),
        "the static part must stay a common prefix"
    );
    let added = &second.user[shared.len()..];
    assert!(added.contains("const a: any = 1"));
    assert!(added.contains("- 9001 no-any: any is not allowed"));
}

#[test]
fn a_stored_prompt_splits_into_its_messages() {
    let prompt = compose(&inputs(), &contract(), 1).expect("fits");
    assert_eq!(Prompt::from_text(&prompt.text()).as_ref(), Ok(&prompt));
    assert_eq!(Prompt::from_text("nothing"), Err(PromptError::Unreadable));
}

#[test]
fn stays_under_its_limit() {
    let huge = retry(&"x".repeat(MAX_PROMPT_BYTES));
    let prompt = compose(&huge, &contract(), 2).expect("the attempt before is cut");
    assert!(prompt.user.contains(&format!(
        "{} more bytes",
        MAX_PROMPT_BYTES - MAX_SOURCE_BYTES
    )));
    let item = PromptInputs {
        source_text: "x".repeat(MAX_PROMPT_BYTES),
        ..inputs()
    };
    assert!(matches!(
        compose(&item, &contract(), 1),
        Err(PromptError::TooLarge { .. })
    ));
}
