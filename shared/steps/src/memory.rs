//! What a run remembers of its steps.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::failure::ErrorBody;

/// What one step is remembered by.
#[derive(Clone, Debug)]
pub(crate) enum Memo {
    Data(Box<RawValue>),
    Error(Box<ErrorBody>),
}

/// A remembered step.
#[derive(Clone, Debug)]
pub(crate) struct Remembered {
    pub memo: Memo,
    /// Its place among the completed steps; the last of all if the server did not say.
    pub rank: usize,
}

/// The steps that are over and that the function has not reached yet, by hashed id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory(BTreeMap<String, Remembered>);

impl Memory {
    /// What is known of a step that is reached now.
    pub(crate) fn take(&mut self, hash: &str) -> Option<Remembered> {
        self.0.remove(hash)
    }

    /// What is known of a step, without reaching it.
    pub(crate) fn peek(&self, hash: &str) -> Option<&Memo> {
        self.0.get(hash).map(|remembered| &remembered.memo)
    }

    /// The earliest step that the function did not reach.
    pub(crate) fn unreached(&self) -> Option<&str> {
        let ranked = self.0.iter().filter(|(_, step)| step.rank != usize::MAX);
        ranked
            .min_by_key(|(_, step)| step.rank)
            .map(|(hash, _)| hash.as_str())
    }
}

/// The steps as they came, in that order; `None` for one that is not over.
#[derive(Default)]
pub(crate) struct Recorded(Vec<(String, Option<Memo>)>);

impl Recorded {
    /// Keeps the steps that are over, ranked by the stack; by their own order if there is none.
    pub(crate) fn into_memory(self, stack: &[String]) -> Memory {
        let ranked_here = stack.is_empty();
        let mut memory = BTreeMap::new();
        for (place, (hash, memo)) in self.0.into_iter().enumerate() {
            if let Some(memo) = memo {
                let rank = if ranked_here { place } else { usize::MAX };
                memory.insert(hash, Remembered { memo, rank });
            }
        }
        for (rank, hash) in stack.iter().enumerate() {
            if let Some(remembered) = memory.get_mut(hash) {
                remembered.rank = rank;
            }
        }
        Memory(memory)
    }
}

impl<'de> Deserialize<'de> for Recorded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Steps;
        impl<'de> Visitor<'de> for Steps {
            type Value = Recorded;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("steps by hashed id")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Recorded, A::Error> {
                let mut steps = Vec::new();
                while let Some(hash) = map.next_key()? {
                    let raw: &RawValue = map.next_value()?;
                    steps.push((hash, read(raw).map_err(A::Error::custom)?));
                }
                Ok(Recorded(steps))
            }
        }
        deserializer.deserialize_map(Steps)
    }
}

/// `{data}`, `{error}`, or `{input}` for a step that is not over. Anything else (an event, `null`)
/// is the result itself, as it stands.
fn read(raw: &RawValue) -> Result<Option<Memo>, serde_json::Error> {
    let whole = || Some(Memo::Data(raw.to_owned()));
    if !raw.get().starts_with('{') {
        return Ok(whole());
    }
    let Wrapped {
        data,
        error,
        input,
        is_other,
    } = serde_json::from_str(raw.get())?;
    if is_other {
        return Ok(whole());
    }
    if let Some(error) = error.filter(|error| error.get() != "null") {
        return Ok(Some(Memo::Error(
            serde_json::from_str(error.get()).unwrap_or_default(),
        )));
    }
    Ok(match (data, input) {
        (Some(data), _) => Some(Memo::Data(data.to_owned())),
        (None, Some(_)) => None,
        (None, None) => whole(),
    })
}

/// The fields that wrap what is remembered.
#[derive(Default)]
struct Wrapped<'a> {
    data: Option<&'a RawValue>,
    error: Option<&'a RawValue>,
    input: Option<&'a RawValue>,
    /// There are other fields: nothing is wrapped.
    is_other: bool,
}

impl<'de> Deserialize<'de> for Wrapped<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum Field {
            Data,
            Error,
            Input,
            Type,
            #[serde(other)]
            Other,
        }
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Wrapped<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("what a step is remembered by")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Wrapped<'de>, A::Error> {
                let mut wrapped = Wrapped::default();
                while let Some(field) = map.next_key()? {
                    match field {
                        Field::Data => wrapped.data = Some(map.next_value()?),
                        Field::Error => wrapped.error = Some(map.next_value()?),
                        Field::Input => wrapped.input = Some(map.next_value()?),
                        Field::Type => drop(map.next_value::<IgnoredAny>()?),
                        Field::Other => {
                            wrapped.is_other = true;
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(wrapped)
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Option<String> {
        let raw = RawValue::from_string(text.to_owned()).unwrap();
        read(&raw).unwrap().map(|memo| match memo {
            Memo::Data(data) => data.get().to_owned(),
            Memo::Error(error) => format!("error: {:?}", error.message),
        })
    }

    #[test]
    fn results_are_unwrapped_only_where_they_are_wrapped() {
        let event = r#"{"name":"e","data":{"error":1}}"#;
        for (text, expected) in [
            (r#"{"data":1}"#, "1"),
            (r#"{"type":"data","data":[1]}"#, "[1]"),
            (r#"{"data":1,"error":null}"#, "1"),
            (r#"{"error":{"message":"no"}}"#, r#"error: Some("no")"#),
            (r#"{"error":"odd"}"#, "error: None"),
            ("null", "null"),
            ("{}", "{}"),
            (event, event),
            (
                r#"{"error":"x","data":1,"id":2}"#,
                r#"{"error":"x","data":1,"id":2}"#,
            ),
        ] {
            assert_eq!(read_text(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(read_text(r#"{"input":[1]}"#), None);
    }

    #[test]
    fn steps_without_a_stack_completed_in_the_order_in_which_they_came() {
        let read = |stack: &[&str]| {
            let steps: Recorded = serde_json::from_str(r#"{"b":{"data":1},"a":null}"#).unwrap();
            let stack: Vec<String> = stack.iter().map(|hash| (*hash).to_owned()).collect();
            steps.into_memory(&stack)
        };
        assert_eq!(read(&[]).unreached(), Some("b"));
        assert_eq!(read(&["a", "b"]).unreached(), Some("a"));
        let mut memory = read(&["x", "b", "a"]);
        assert_eq!(memory.take("b").map(|step| step.rank), Some(1));
        assert_eq!(memory.unreached(), Some("a"));
    }
}
