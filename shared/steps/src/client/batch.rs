//! What the server takes in one request.

use std::collections::BTreeSet;

use super::OutgoingEvent;

/// The most events that the server takes in one request.
pub const MAX_EVENTS: usize = 5000;

/// The largest event that the server takes, as JSON.
pub const MAX_EVENT_BYTES: usize = 512 * 1024;

/// The largest request that is made, of 10 MB that the server takes.
const MAX_REQUEST_BYTES: usize = 8 * 1024 * 1024;

/// An event that no server takes. Names the event, never its payload.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// It has no id, without which sending it again would make it two.
    #[error("event `{name}` has no id; give every event one that says what it is about")]
    NoId {
        /// Its name.
        name: String,
    },
    /// It has no name.
    #[error("event {id} has no name")]
    NoName {
        /// Its id.
        id: String,
    },
    /// Its name is one of the server's own.
    #[error("event {id} is called `{name}`; names that begin with `inngest/` are the server's")]
    ReservedName {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
    },
    /// Its payload is not a JSON object.
    #[error("the data of event {id} is not a JSON object")]
    NotAnObject {
        /// Its id.
        id: String,
    },
    /// It is too large.
    #[error("event {id} is {bytes} bytes; at most {MAX_EVENT_BYTES} are taken")]
    TooLarge {
        /// Its id.
        id: String,
        /// Its size as JSON.
        bytes: usize,
    },
}

impl OutgoingEvent {
    /// Whether a server can take it.
    ///
    /// # Errors
    /// Says which rule it breaks: a request with such an event is refused whole.
    pub fn check(&self) -> Result<(), EventError> {
        let (id, name) = (self.id.clone(), self.name.clone());
        let bytes = self.bytes();
        if name.trim().is_empty() {
            Err(EventError::NoName { id })
        } else if id.is_empty() {
            Err(EventError::NoId { name })
        } else if name.starts_with("inngest/") {
            Err(EventError::ReservedName { id, name })
        } else if !self.data.get().trim_start().starts_with('{') {
            Err(EventError::NotAnObject { id })
        } else if bytes > MAX_EVENT_BYTES {
            Err(EventError::TooLarge { id, bytes })
        } else {
            Ok(())
        }
    }

    /// Its size as JSON.
    fn bytes(&self) -> usize {
        serde_json::to_vec(self).map_or(usize::MAX, |json| json.len())
    }
}

/// The events in as many requests as it takes, in order. Of several with one id only the first
/// is in them: the server would drop the others.
pub fn batches(events: &[OutgoingEvent]) -> Vec<Vec<&OutgoingEvent>> {
    let (mut batches, mut ids) = (Vec::new(), BTreeSet::new());
    let (mut batch, mut bytes) = (Vec::new(), 0);
    for event in events.iter().filter(|event| ids.insert(event.id.as_str())) {
        // And the comma.
        let more = event.bytes().saturating_add(1);
        if batch.len() == MAX_EVENTS || (bytes + more > MAX_REQUEST_BYTES && !batch.is_empty()) {
            batches.push(std::mem::take(&mut batch));
            bytes = 0;
        }
        batch.push(event);
        bytes += more;
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    fn event(id: &str, name: &str, data: &str) -> OutgoingEvent {
        OutgoingEvent {
            id: id.into(),
            name: name.into(),
            data: RawValue::from_string(data.to_owned()).unwrap(),
            ts: None,
        }
    }

    #[test]
    fn what_no_server_takes_is_named() {
        let said = |id, name, data| event(id, name, data).check().map_err(|e| e.to_string());
        assert_eq!(said("1", "a/b", " {}"), Ok(()));
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_EVENT_BYTES));
        for (id, name, data, words) in [
            ("", "a", "{}", "has no id"),
            ("1", " ", "{}", "has no name"),
            ("1", "inngest/function.failed", "{}", "the server's"),
            ("1", "a", "[{}]", "not a JSON object"),
            ("1", "a", large.as_str(), "at most 524288"),
        ] {
            let error = said(id, name, data).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn many_events_take_several_requests_and_repeats_none() {
        let mut events: Vec<_> = (0..=MAX_EVENTS)
            .map(|n| event(&n.to_string(), "a", "{}"))
            .collect();
        events.push(event("0", "a", "{}"));
        let sizes = |events: &[_]| batches(events).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes(&events), [MAX_EVENTS, 1]);
        assert!(sizes(&[]).is_empty());

        let half = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_EVENT_BYTES - 100));
        let large: Vec<_> = (0..20).map(|n| event(&n.to_string(), "a", &half)).collect();
        assert_eq!(sizes(&large), [16, 4]);
        assert_eq!(batches(&large)[1][0].id, "16");
    }
}
