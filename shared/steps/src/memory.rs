//! What a run remembers of its steps.

use std::fmt;

use serde::de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::failure::ErrorBody;
use crate::hash::{Hash, MaybeHash};

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

/// The steps that are over, sorted by hashed id. One that the function has reached is taken out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    steps: Vec<(Hash, Option<Remembered>)>,
    /// How many are still there.
    left: usize,
}

impl Memory {
    fn find(&self, hash: Hash) -> Option<usize> {
        self.steps.binary_search_by_key(&hash, |step| step.0).ok()
    }

    /// What is known of a step that is reached now.
    pub(crate) fn take(&mut self, hash: Hash) -> Option<Remembered> {
        let found = self.find(hash)?;
        let taken = self.steps[found].1.take();
        self.left -= usize::from(taken.is_some());
        taken
    }

    /// What is known of a step, without reaching it.
    pub(crate) fn peek(&self, hash: Hash) -> Option<&Memo> {
        let step = self.steps[self.find(hash)?].1.as_ref();
        step.map(|step| &step.memo)
    }

    /// The earliest step that the function did not reach.
    pub(crate) fn unreached(&self) -> Option<Hash> {
        if self.left == 0 {
            return None;
        }
        let rank = |(hash, step): &(Hash, Option<Remembered>)| {
            let rank = step.as_ref()?.rank;
            (rank != usize::MAX).then_some((rank, *hash))
        };
        let first = self.steps.iter().filter_map(rank).min();
        first.map(|(_, hash)| hash)
    }
}

/// The steps that are over, in the order in which they came.
#[derive(Default)]
pub(crate) struct Recorded(Vec<(Hash, Memo)>);

impl Recorded {
    /// The steps, ranked by the stack; by their own order if there is none.
    pub(crate) fn into_memory(self, stack: &Stack) -> Memory {
        let rank = |place| {
            if stack.0.is_empty() {
                place
            } else {
                usize::MAX
            }
        };
        let ranked = |(place, (hash, memo))| {
            let rank = rank(place);
            (hash, Some(Remembered { memo, rank }))
        };
        let mut steps: Vec<_> = self.0.into_iter().enumerate().map(ranked).collect();
        // Servers send them sorted. Of a hash that is there twice the last counts.
        steps.reverse();
        steps.sort_by_key(|step| step.0);
        steps.dedup_by_key(|step| step.0);
        let left = steps.len();
        let mut memory = Memory { steps, left };
        for (rank, hash) in stack.0.iter().enumerate() {
            if let Some(found) = memory.find(*hash)
                && let Some(step) = &mut memory.steps[found].1
            {
                step.rank = rank;
            }
        }
        memory
    }
}

/// The hashed ids of completed steps, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stack(Vec<Hash>);

impl<'de> Deserialize<'de> for Stack {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Ids;
        impl<'de> Visitor<'de> for Ids {
            type Value = Stack;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("hashed step ids")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Stack, A::Error> {
                let mut stack = Vec::new();
                while let Some(MaybeHash(hash)) = list.next_element()? {
                    stack.extend(hash);
                }
                Ok(Stack(stack))
            }
        }
        deserializer.deserialize_seq(Ids)
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
                while let Some(MaybeHash(hash)) = map.next_key()? {
                    let raw: &RawValue = map.next_value()?;
                    let memo = read(raw).map_err(A::Error::custom)?;
                    steps.extend(hash.zip(memo));
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
        let [a, b, x] = ["a", "b", "x"].map(Hash::of);
        let read = |stack: &[Hash]| {
            let steps = format!(r#"{{"{b}":{{"data":1}},"{a}":1,"$other":{{}},"{a}":null}}"#);
            let steps: Recorded = serde_json::from_str(&steps).unwrap();
            steps.into_memory(&Stack(stack.to_vec()))
        };
        assert_eq!(read(&[]).unreached(), Some(b));
        assert_eq!(read(&[a, b]).unreached(), Some(a));
        let mut memory = read(&[x, b, a]);
        assert_eq!(memory.take(b).map(|step| step.rank), Some(1));
        assert_eq!(memory.unreached(), Some(a));
        assert!(matches!(memory.peek(a), Some(Memo::Data(last)) if last.get() == "null"));
        assert!(memory.take(a).is_some() && memory.take(a).is_none());
        assert_eq!(memory.unreached(), None);
    }
}
