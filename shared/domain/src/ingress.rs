//! What an item must be to be accepted: the envelope only, the rest is the author's.

use crate::{
    digest::Digest,
    json::{Json, Path, encoded_bytes},
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
    compact.len() + encoded_bytes(pretty) + REST
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

#[cfg(test)]
mod tests {
    use super::{IngressError, inspect};
    use crate::{
        json::{Json, parse},
        limits::{MAX_EVENT_DATA_BYTES, MAX_SOURCE_CONTEXT_BYTES},
    };

    fn item(text: &str) -> Json {
        parse(text.as_bytes()).expect("a test's own JSON")
    }

    #[test]
    fn widget_types_are_distinct_and_in_order() {
        for none in [
            "{}",
            r#"{"widgets":null}"#,
            r#"{"widgets":{}}"#,
            r#"{"widgets":{"a":null}}"#,
        ] {
            assert_eq!(
                inspect(&item(none)).map(|found| found.allowed_widgets),
                Ok(vec![]),
                "{none}"
            );
        }
        let two = r#"{"widgets":{"b":{"type":"dotPlot"},"n":null,"a":{"type":"dotPlot","x":1}}}"#;
        let found = inspect(&item(two)).expect("accepted");
        assert_eq!(found.allowed_widgets, ["dotPlot"]);
        assert!(found.warnings.is_empty());
    }

    #[test]
    fn the_source_keeps_its_key_order_and_numbers() {
        let found = inspect(&item(r#"{"z":1.50,"a":{"k":1e2}}"#)).expect("accepted");
        assert_eq!(
            found.source_context,
            "{\n  \"z\": 1.50,\n  \"a\": {\n    \"k\": 1e2\n  }\n}"
        );
        assert_eq!(found.compact, r#"{"z":1.50,"a":{"k":1e2}}"#);
        let other = inspect(&item(r#"{"a":{"k":100},"z":1.5}"#)).expect("accepted");
        assert_eq!(other.canonical_hash, found.canonical_hash);
    }

    #[test]
    fn a_known_type_without_declarations_is_a_warning() {
        let found =
            inspect(&item(r#"{"widgets":{"a":{"type":"vennDiagram"}}}"#)).expect("accepted");
        assert_eq!(found.allowed_widgets, ["vennDiagram"]);
        assert_eq!(found.warnings.len(), 1);
        assert_eq!(found.warnings[0].code, "undescribed_widget");
    }

    #[test]
    fn every_broken_rule_names_its_place() {
        let cases = [
            ("[]", ""),
            (r#"{"widgets":[]}"#, "/widgets"),
            (r#"{"widgets":{"a":1}}"#, "/widgets/a"),
            (r#"{"widgets":{"a/b":{}}}"#, "/widgets/a~1b/type"),
            (r#"{"widgets":{"a":{"type":null}}}"#, "/widgets/a/type"),
            (r#"{"widgets":{"a":{"type":"dotplot"}}}"#, "/widgets/a/type"),
            (
                r#"{"widgets":{"a":{"type":"dotPlot"},"b":{"type":"barChart"}}}"#,
                "/widgets/b/type",
            ),
            (r#"{"x":[1,1e400]}"#, "/x/1"),
            (r#"{"x":[-1e-400]}"#, "/x/0"),
        ];
        for (text, pointer) in cases {
            let error = inspect(&item(text)).expect_err(text);
            assert_eq!(error.pointer(), pointer, "{text}");
        }
        let error = inspect(&item(r#"{"widgets":{"a":{"type":"dotplot"}}}"#)).expect_err("unknown");
        assert_eq!(
            error.to_string(),
            "\"dotplot\" is not a known widget type; did you mean \"dotPlot\"?"
        );
        let long = format!(r#"{{"x":0.{}}}"#, "1".repeat(1_000));
        assert_eq!(inspect(&item(&long)).expect_err("long").pointer(), "/x");
        assert!(inspect(&item(r#"{"x":[0e999,0.0,1e308,-0]}"#)).is_ok());
    }

    #[test]
    fn an_item_fits_its_event_and_its_prompt() {
        let text =
            |bytes: usize| Json::Object(vec![("t".to_owned(), Json::String("x".repeat(bytes)))]);
        // `{`, a line end, two spaces, `"t": ""`, a line end, `}`.
        let around = 13;
        assert!(
            inspect(&text(MAX_SOURCE_CONTEXT_BYTES - around)).is_err(),
            "twice that is the event's"
        );
        assert!(inspect(&text(MAX_EVENT_DATA_BYTES / 2 - 400)).is_ok());
        let error = inspect(&text(MAX_SOURCE_CONTEXT_BYTES)).expect_err("too large");
        assert!(matches!(
            error,
            IngressError::TooLarge {
                what: "prompt text",
                ..
            }
        ));
        let error = inspect(&text(MAX_EVENT_DATA_BYTES / 2)).expect_err("too large");
        assert!(matches!(
            error,
            IngressError::TooLarge { what: "event", .. }
        ));
    }
}
