//! Limits that follow from the domain, each with the reason for its number.

/// Attempts that one request may use; the proposal's `MAX_RETRIES`.
pub const MAX_ATTEMPTS: u32 = 10;

/// Bytes of a template's source. Real ones are 10–22 KB; three times the largest leaves room
/// without letting one source fill a prompt.
pub const MAX_SOURCE_BYTES: usize = 64 * 1024;

/// Bytes of one assembled prompt. The team's prompts ran to 140,000 characters; this holds one
/// with the longest source, its findings and the largest item in it.
pub const MAX_PROMPT_BYTES: usize = 512 * 1024;

/// Bytes of one model reply: eight times the longest source that could be taken from it.
pub const MAX_RESPONSE_BYTES: usize = 512 * 1024;

/// What a prompt holds besides the item: 160 KiB of fixed sections, the previous source, and
/// 32 KiB of findings.
pub const PROMPT_RESERVE_BYTES: usize = (160 + 32) * 1024 + MAX_SOURCE_BYTES;

/// Bytes of an item as pretty JSON, so that the first prompt and every later one fit.
pub const MAX_SOURCE_CONTEXT_BYTES: usize = MAX_PROMPT_BYTES - PROMPT_RESERVE_BYTES;

/// Bytes of one event's data, encoded. Inngest refuses an event above 512 KB; the smaller reading
/// of that is 512,000, and 4,000 are left for the event's own envelope.
pub const MAX_EVENT_DATA_BYTES: usize = 508_000;

/// Distinct widget types that one item may use today. Everything that carries widget types is a
/// list already, so relaxing the rule is a change of this number.
pub const MAX_WIDGET_TYPES: usize = 1;

/// Characters of a number in an item. Postgres keeps at most 16,383 digits after the point and
/// would refuse or round what is longer; nothing real needs more than twenty.
pub const MAX_NUMBER_CHARS: usize = 1_000;

/// Characters of a model's name.
pub const MAX_MODEL_NAME_CHARS: usize = 128;
