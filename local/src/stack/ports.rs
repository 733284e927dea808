//! Ports that two stacks on one machine never share.

use std::{
    fs::{File, OpenOptions, TryLockError},
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
};

/// First and last port tried: below Linux's ephemeral range (32768 and up), so that no outgoing
/// connection takes a port between choosing it and listening on it.
const RANGE: (u16, u16) = (21_000, 29_999);

/// A port that is ours while this value lives: a lock on a file named after it keeps other stacks
/// of the same user away, also between a service's crash and its restart.
#[derive(Debug)]
pub struct Port {
    number: u16,
    _lock: File,
}

/// No port could be had.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// The folder of lock files is not usable.
    #[error("cannot use the folder of port locks {folder}: {source}")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Every port of the range is taken.
    #[error("no free port between {} and {}", RANGE.0, RANGE.1)]
    Exhausted,
}

impl Port {
    /// A free port, `preferred` first.
    ///
    /// # Errors
    /// When the lock folder is not writable or no port is free.
    pub fn claim(preferred: Option<u16>) -> Result<Self, PortError> {
        let folder =
            std::env::temp_dir().join(format!("itemsmith-ports-{}", nix::unistd::getuid()));
        std::fs::create_dir_all(&folder).map_err(|source| PortError::Folder {
            folder: folder.clone(),
            source,
        })?;
        // Stacks that start together begin in different places.
        let span = u32::from(RANGE.1 - RANGE.0);
        let start = (std::process::id().wrapping_mul(97)) % span;
        let spread = (0..span).map(|i| RANGE.0 + u16::try_from((start + i) % span).unwrap_or(0));
        for number in preferred.into_iter().chain(spread) {
            let path = folder.join(number.to_string());
            let lock = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path);
            let lock = lock.map_err(|source| PortError::Folder {
                folder: path,
                source,
            })?;
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock | TryLockError::Error(_)) => continue,
            }
            if TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_ok() {
                return Ok(Self {
                    number,
                    _lock: lock,
                });
            }
        }
        Err(PortError::Exhausted)
    }

    /// The port number.
    #[must_use]
    pub const fn number(&self) -> u16 {
        self.number
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.number)
    }

    /// `127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::Port;

    #[test]
    fn two_claims_never_share_a_port_even_when_nobody_listens() {
        let first = Port::claim(None).expect("a port");
        let second = Port::claim(Some(first.number())).expect("another port");
        assert_ne!(first.number(), second.number());
    }
}
