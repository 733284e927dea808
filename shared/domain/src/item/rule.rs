//! The stable ids of the rules of an item.

/// A value of another kind than the rule asks for.
pub const WRONG_TYPE: &str = "wrong-type";
/// A field that must be there and is not.
pub const MISSING_KEY: &str = "missing-key";
/// A field that the object does not have.
pub const UNKNOWN_KEY: &str = "unknown-key";
/// A `type`, `kind` or other word outside its list.
pub const UNKNOWN_WORD: &str = "unknown-word";
/// A number outside its range.
pub const OUT_OF_RANGE: &str = "out-of-range";
/// Fewer elements than the rule asks for.
pub const TOO_FEW: &str = "too-few";
/// Content in a place that does not hold it.
pub const MISPLACED: &str = "misplaced-content";
/// An identifier outside its grammar.
pub const IDENTIFIER: &str = "bad-identifier";
/// The same identifier twice where each must be unique.
pub const DUPLICATE: &str = "duplicate-identifier";
/// `^` or `|` in a text.
pub const TEXT_CHARACTER: &str = "text-character";
/// MathML that is not the inside of `<math>`.
pub const MATHML: &str = "bad-mathml";
/// A reference to something that the item does not have.
pub const UNRESOLVED: &str = "unresolved-reference";
/// A reference that names another widget type than the widget has.
pub const WIDGET_TYPE: &str = "widget-type-mismatch";
/// A widget type that no player can draw.
pub const UNKNOWN_WIDGET: &str = "unknown-widget";
/// A declaration that does not fit its interaction.
pub const DECLARATION: &str = "declaration-mismatch";
/// A `correct` that is not an answer the learner can give.
pub const CORRECT: &str = "bad-correct";
/// A gap that is not placed exactly once.
pub const GAP: &str = "gap-placement";
/// Combinations that do not follow from the plan's mode and dimensions.
pub const PLAN: &str = "bad-feedback-plan";
/// A feedback tree that does not follow the plan.
pub const FEEDBACK: &str = "bad-feedback-tree";

/// Two choices that a learner cannot tell apart.
pub const SAME_READING: &str = "choices-read-the-same";
/// A choice that shows nothing.
pub const EMPTY_CHOICE: &str = "empty-choice";
/// Two fragments whose sentences run together.
pub const MISSING_SPACE: &str = "missing-space";
/// A text with the trace of a value that was missing.
pub const UNFILLED: &str = "unfilled-text";
/// Feedback that calls a wrong answer right, or a right one wrong.
pub const CORRECTNESS: &str = "feedback-correctness";
/// A choice for which an enumerated dimension has no key.
pub const FEEDBACK_KEYS: &str = "feedback-keys";
/// An interaction that is not placed exactly once.
pub const PLACEMENT: &str = "interaction-placement";
/// A widget that nothing shows.
pub const UNUSED_WIDGET: &str = "widget-not-shown";
/// A response that no interaction gives.
pub const UNUSED_RESPONSE: &str = "response-not-asked";

/// An item whose kind of activity differs from its source's.
pub const SHAPE_INTERACTIONS: &str = "shape-interactions";
/// An item whose widget types differ from its source's.
pub const SHAPE_WIDGETS: &str = "shape-widgets";

/// Rules about how well an item reads rather than what it is. A source item may break one of
/// them, and a template that follows its source must not be blamed for that.
pub const QUALITY: &[&str] = &[
    SAME_READING,
    EMPTY_CHOICE,
    MISSING_SPACE,
    UNFILLED,
    CORRECTNESS,
    FEEDBACK_KEYS,
    PLACEMENT,
    UNUSED_WIDGET,
    UNUSED_RESPONSE,
];
