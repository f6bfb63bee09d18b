//! Entries kept in order, in blocks: an insertion moves at most one block, and a walk reads memory in sequence.

use std::fmt::Debug;

/// An entry with its place in the order.
pub(super) trait Ranked: Copy {
    /// What orders entries; unique.
    type Key: Ord + Copy + Debug;
    /// What is known of a block without looking at its entries.
    type Digest: Default + Debug;
    /// A full block is split in two.
    const BLOCK_MAX: usize;

    /// Its place.
    fn key(&self) -> Self::Key;

    /// Widens the digest of a block to hold for this entry too.
    fn widen(&self, digest: &mut Self::Digest);
}

/// Entries in the order of their keys.
#[derive(Debug)]
pub(super) struct Ranks<E: Ranked> {
    blocks: Vec<Block<E>>,
}

/// Neighbours in the order. A digest holds for all of them; after removals it may be wider than needed.
#[derive(Debug)]
pub(super) struct Block<E: Ranked> {
    /// No entry of this block or a later one is before this key, and all of the earlier blocks are.
    floor: E::Key,
    pub(super) entries: Vec<E>,
    pub(super) digest: E::Digest,
}

/// Where an entry lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Position {
    pub(super) block: usize,
    pub(super) at: usize,
}

impl<E: Ranked> Ranks<E> {
    pub(super) fn insert(&mut self, entry: E) {
        let key = entry.key();
        let Some(at) = self.block_of(key) else {
            self.blocks.push(block(vec![entry], key));
            return;
        };
        let block = &mut self.blocks[at];
        block.floor = block.floor.min(key);
        let place = block.entries.partition_point(|other| other.key() < key);
        block.entries.insert(place, entry);
        entry.widen(&mut block.digest);
        if block.entries.len() == E::BLOCK_MAX {
            self.split(at);
        }
    }

    pub(super) fn remove(&mut self, key: E::Key) -> Option<E> {
        let position = self.find(key)?;
        let block = &mut self.blocks[position.block];
        let entry = block.entries.remove(position.at);
        if block.entries.len() < E::BLOCK_MAX / 5 {
            self.join(position.block);
        }
        Some(entry)
    }

    /// Where the entry with this key lies.
    pub(super) fn find(&self, key: E::Key) -> Option<Position> {
        let block = self.block_of(key)?;
        let at = self.blocks[block]
            .entries
            .binary_search_by(|other| other.key().cmp(&key))
            .ok()?;
        Some(Position { block, at })
    }

    /// The first position after this key; it may be the end of a block.
    pub(super) fn after(&self, key: E::Key) -> Position {
        let block = self.block_of(key).unwrap_or(0);
        let at = self
            .blocks
            .get(block)
            .map_or(0, |block| block.entries.partition_point(|other| other.key() <= key));
        Position { block, at }
    }

    /// The block in which the entry with this key lies.
    pub(super) fn block_mut(&mut self, key: E::Key) -> Option<&mut Block<E>> {
        let position = self.find(key)?;
        self.blocks.get_mut(position.block)
    }

    pub(super) fn blocks(&self) -> &[Block<E>] {
        &self.blocks
    }

    /// The entry at a position, or the first one after it.
    pub(super) fn at(&self, position: &mut Position) -> Option<&E> {
        loop {
            let block = self.blocks.get(position.block)?;
            if let Some(entry) = block.entries.get(position.at) {
                return Some(entry);
            }
            *position = Position {
                block: position.block + 1,
                at: 0,
            };
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &E> {
        self.blocks.iter().flat_map(|block| &block.entries)
    }

    fn block_of(&self, key: E::Key) -> Option<usize> {
        let after = self.blocks.partition_point(|block| block.floor <= key);
        if self.blocks.is_empty() {
            None
        } else {
            Some(after.saturating_sub(1))
        }
    }

    fn split(&mut self, at: usize) {
        let full = &mut self.blocks[at];
        let upper = full.entries.split_off(E::BLOCK_MAX / 2);
        full.digest = digest(&full.entries);
        if let Some(first) = upper.first() {
            let floor = first.key();
            self.blocks.insert(at + 1, block(upper, floor));
        }
    }

    fn join(&mut self, at: usize) {
        if self.blocks[at].entries.is_empty() {
            self.blocks.remove(at);
            return;
        }
        let left = if at + 1 < self.blocks.len() {
            at
        } else {
            at.saturating_sub(1)
        };
        let together = |blocks: &[Block<E>]| blocks.iter().map(|block| block.entries.len()).sum::<usize>();
        let fits = self
            .blocks
            .get(left..left + 2)
            .is_some_and(|pair| together(pair) <= E::BLOCK_MAX / 2);
        if fits {
            let right = self.blocks.remove(left + 1);
            let block = &mut self.blocks[left];
            block.entries.extend(right.entries);
            block.digest = digest(&block.entries);
        }
    }
}

impl<E: Ranked> Default for Ranks<E> {
    fn default() -> Ranks<E> {
        Ranks { blocks: Vec::new() }
    }
}

fn block<E: Ranked>(mut entries: Vec<E>, floor: E::Key) -> Block<E> {
    entries.reserve_exact(E::BLOCK_MAX.saturating_sub(entries.len()));
    let digest = digest(&entries);
    Block { floor, entries, digest }
}

fn digest<E: Ranked>(entries: &[E]) -> E::Digest {
    let mut digest = E::Digest::default();
    for entry in entries {
        entry.widen(&mut digest);
    }
    digest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct Number(u8);

    impl Ranked for Number {
        type Key = u8;
        type Digest = u8;
        const BLOCK_MAX: usize = 6;

        fn key(&self) -> u8 {
            self.0
        }

        fn widen(&self, digest: &mut u8) {
            *digest = (*digest).max(self.0);
        }
    }

    proptest! {
        #[test]
        fn blocks_stay_in_order(steps in prop::collection::vec((any::<bool>(), 0_u8..60), 0..300), after in 0_u8..60) {
            let mut ranks = Ranks::default();
            let mut expected = std::collections::BTreeSet::new();
            for (insert, number) in steps {
                if !insert {
                    prop_assert_eq!(ranks.remove(number).is_some(), expected.remove(&number));
                } else if expected.insert(number) {
                    ranks.insert(Number(number));
                }
            }
            let found: Vec<u8> = ranks.iter().map(|number| number.0).collect();
            prop_assert_eq!(&found, &expected.iter().copied().collect::<Vec<_>>());
            for block in ranks.blocks() {
                prop_assert!(block.entries.iter().all(|number| number.0 <= block.digest && number.0 >= block.floor));
            }
            let next = expected.range(after + 1..).next().copied();
            prop_assert_eq!(ranks.at(&mut ranks.after(after)).map(|number| number.0), next);
        }
    }
}
