//! The sections, one file each, in the order in which a prompt shows them.

/// The system message.
pub const SYSTEM: &str = include_str!("../../prompts/system.md");

/// Sections of every prompt.
pub const FIRST: [&str; 14] = [
    include_str!("../../prompts/01-philosophy.md"),
    include_str!("../../prompts/02-seed-guidance.md"),
    include_str!("../../prompts/03-seed-helper.md"),
    include_str!("../../prompts/04-feedback-policy.md"),
    include_str!("../../prompts/05-bans.md"),
    include_str!("../../prompts/06-non-null-policy.md"),
    include_str!("../../prompts/07-type-assertion-policy.md"),
    include_str!("../../prompts/08-identifier-policy.md"),
    include_str!("../../prompts/09-type-definitions.md"),
    include_str!("../../prompts/10-worked-examples.md"),
    include_str!("../../prompts/11-widget-policy.md"),
    include_str!("../../prompts/12-widget-types.md"),
    include_str!("../../prompts/13-skeleton.md"),
    include_str!("../../prompts/14-source-item.md"),
];

/// Sections that a retry adds.
pub const RETRY: [&str; 2] = [
    include_str!("../../prompts/15-previous-attempt.md"),
    include_str!("../../prompts/16-findings.md"),
];
