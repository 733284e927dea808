//! What parent and child say to each other: a length (4 bytes, little-endian), then JSON.

use std::io::{self, Read, Write};

use itemsmith_domain::Seed;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Longest message either side accepts, in bytes: 256 items of the largest size would not fit, but
/// then [`super::engine`] has given up on the output long before.
pub(crate) const MAX_MESSAGE: usize = 64 * 1024 * 1024;

/// What the child is asked: run the module's default export once per seed, twice over.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Job {
    /// The template as JavaScript.
    pub(crate) script: String,
    /// The modules it may import: specifier and JavaScript.
    pub(crate) modules: Vec<(String, String)>,
    pub(crate) seeds: Vec<Seed>,
    /// Whether to run everything again in a fresh context, in reverse order, and compare.
    pub(crate) twice: bool,
}

/// What the child found.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    /// One per seed that was run, in the job's order.
    pub(crate) runs: Vec<SeedRun>,
    /// What stopped the job, or kept the module from loading.
    pub(crate) fault: Option<Fault>,
}

/// One seed's outcome.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SeedRun {
    pub(crate) seed: Seed,
    /// The item as pretty JSON ending in a newline, when there is one.
    pub(crate) text: Option<String>,
    pub(crate) fault: Option<Fault>,
}

/// Something wrong with the template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Fault {
    pub(crate) rule: FaultRule,
    pub(crate) message: String,
    /// 1-based line and column in the template; 0 when unknown.
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// Which promise the template broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FaultRule {
    Throws,
    NotSerialisable,
    NotDeterministic,
    TimeLimit,
    MemoryLimit,
    OutputLimit,
    EngineCrash,
}

impl FaultRule {
    /// The rule id in findings.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Throws => "throws",
            Self::NotSerialisable => "not-serialisable",
            Self::NotDeterministic => "not-deterministic",
            Self::TimeLimit => "time-limit",
            Self::MemoryLimit => "memory-limit",
            Self::OutputLimit => "output-limit",
            Self::EngineCrash => "engine-crash",
        }
    }
}

/// The bytes of a message.
pub(crate) fn encode(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 4];
    serde_json::to_writer(&mut bytes, message)?;
    let length = u32::try_from(bytes.len() - 4)
        .ok()
        .filter(|n| *n as usize <= MAX_MESSAGE);
    let length = length.ok_or_else(|| io::Error::other("a message is too long"))?;
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    Ok(bytes)
}

/// The next message; `None` at the end of the stream.
pub(crate) fn read<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_MESSAGE {
        return Err(io::Error::other("a message is too long"));
    }
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes)?;
    Ok(Some(serde_json::from_slice(&bytes)?))
}

/// Writes one message.
pub(crate) fn write(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    to.write_all(&encode(message)?)?;
    to.flush()
}
