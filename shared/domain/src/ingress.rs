//! What an item must be to be accepted: the envelope only, the rest is the author's.

use crate::{
    digest::Digest,
    json::{Json, Path},
    limits::{MAX_EVENT_DATA_BYTES, MAX_NUMBER_CHARS, MAX_SOURCE_CONTEXT_BYTES, MAX_WIDGET_TYPES},
    widget::{self, Warning},
};

/// What ingress takes from an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ingress {
    /// Distinct widget types in order of appearance; at most [`MAX_WIDGET_TYPES`].
    pub allowed_widgets: Vec<String>,
    /// The item as pretty JSON with two spaces, key order and numbers as written.
    pub source_context: String,
    /// The item without white space, key order and numbers as written.
    pub compact: String,
    /// Digest of the canonical JSON: the same for every key order.
    pub canonical_hash: Digest,
    /// What the author should know.
    pub warnings: Vec<Warning>,
}

/// Why an item is not accepted; [`IngressError::pointer`] says where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IngressError {
    /// Not a JSON object.
    #[error("a structured item is a JSON object, not {0}")]
    NotAnObject(&'static str),
    /// `widgets` is neither absent, null nor an object.
    #[error("widgets is null or an object of widgets by slot, not {0}")]
    WidgetsNotAnObject(&'static str),
    /// A widget is neither null nor an object.
    #[error("a widget is null or an object, not {found}")]
    WidgetNotAnObject {
        /// JSON Pointer.
        pointer: String,
        /// What stands there.
        found: &'static str,
    },
    /// A widget without a text `type`.
    #[error("a widget needs its type as a string, such as \"dotPlot\"")]
    WidgetWithoutType {
        /// JSON Pointer.
        pointer: String,
    },
    /// A widget type that no player can draw.
    #[error("{name:?} is not a known widget type{}", did_you_mean(name))]
    UnknownWidget {
        /// JSON Pointer.
        pointer: String,
        /// The unknown name.
        name: String,
    },
    /// More distinct widget types than are allowed today.
    #[error("an item may use at most {MAX_WIDGET_TYPES} widget type today; this one uses {}", names.join(", "))]
    TooManyWidgetTypes {
        /// JSON Pointer to the first type that is too many.
        pointer: String,
        /// All distinct types, in order of appearance.
        names: Vec<String>,
    },
    /// A number that no reader could hold: too large, too small or too long.
    #[error("this number is outside what a player can hold")]
    NumberOutOfRange {
        /// JSON Pointer.
        pointer: String,
    },
    /// The item would not fit into its event or into a prompt.
    #[error("the item is too large: its {what} takes {bytes} bytes, at most {limit} are possible")]
    TooLarge {
        /// `prompt text` or `event`.
        what: &'static str,
        /// What it takes.
        bytes: usize,
        /// What there is.
        limit: usize,
    },
}

fn did_you_mean(name: &str) -> String {
    widget::suggestion(name)
        .map(|known| format!("; did you mean {known:?}?"))
        .unwrap_or_default()
}

impl IngressError {
    /// JSON Pointer to the place, from the item's root; empty for the whole item.
    #[must_use]
    pub fn pointer(&self) -> &str {
        match self {
            Self::NotAnObject(_) | Self::TooLarge { .. } => "",
            Self::WidgetsNotAnObject(_) => "/widgets",
            Self::WidgetNotAnObject { pointer, .. }
            | Self::WidgetWithoutType { pointer }
            | Self::UnknownWidget { pointer, .. }
            | Self::TooManyWidgetTypes { pointer, .. }
            | Self::NumberOutOfRange { pointer } => pointer,
        }
    }
}

/// Checks the envelope of an item and takes from it what a request needs.
///
/// # Errors
/// The first rule that the item breaks.
pub fn inspect(item: &Json) -> Result<Ingress, IngressError> {
    if item.as_object().is_none() {
        return Err(IngressError::NotAnObject(item.kind()));
    }
    numbers_in_range(item, &Path::ROOT)?;
    let allowed_widgets = widget_types(item)?;
    let source_context = item.to_pretty();
    let compact = item.to_compact();
    let within = |what, bytes, limit| {
        if bytes > limit {
            Err(IngressError::TooLarge { what, bytes, limit })
        } else {
            Ok(())
        }
    };
    within(
        "prompt text",
        source_context.len(),
        MAX_SOURCE_CONTEXT_BYTES,
    )?;
    within(
        "event",
        event_bytes(&compact, &source_context),
        MAX_EVENT_DATA_BYTES,
    )?;
    Ok(Ingress {
        warnings: widget::warnings(&allowed_widgets),
        allowed_widgets,
        canonical_hash: item.canonical_hash(),
        source_context,
        compact,
    })
}

/// Bytes of the data of `template/requested`: the item as an object, and once more as a string
/// with its quotes and line ends escaped.
fn event_bytes(compact: &str, pretty: &str) -> usize {
    // Ids, the seed, widget names and the keys.
    const REST: usize = 512;
    compact.len() + Json::String(pretty.to_owned()).to_compact().len() + REST
}

fn widget_types(item: &Json) -> Result<Vec<String>, IngressError> {
    let members = match item.get("widgets") {
        None | Some(Json::Null) => return Ok(Vec::new()),
        Some(Json::Object(members)) => members,
        Some(other) => return Err(IngressError::WidgetsNotAnObject(other.kind())),
    };
    let root = Path::ROOT.key("widgets");
    let mut names: Vec<String> = Vec::new();
    let mut too_many = None;
    for (slot, widget) in members {
        let here = root.key(slot);
        match widget {
            Json::Null => continue,
            Json::Object(_) => {}
            other => {
                let (pointer, found) = (here.to_string(), other.kind());
                return Err(IngressError::WidgetNotAnObject { pointer, found });
            }
        }
        let pointer = here.key("type").to_string();
        let Some(name) = widget.get("type").and_then(Json::as_str) else {
            return Err(IngressError::WidgetWithoutType { pointer });
        };
        if !widget::is_known(name) {
            return Err(IngressError::UnknownWidget {
                pointer,
                name: name.to_owned(),
            });
        }
        if names.iter().any(|known| known == name) {
            continue;
        }
        names.push(name.to_owned());
        if names.len() > MAX_WIDGET_TYPES {
            too_many.get_or_insert(pointer);
        }
    }
    match too_many {
        Some(pointer) => Err(IngressError::TooManyWidgetTypes { pointer, names }),
        None => Ok(names),
    }
}

/// Refuses what JavaScript would read as Infinity or as zero, and what Postgres would not store.
fn numbers_in_range(json: &Json, path: &Path<'_>) -> Result<(), IngressError> {
    match json {
        Json::Number(text) => {
            let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
            let is_zero = !mantissa.bytes().any(|b| matches!(b, b'1'..=b'9'));
            let holds = json.as_f64().is_some_and(|n| is_zero || n != 0.0);
            if holds && text.len() <= MAX_NUMBER_CHARS {
                Ok(())
            } else {
                Err(IngressError::NumberOutOfRange {
                    pointer: path.to_string(),
                })
            }
        }
        Json::Array(values) => {
            let mut places = values.iter().enumerate();
            places.try_for_each(|(index, value)| numbers_in_range(value, &path.index(index)))
        }
        Json::Object(members) => members
            .iter()
            .try_for_each(|(key, value)| numbers_in_range(value, &path.key(key))),
        Json::Null | Json::Bool(_) | Json::String(_) => Ok(()),
    }
}
