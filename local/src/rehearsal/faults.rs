//! Model names: which play is given, and which fault is shown on the way.

use super::play::Play;

/// Trouble that a real model or its provider could give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// None.
    None,
    /// 500, always.
    Down,
    /// 401, always: the key is refused, and repeated.
    Unauthorized,
    /// 429 with `Retry-After: 1` for the first call about an item.
    Flaky,
    /// The first reply is empty.
    Empty,
    /// The first reply runs into the token limit.
    Truncated,
    /// The first reply refuses.
    Refused,
}

/// Every model name.
pub(super) const MODELS: [(&str, Play, Fault); 11] = [
    ("rehearsal", Play::Repair, Fault::None),
    ("rehearsal-once", Play::RightAt(1), Fault::None),
    ("rehearsal-twice", Play::RightAt(2), Fault::None),
    ("rehearsal-thrice", Play::RightAt(3), Fault::None),
    ("rehearsal-never", Play::Never, Fault::None),
    ("rehearsal-down", Play::Repair, Fault::Down),
    ("rehearsal-unauthorized", Play::Repair, Fault::Unauthorized),
    ("rehearsal-flaky", Play::Repair, Fault::Flaky),
    ("rehearsal-empty", Play::Repair, Fault::Empty),
    ("rehearsal-truncated", Play::Repair, Fault::Truncated),
    ("rehearsal-refused", Play::Repair, Fault::Refused),
];

/// What a model's name stands for.
pub(super) fn model(name: &str) -> Option<(Play, Fault)> {
    MODELS
        .iter()
        .find(|(known, ..)| *known == name)
        .map(|(_, play, fault)| (*play, *fault))
}
