//! Sizes that the pipeline keeps, each with the reason for its number.

/// Largest prompt in bytes. The team's prompts ran to 140,000 characters; four times that is
/// still under a quarter of what one SQL parameter or one model request may hold.
pub const PROMPT_BYTES: usize = 512 * 1024;

/// Largest model reply in bytes that is kept. A template is 10 to 22 KB; a reply of half a
/// megabyte is no template, and this bounds what one attempt can store.
pub const REPLY_BYTES: usize = 512 * 1024;

/// Findings that a prompt shows. Beyond this a model fixes causes, not symptoms, and the list
/// would push the item out of its attention; the prompt says how many were left out.
pub const PROMPT_FINDINGS: usize = 50;

/// Bytes of one finding's message in a prompt: TypeScript's longest useful messages (a union
/// spelled out) stay under it.
pub const FINDING_BYTES: usize = 2_000;

/// Diagnostics that an event carries. At 2 KB each they stay under a fifth of the event bus's
/// 512 KB.
pub const EVENT_DIAGNOSTICS: usize = 50;

/// Outbox events sent at once: the largest event is under 512 KB and a request to the event bus
/// under 10 MB in all, so sixteen always fit.
pub const EVENTS_AT_ONCE: u32 = 16;

/// Bytes of the previous attempt that a prompt shows: the largest source that a check accepts.
pub const PREVIOUS_SOURCE_BYTES: usize = 64 * 1024;
