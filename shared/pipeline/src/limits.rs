//! Sizes that the pipeline keeps besides the domain's, each with the reason for its number.

/// Findings that a prompt shows. Beyond this a model fixes causes, not symptoms, and the list
/// would push the item out of its attention; the prompt says how many were left out.
pub const PROMPT_FINDINGS: usize = 50;

/// Bytes of one finding's message in a prompt or an event: TypeScript's longest useful messages (a
/// union spelled out) stay under it; the checker lets them grow to four times that.
pub const FINDING_BYTES: usize = 2_000;

/// Bytes of all findings in a prompt: what the prompt's own limit reserves for them.
pub const PROMPT_FINDINGS_BYTES: usize = 32 * 1024;

/// Diagnostics that an event carries.
pub const EVENT_DIAGNOSTICS: usize = 50;

/// Bytes of an event's diagnostics as JSON: fifty of the longest, and a quarter of the event bus's
/// 512 KB. An event above that is never taken, so this counts escapes as well.
pub const EVENT_DIAGNOSTICS_BYTES: usize = 128 * 1024;

/// Outbox events sent at once: the largest event is under 512 KB and a request to the event bus
/// under 10 MB in all, so sixteen always fit.
pub const EVENTS_AT_ONCE: u32 = 16;
