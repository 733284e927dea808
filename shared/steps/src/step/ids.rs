//! Which place a step takes: repeats of an id are numbered.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::hash::Hash;

/// The ids that one call has used so far.
#[derive(Default)]
pub(crate) struct Ids(BTreeMap<Hash, Use>);

enum Use {
    /// Written so many times.
    Written(u32),
    /// Taken by a repeat of another id.
    Repeat,
}

/// A step's place among the ids.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub hash: Hash,
    /// Which repeat of the id this is; none for its first use.
    pub index: Option<u32>,
}

impl Ids {
    /// The hash for the next step of that id: bare the first time, `id:1`, `id:2` after that.
    /// `Err` holds the id that an earlier step already stands under.
    pub(crate) fn next(&mut self, id: &str) -> Result<Named, String> {
        let hash = Hash::of(id);
        let index = match self.0.entry(hash) {
            Entry::Vacant(free) => {
                free.insert(Use::Written(1));
                return Ok(Named { hash, index: None });
            }
            Entry::Occupied(mut used) => match used.get_mut() {
                Use::Repeat => return Err(id.to_owned()),
                Use::Written(count) => {
                    *count += 1;
                    *count - 1
                }
            },
        };
        let full = format!("{id}:{index}");
        let hash = Hash::of(&full);
        match self.0.entry(hash) {
            Entry::Occupied(_) => Err(full),
            Entry::Vacant(free) => {
                free.insert(Use::Repeat);
                let index = Some(index);
                Ok(Named { hash, index })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_are_numbered_from_one() {
        let mut ids = Ids::default();
        for (id, full, index) in [
            ("a", "a", None),
            ("a", "a:1", Some(1)),
            ("b", "b", None),
            ("a", "a:2", Some(2)),
        ] {
            let hash = Hash::of(full);
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
