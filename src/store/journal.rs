//! The journal: events without gaps, each batch of them chained by hash to all before.

use sha2::{Digest, Sha256};

use super::batch::BatchRow;
use super::column::row;

row! {
    /// An event: a leaf of the audit log.
    pub struct JournalRow in journal by (seq) {
        /// Its place; without gaps from 1.
        pub seq: i64,
        /// The command that brought it about.
        pub command_seq: i64,
        /// Which event.
        pub kind: String,
        /// The exact bytes of the leaf.
        pub body: Vec<u8>,
    }
}

/// The last event, and the hash of all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    /// The last event's place; 0 before the first.
    pub seq: i64,
    /// The hash of the last batch; zeros before the first.
    pub hash: [u8; 32],
}

/// Events that do not follow the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("event {found} comes where {expected} was expected")]
pub struct Gap {
    /// The place that is next.
    pub expected: i64,
    /// The place found.
    pub found: i64,
}

/// The hash of a batch in the making: SHA-256 of the hash before it and, for each leaf, its length in four bytes, big end
/// first, and its bytes.
pub struct Chain(Sha256);

impl Chain {
    /// A batch that follows the one with the hash `previous`.
    pub fn after(previous: &[u8]) -> Chain {
        Chain(Sha256::new_with_prefix(previous))
    }

    /// Adds the next leaf.
    pub fn add(&mut self, leaf: &[u8]) {
        // A leaf of 4 GiB cannot be stored in the first place.
        let length = u32::try_from(leaf.len()).unwrap_or(u32::MAX);
        self.0.update(length.to_be_bytes());
        self.0.update(leaf);
    }

    /// The batch's hash.
    pub fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// The hash of a batch of these leaves.
pub fn batch_hash<'a>(previous: &[u8; 32], leaves: impl IntoIterator<Item = &'a [u8]>) -> [u8; 32] {
    let mut chain = Chain::after(previous);
    leaves.into_iter().for_each(|leaf| chain.add(leaf));
    chain.finish()
}

impl Head {
    /// The head after `rows`, and the batch row that says so; none if there are no rows.
    pub fn chain(&self, rows: &[JournalRow]) -> Result<Option<(Head, BatchRow)>, Gap> {
        let Some(last) = rows.last() else {
            return Ok(None);
        };
        for (expected, row) in (self.seq + 1..).zip(rows) {
            if row.seq != expected {
                return Err(Gap {
                    expected,
                    found: row.seq,
                });
            }
        }
        let hash = batch_hash(&self.hash, rows.iter().map(|row| row.body.as_slice()));
        let row = BatchRow {
            last_seq: last.seq,
            first_seq: self.seq + 1,
            events: last.seq - self.seq,
            hash: hash.to_vec(),
        };
        Ok(Some((Head { seq: last.seq, hash }, row)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::hex;

    fn leaf(seq: i64, body: &str) -> JournalRow {
        JournalRow {
            seq,
            command_seq: 1,
            kind: "test".to_owned(),
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn the_chain_commits_to_every_leaf_and_its_length() {
        // (head -c 32 /dev/zero; printf '\0\0\0\002ab\0\0\0\001c') | sha256sum
        let hash = batch_hash(&[0; 32], [b"ab".as_slice(), b"c"]);
        assert_eq!(
            hex(&hash),
            "237fbdced7183988f8d7d816550be592f1f6f7986536d9f12845a6259804e49a"
        );
        assert_ne!(hash, batch_hash(&[0; 32], [b"a".as_slice(), b"bc"]));
        assert_ne!(hash, batch_hash(&[1; 32], [b"ab".as_slice(), b"c"]));
    }

    #[test]
    fn a_chain_has_no_gaps() {
        let start = Head::default();
        assert_eq!(start.chain(&[]), Ok(None));
        let (next, row) = start.chain(&[leaf(1, "a"), leaf(2, "b")]).unwrap().unwrap();
        assert_eq!((next.seq, row.first_seq, row.last_seq, row.events), (2, 1, 2, 2));
        assert_eq!(row.hash, next.hash);
        assert_eq!(next.chain(&[leaf(4, "d")]), Err(Gap { expected: 3, found: 4 }));
        assert_eq!(
            start.chain(&[leaf(1, "a"), leaf(1, "b")]),
            Err(Gap { expected: 2, found: 1 })
        );
    }
}
