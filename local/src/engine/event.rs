//! Events: as they come in, and as they are kept.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use ulid::Ulid;

use super::clock::{self, Millis};

/// Names that only the engine itself may send.
pub(super) const RESERVED: &str = "inngest/";
/// A run failed for good.
pub(super) const FAILED: &str = "inngest/function.failed";
/// A run ended, well or not.
pub(super) const FINISHED: &str = "inngest/function.finished";
/// A run was cancelled.
pub(super) const CANCELLED: &str = "inngest/function.cancelled";
/// A function was invoked by a step of another.
pub(super) const INVOKED: &str = "inngest/function.invoked";
/// A cron line came due.
pub(super) const SCHEDULED: &str = "inngest/scheduled.timer";

/// The largest event, as on Inngest: 512 KiB.
const LARGEST: usize = 512 * 1024;
/// The longest name or id: they are indexed, and nobody means to write longer ones.
const LONGEST_NAME: usize = 512;
/// Times before 1980 or after 2100 are refused, as on Inngest: they are unit mistakes.
const TIMES: std::ops::Range<Millis> = 315_532_800_000..4_102_444_800_000;

/// An event as it is sent to `/e/{key}`.
#[derive(Debug, Deserialize)]
pub(super) struct NewEvent {
    /// The sender's own id: the deduplication key.
    #[serde(default)]
    pub(super) id: Option<String>,
    /// What happened.
    #[serde(default)]
    pub(super) name: String,
    /// An object; absent counts as an empty one.
    #[serde(default)]
    pub(super) data: Option<Box<RawValue>>,
    /// Legacy: about a user.
    #[serde(default)]
    pub(super) user: Option<Box<RawValue>>,
    /// When it happened; now, if absent.
    #[serde(default)]
    pub(super) ts: Option<Millis>,
    /// The payload's version, for people.
    #[serde(default)]
    pub(super) v: Option<String>,
    /// The internal id, if the sender's request can be repeated; not on the wire.
    #[serde(skip)]
    pub(super) seeded: Option<Ulid>,
}

impl NewEvent {
    /// The internal id that the request gave it; the sender's own id counts more.
    pub(super) fn seeded_id(&self) -> Option<Ulid> {
        let chosen = self.id.as_ref().is_some_and(|id| !id.is_empty());
        self.seeded.filter(|_| !chosen)
    }

    /// Refuses what Inngest refuses.
    ///
    /// # Errors
    /// Says what is wrong with the event.
    pub(super) fn validate(&self) -> Result<(), String> {
        if self.name.is_empty() {
            return Err("event name is empty".into());
        }
        if self.name.starts_with(RESERVED) {
            return Err(format!(
                "event name `{}` is reserved for internal use",
                self.name
            ));
        }
        for (field, text) in [("name", Some(&self.name)), ("id", self.id.as_ref())] {
            let Some(text) = text else { continue };
            if text.len() > LONGEST_NAME || text.contains('\0') {
                return Err(format!(
                    "event {field} must be at most {LONGEST_NAME} bytes, without NUL"
                ));
            }
        }
        if self.ts.is_some_and(|ts| ts != 0 && !TIMES.contains(&ts)) {
            return Err("event ts must be milliseconds between 1980 and 2100".into());
        }
        for (field, value) in [("data", &self.data), ("user", &self.user)] {
            let Some(value) = value else { continue };
            if value.get() != "null" && !value.get().starts_with('{') {
                return Err(format!("event {field} must be an object"));
            }
            if value.get().len() > LARGEST {
                return Err(format!("event {field} is larger than 512 KiB"));
            }
        }
        Ok(())
    }

    /// The event as it is kept, under a new internal id.
    pub(super) fn into_stored(self, now: Millis) -> StoredEvent {
        let data = self.data.as_deref().map_or("{}", RawValue::get);
        let data = if data == "null" { "{}" } else { data };
        let event_id = self.id.filter(|id| !id.is_empty());
        StoredEvent::new(
            self.seeded.filter(|_| event_id.is_none()),
            now,
            event_id,
            self.name,
            data,
            self.user.as_deref(),
            self.ts.filter(|ts| *ts != 0).unwrap_or(now),
            self.v,
        )
    }
}

/// An event as it is kept and handed to functions.
pub(super) struct StoredEvent {
    /// The engine's own id.
    pub(super) id: Ulid,
    /// The sender's id, or the text of `id`.
    pub(super) event_id: String,
    /// What happened.
    pub(super) name: String,
    /// The whole event as JSON, exactly as functions get it.
    pub(super) body: String,
    /// When it was accepted.
    pub(super) received_at: Millis,
    /// `body` for expressions, converted at most once.
    value: OnceLock<cel::Value>,
    /// When it happened, read from `body` at most once.
    ts: OnceLock<Millis>,
}

/// Field order and names as on the wire.
#[derive(Serialize)]
struct Body<'a> {
    name: &'a str,
    data: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a RawValue>,
    id: &'a str,
    ts: Millis,
    #[serde(skip_serializing_if = "Option::is_none")]
    v: Option<String>,
}

impl StoredEvent {
    /// An event of the engine's own making; `data` is JSON text.
    pub(super) fn internal(name: &str, data: &str, now: Millis) -> Self {
        Self::new(None, now, None, name.to_owned(), data, None, now, None)
    }

    #[expect(clippy::too_many_arguments, reason = "one for each field")]
    fn new(
        id: Option<Ulid>,
        now: Millis,
        event_id: Option<String>,
        name: String,
        data: &str,
        user: Option<&RawValue>,
        ts: Millis,
        v: Option<String>,
    ) -> Self {
        let id = id.unwrap_or_else(|| clock::new_id(now));
        let event_id = event_id.unwrap_or_else(|| id.to_string());
        let empty = RawValue::from_string("{}".to_owned()).expect("an empty object is JSON");
        let data = serde_json::from_str::<&RawValue>(data).unwrap_or(&empty);
        let body = serde_json::to_string(&Body {
            name: &name,
            data,
            user,
            id: &event_id,
            ts,
            v,
        })
        .expect("strings and raw JSON serialise");
        Self {
            id,
            event_id,
            name,
            body,
            received_at: now,
            value: OnceLock::new(),
            ts: OnceLock::from(ts),
        }
    }

    /// An event read back from the database.
    pub(super) fn restored(
        id: Ulid,
        event_id: String,
        name: String,
        body: String,
        received_at: Millis,
    ) -> Self {
        Self {
            id,
            event_id,
            name,
            body,
            received_at,
            value: OnceLock::new(),
            ts: OnceLock::new(),
        }
    }

    /// The event as expressions see it.
    pub(super) fn value(&self) -> &cel::Value {
        self.value.get_or_init(|| {
            serde_json::from_str::<serde_json::Value>(&self.body)
                .ok()
                .and_then(|value| cel::to_value(value).ok())
                .unwrap_or(cel::Value::Null)
        })
    }

    /// When it happened, by its sender's clock.
    pub(super) fn ts(&self) -> Millis {
        #[derive(Deserialize)]
        struct Ts {
            ts: Millis,
        }
        *self.ts.get_or_init(|| {
            serde_json::from_str::<Ts>(&self.body).map_or(self.received_at, |body| body.ts)
        })
    }

    /// The step that invoked a function with this event.
    pub(super) fn invoker(&self) -> Option<(Ulid, Arc<str>)> {
        #[derive(Deserialize)]
        struct Invocation<'a> {
            // A map, for data that was handed on has an `_inngest` of its own before the engine's.
            #[serde(borrow)]
            data: BTreeMap<String, &'a RawValue>,
        }
        #[derive(Deserialize)]
        struct Origin {
            correlation_id: String,
        }
        if self.name != INVOKED {
            return None;
        }
        let body: Invocation = serde_json::from_str(&self.body).ok()?;
        let origin: Origin = serde_json::from_str(body.data.get("_inngest")?.get()).ok()?;
        let (run, step) = origin.correlation_id.split_once('.')?;
        Some((Ulid::from_string(run).ok()?, step.into()))
    }

    /// Whether the end of a run of this event must not raise further events: a failure handler
    /// that fails does not fail again.
    pub(super) fn is_about_an_end(&self) -> bool {
        matches!(self.name.as_str(), FAILED | FINISHED | CANCELLED)
    }
}

impl fmt::Debug for StoredEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredEvent")
            .field("id", &self.id)
            .field("name", &self.name)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> NewEvent {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn empty_and_reserved_names_and_data_that_is_no_object_are_refused() {
        for text in [
            r#"{"data":{}}"#,
            r#"{"name":""}"#,
            r#"{"name":"inngest/function.failed"}"#,
            r#"{"name":"a","data":[1]}"#,
            r#"{"name":"a","data":"x"}"#,
            r#"{"name":"a","ts":1700000000}"#,
            r#"{"name":"a\u0000"}"#,
            r#"{"name":"a","id":"\u0000"}"#,
        ] {
            assert!(parse(text).validate().is_err(), "{text}");
        }
        assert_eq!(
            parse(r#"{"name":"a","data":null,"ts":1700000000000}"#).validate(),
            Ok(())
        );
    }

    #[test]
    fn the_data_is_kept_byte_for_byte() {
        let event = parse(
            r#"{"name":"a","id":"x","data":{ "n": 1.0, "b":2, "a":1e400 },"ts":5e0}"#
                .replace("5e0", "1700000000000")
                .as_str(),
        );
        let stored = event.into_stored(9);
        assert_eq!(
            stored.body,
            r#"{"name":"a","data":{ "n": 1.0, "b":2, "a":1e400 },"id":"x","ts":1700000000000}"#
        );
    }

    #[test]
    fn an_event_without_an_id_gets_the_engines() {
        let stored = parse(r#"{"name":"a"}"#).into_stored(1_700_000_000_000);
        assert_eq!(stored.event_id, stored.id.to_string());
        assert_eq!(stored.event_id.len(), 26);
    }
}
