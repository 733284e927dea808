//! Step ids: SHA-1 of what was written, repeats numbered.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use sha1::{Digest, Sha1};

use crate::hex;

/// The ids that one call has used so far.
#[derive(Default)]
pub(crate) struct Ids(BTreeMap<String, Use>);

enum Use {
    /// Written so many times.
    Written(u32),
    /// Taken by a repeat of another id.
    Repeat,
}

/// A step's place among the ids.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub hash: String,
    /// Which repeat of the id this is; none for its first use.
    pub index: Option<u32>,
}

impl Ids {
    /// The hash for the next step of that id: bare the first time, `id:1`, `id:2` after that.
    /// `Err` holds the id that an earlier step already stands under.
    pub(crate) fn next(&mut self, id: &str) -> Result<Named, String> {
        let index = match self.0.get_mut(id) {
            None => {
                self.0.insert(id.to_owned(), Use::Written(1));
                return Ok(Named {
                    hash: hash(id),
                    index: None,
                });
            }
            Some(Use::Repeat) => return Err(id.to_owned()),
            Some(Use::Written(count)) => {
                *count += 1;
                *count - 1
            }
        };
        let full = format!("{id}:{index}");
        let hash = hash(&full);
        match self.0.entry(full) {
            Entry::Occupied(taken) => Err(taken.key().clone()),
            Entry::Vacant(free) => {
                free.insert(Use::Repeat);
                Ok(Named {
                    hash,
                    index: Some(index),
                })
            }
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
        for (id, full, index) in [
            ("a", "a", None),
            ("a", "a:1", Some(1)),
            ("b", "b", None),
            ("a", "a:2", Some(2)),
        ] {
            let hash = hash(full);
            assert_eq!(ids.next(id), Ok(Named { hash, index }));
        }
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
