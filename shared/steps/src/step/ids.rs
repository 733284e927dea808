//! Step ids: SHA-1 of what was written, repeats numbered.

use std::collections::{BTreeMap, BTreeSet};

use sha1::{Digest, Sha1};

use crate::hex;

/// The ids that one call has used so far.
#[derive(Default)]
pub(crate) struct Ids {
    written: BTreeMap<String, u32>,
    taken: BTreeSet<String>,
}

impl Ids {
    /// The hash for the next step of that id: bare the first time, `id:1`, `id:2` after that.
    /// `Err` holds the id that an earlier step already stands under.
    pub(crate) fn next(&mut self, id: &str) -> Result<String, String> {
        let count = self.written.entry(id.to_owned()).or_default();
        let full = if *count == 0 {
            id.to_owned()
        } else {
            format!("{id}:{count}")
        };
        *count += 1;
        let hash = hash(&full);
        if self.taken.insert(full.clone()) {
            Ok(hash)
        } else {
            Err(full)
        }
    }
}

/// Hex SHA-1 of a step's full id.
pub(crate) fn hash(full_id: &str) -> String {
    hex::encode(&Sha1::digest(full_id.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_hashed_as_every_sdk_does() {
        assert_eq!(hash("first"), "e0996a37c13d44c3b06074939d43fa3759bd32c1");
        assert_eq!(
            hash("my-step-id"),
            "e7d8a2f140845095749d60246ff1110c9d01d76a"
        );
    }

    #[test]
    fn repeats_are_numbered_from_one() {
        let mut ids = Ids::default();
        assert_eq!(ids.next("a"), Ok(hash("a")));
        assert_eq!(ids.next("a"), Ok(hash("a:1")));
        assert_eq!(ids.next("b"), Ok(hash("b")));
        assert_eq!(ids.next("a"), Ok(hash("a:2")));
    }

    #[test]
    fn a_written_id_never_shares_a_place_with_a_repeat() {
        let mut ids = Ids::default();
        assert!(ids.next("a").is_ok() && ids.next("a:1").is_ok());
        assert_eq!(ids.next("a"), Err("a:1".to_owned()));

        let mut ids = Ids::default();
        assert!(ids.next("a").is_ok() && ids.next("a").is_ok());
        assert_eq!(ids.next("a:1"), Err("a:1".to_owned()));
    }
}
