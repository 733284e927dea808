//! The points of a run at which something can be killed, and which of them one test run visits.

use std::fmt;

/// When, relative to one message and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The message was sent and has not arrived. If its sender dies, it never left.
    Sent,
    /// It arrived and was dealt with; the answer has not come back.
    Answered,
}

/// The message with this number, and when; numbers start at 1 with each run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Which message.
    pub message: usize,
    /// When.
    pub moment: Moment,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = match self.moment {
            Moment::Sent => "before it arrives",
            Moment::Answered => "before its answer comes back",
        };
        write!(f, "message {}, {when}", self.message)
    }
}

/// Whether this test run is to visit every point: `cargo itemsmith test --long`, or
/// `ITEMSMITH_EVERY_POINT=1`. Its databases are durable as well. A killed process loses nothing
/// that the system already has, so fsync changes no outcome here; but a restart then flushes every
/// file of the cluster, which takes seconds.
#[must_use]
pub fn thorough() -> bool {
    std::env::var_os("ITEMSMITH_EVERY_POINT").is_some_and(|value| value == "1")
}

/// Both moments of each of `messages` messages: all of them, or about `most` at even distances
/// from an offset that is another every time and is printed.
#[must_use]
pub fn every(what: &str, messages: usize, most: usize) -> Vec<Point> {
    let all = (1..=messages).flat_map(|message| {
        [Moment::Sent, Moment::Answered].map(|moment| Point { message, moment })
    });
    let count = 2 * messages;
    let stride = if thorough() { 1 } else { count.div_ceil(most) };
    let offset = offset(stride);
    println!(
        "{what}: {messages} messages, every {stride} of {count} points from {offset} \
         (ITEMSMITH_POINT_OFFSET={offset} repeats it)"
    );
    all.skip(offset).step_by(stride).collect()
}

fn offset(stride: usize) -> usize {
    let given = std::env::var("ITEMSMITH_POINT_OFFSET").ok();
    let drawn = || {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| since.subsec_nanos() as usize / 1000)
    };
    given
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(drawn)
        % stride
}
