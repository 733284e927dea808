//! Counts what passes between the engine and Postgres: statements, and bytes both ways.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    task::JoinSet,
};

/// What passed.
#[derive(Debug, Default)]
pub struct Counts {
    statements: AtomicU64,
    bytes: AtomicU64,
}

impl Counts {
    /// Statements and bytes so far.
    pub fn now(&self) -> (u64, u64) {
        (self.statements.load(Relaxed), self.bytes.load(Relaxed))
    }
}

/// Passes connections on to `target`, counting, for as long as the task lives.
pub async fn pass(listener: TcpListener, target: String, counts: Arc<Counts>) {
    let mut connections = JoinSet::new();
    while let Ok((engine, _)) = listener.accept().await {
        let (target, counts) = (target.clone(), Arc::clone(&counts));
        connections.spawn(async move {
            let Ok(postgres) = TcpStream::connect(target).await else {
                return;
            };
            let _ = (engine.set_nodelay(true), postgres.set_nodelay(true));
            let (from_engine, to_engine) = engine.into_split();
            let (from_postgres, to_postgres) = postgres.into_split();
            tokio::join!(
                copy(from_engine, to_postgres, &counts, Some(Messages::default())),
                copy(from_postgres, to_engine, &counts, None),
            );
        });
    }
}

async fn copy(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    counts: &Counts,
    mut messages: Option<Messages>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let bytes = &buffer[..read];
        counts.bytes.fetch_add(read as u64, Relaxed);
        if let Some(messages) = &mut messages {
            counts
                .statements
                .fetch_add(messages.statements(bytes), Relaxed);
        }
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}

/// Finds the messages in the client's side of a Postgres connection. Each has a type byte and its
/// length; the first, which opens the connection, has no type.
#[derive(Default)]
struct Messages {
    begun: bool,
    header: Vec<u8>,
    skip: usize,
}

impl Messages {
    /// How many messages in these bytes execute a statement.
    fn statements(&mut self, mut bytes: &[u8]) -> u64 {
        let mut found = 0;
        while !bytes.is_empty() {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = &bytes[skipped..];
            let size = if self.begun { 5 } else { 4 };
            while self.skip == 0 && self.header.len() < size {
                let Some((first, rest)) = bytes.split_first() else {
                    return found;
                };
                self.header.push(*first);
                bytes = rest;
            }
            if self.header.len() < size {
                continue;
            }
            // `Execute` of the extended protocol, `Query` of the simple one.
            found += u64::from(self.begun && matches!(self.header[0], b'E' | b'Q'));
            let length: [u8; 4] = self.header[size - 4..].try_into().unwrap_or_default();
            // The length counts itself.
            self.skip = (u32::from_be_bytes(length) as usize).saturating_sub(4);
            self.begun = true;
            self.header.clear();
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::Messages;

    #[test]
    fn statements_are_found_however_the_bytes_are_cut() {
        let mut stream = vec![0, 0, 0, 8, 1, 2, 3, 4];
        for (kind, body) in [(b'P', "EEE"), (b'E', "Q"), (b'S', ""), (b'Q', "select 1\0")] {
            stream.push(kind);
            stream.extend(u32::try_from(body.len() + 4).unwrap().to_be_bytes());
            stream.extend(body.as_bytes());
        }
        for size in 1..=stream.len() {
            let mut messages = Messages::default();
            let found: u64 = stream
                .chunks(size)
                .map(|cut| messages.statements(cut))
                .sum();
            assert_eq!(found, 2, "cut every {size}");
        }
    }
}
