//! What an item declares and refers to, collected on the walk for the rules that join places.

use crate::json::Json;

/// Everything that some other place of the item refers to, or that refers to another place.
#[derive(Default)]
pub(super) struct Facts<'a> {
    pub widgets: Vec<Widget<'a>>,
    pub widget_uses: Vec<WidgetUse<'a>>,
    pub interactions: Vec<Interaction<'a>>,
    pub interaction_uses: Vec<InteractionUse<'a>>,
    pub declarations: Vec<Declaration<'a>>,
}

impl<'a> Facts<'a> {
    pub fn declaration(&self, response: &str) -> Option<&Declaration<'a>> {
        self.declarations
            .iter()
            .find(|declared| declared.identifier == response)
    }

    pub fn interaction_of(&self, response: &str) -> Option<&Interaction<'a>> {
        self.interactions
            .iter()
            .find(|found| found.response == Some(response))
    }
}

pub(super) struct Widget<'a> {
    pub pointer: String,
    pub slot: &'a str,
    pub kind: Option<&'a str>,
}

pub(super) struct WidgetUse<'a> {
    pub pointer: String,
    pub slot: &'a str,
    pub kind: Option<&'a str>,
}

pub(super) struct InteractionUse<'a> {
    pub pointer: String,
    pub slot: &'a str,
    /// In a line of text rather than as a block.
    pub inline: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Choice,
    InlineChoice,
    TextEntry,
    Order,
    GapMatch,
    Unsupported,
}

pub(super) struct Interaction<'a> {
    pub pointer: String,
    pub slot: &'a str,
    pub kind: Kind,
    pub response: Option<&'a str>,
    /// Of choices; of gap texts for a gap match.
    pub choices: Vec<Choice<'a>>,
    /// Choice interaction: how many may be chosen.
    pub max_choices: Option<i64>,
    /// Gap match: its gaps, as declared.
    pub gaps: Vec<&'a str>,
    /// Gap match: its gaps, as placed.
    pub placed_gaps: Vec<&'a str>,
}

pub(super) struct Choice<'a> {
    pub pointer: String,
    pub identifier: &'a str,
    /// Inline or block content.
    pub content: Option<&'a Json>,
    /// Gap text: how many gaps it may fill; 0 for any number.
    pub match_max: Option<i64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cardinality {
    Single,
    Multiple,
    Ordered,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum BaseType {
    String,
    Integer,
    Float,
    Identifier,
    DirectedPair,
}

pub(super) struct Declaration<'a> {
    pub pointer: String,
    pub identifier: &'a str,
    pub cardinality: Cardinality,
    pub base_type: BaseType,
    /// The right identifiers; one for a single one, none for values and pairs.
    pub identifiers: Vec<&'a str>,
    /// The right pairs of gap text and gap.
    pub pairs: Vec<(&'a str, &'a str)>,
}
