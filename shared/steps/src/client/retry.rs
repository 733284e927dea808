//! What to do about what came back: done, again, or given up.

use std::time::Duration;

use super::{OutgoingEvent, SendError, batches, event_request, parse_event_response};
use crate::config::Config;
use crate::http::{FetchError, HttpResponse};
use crate::serve::Host;

/// How often a request is made at most.
const ATTEMPTS: u32 = 5;
/// The wait before the second attempt; it doubles from there.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// No attempt is begun after so long: who sends has other things to do, and whatever keeps the
/// events sends them later.
const PATIENCE: Duration = Duration::from_secs(10);

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing: the events have these ids on the server.
    Sent(Vec<String>),
    /// The same request again, after this long. The events' ids keep it from making them two.
    Again {
        /// The wait.
        after: Duration,
    },
    /// Nothing: it cannot be, or not now.
    GivenUp(SendError),
}

/// Judges what a request for these events came to: its `attempt`, from 1, ended `elapsed` after
/// the first one began.
pub fn next(
    config: &Config,
    events: &[&OutgoingEvent],
    attempt: u32,
    elapsed: Duration,
    outcome: Result<HttpResponse, FetchError>,
) -> Next {
    let outcome = outcome.map_err(SendError::Unreachable);
    let error = match outcome.and_then(|response| parse_event_response(config, &response)) {
        Ok(ids) => return Next::Sent(ids),
        Err(error) => error,
    };
    let wait = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
    if !error.retryable() || attempt >= ATTEMPTS || elapsed + wait > PATIENCE {
        return Next::GivenUp(error);
    }
    let after = wait + jitter(events);
    Next::Again { after }
}

/// Up to the first wait, told by what is sent: whoever failed together comes back apart.
fn jitter(events: &[&OutgoingEvent]) -> Duration {
    let first = events.first().map_or("", |event| event.id.as_str());
    // FNV-1a.
    let hash = first.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    FIRST_WAIT * (hash >> 16) / 0x1_0000
}

/// Sends events, in as many requests as it takes, and each of those as often as [`next`] says.
/// Gives the ids that the server knows them by, in order.
///
/// # Errors
/// A request that was given up. Those before it are done; sending all of them again is harmless.
pub async fn send(
    host: &impl Host,
    config: &Config,
    events: &[OutgoingEvent],
) -> Result<Vec<String>, SendError> {
    for event in events {
        event.check()?;
    }
    let mut ids = Vec::with_capacity(events.len());
    for batch in batches(events) {
        let began = host.unix_millis();
        let mut attempt = 1;
        loop {
            let outcome = host.fetch(event_request(config, &batch)).await;
            let elapsed = Duration::from_millis(host.unix_millis().saturating_sub(began));
            match next(config, &batch, attempt, elapsed, outcome) {
                Next::Sent(more) => break ids.extend(more),
                Next::GivenUp(error) => return Err(error),
                Next::Again { after } => host.sleep(after).await,
            }
            attempt += 1;
        }
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::VecDeque;

    use serde_json::value::RawValue;

    use super::*;
    use crate::client::EventError;
    use crate::config::Settings;
    use crate::http::{Headers, HttpRequest};

    /// Answers from a list; time goes by only in its sleep.
    #[derive(Default)]
    struct Server {
        answers: RefCell<VecDeque<Option<(u16, &'static str)>>>,
        bodies: RefCell<Vec<Vec<u8>>>,
        slept: RefCell<Vec<Duration>>,
    }

    impl Host for Server {
        async fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
            self.bodies.borrow_mut().push(request.body);
            let answer = self.answers.borrow_mut().pop_front().flatten();
            let (status, body) = answer.ok_or_else(|| FetchError("refused".into()))?;
            Ok(HttpResponse {
                status,
                headers: Headers::new(),
                body: body.into(),
            })
        }

        fn unix_seconds(&self) -> u64 {
            self.unix_millis() / 1000
        }

        fn unix_millis(&self) -> u64 {
            let slept: Duration = self.slept.borrow().iter().sum();
            u64::try_from(slept.as_millis()).unwrap()
        }

        async fn sleep(&self, duration: Duration) {
            self.slept.borrow_mut().push(duration);
        }
    }

    const OK: Option<(u16, &str)> = Some((200, r#"{"ids":["x"],"status":200}"#));

    fn config() -> Config {
        Config::new(Settings::default()).unwrap()
    }

    fn event(id: &str) -> OutgoingEvent {
        OutgoingEvent {
            id: id.into(),
            name: "a/b".into(),
            data: RawValue::from_string("{}".to_owned()).unwrap(),
            ts: None,
        }
    }

    fn sent(
        answers: impl IntoIterator<Item = Option<(u16, &'static str)>>,
    ) -> (Result<Vec<String>, SendError>, Server) {
        let server = Server::default();
        server.answers.borrow_mut().extend(answers);
        let sent = pollster::block_on(send(&server, &config(), &[event("1")]));
        (sent, server)
    }

    #[test]
    fn what_may_pass_is_tried_again_with_the_very_same_events() {
        let (ids, server) = sent([None, Some((503, "<html>")), Some((429, "")), OK]);
        assert_eq!(ids.unwrap(), ["x"]);
        let bodies = server.bodies.borrow();
        assert_eq!(bodies.len(), 4);
        assert!(bodies.iter().all(|body| *body == bodies[0]));
        let slept = server.slept.borrow();
        for (wait, least) in slept.iter().zip([100, 200, 400]) {
            let least = Duration::from_millis(least);
            assert!((least..least + FIRST_WAIT).contains(wait), "{wait:?}");
        }
    }

    #[test]
    fn it_is_given_up_after_five_attempts_or_at_a_refusal() {
        let (error, server) = sent([]);
        assert_eq!(server.bodies.borrow().len(), 5);
        assert!(matches!(error, Err(SendError::Unreachable(_))));

        let (error, server) = sent([Some((401, "{}"))]);
        assert_eq!(server.bodies.borrow().len(), 1);
        let said = error.unwrap_err().to_string();
        assert!(said.contains("INNGEST_EVENT_KEY"), "{said}");
    }

    #[test]
    fn an_attempt_that_took_too_long_is_the_last() {
        let (events, lost) = ([&event("1")], || Err(FetchError("timeout".into())));
        let after = |elapsed| next(&config(), &events, 1, elapsed, lost());
        assert!(matches!(after(Duration::from_secs(9)), Next::Again { .. }));
        assert!(matches!(after(Duration::from_secs(10)), Next::GivenUp(_)));
    }

    #[test]
    fn nothing_is_sent_when_one_event_cannot_be() {
        let server = Server::default();
        let mut reserved = event("2");
        reserved.name = "inngest/x".into();
        let events = [event("1"), reserved];
        let error = pollster::block_on(send(&server, &config(), &events)).unwrap_err();
        assert!(matches!(
            &error,
            SendError::Event(EventError::ReservedName { .. })
        ));
        assert!(!error.retryable() && server.bodies.borrow().is_empty());
    }
}
