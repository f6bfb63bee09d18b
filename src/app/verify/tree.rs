//! The journal's Merkle tree, made again from the leaves, against what is stored of it and what was signed.

use std::collections::BTreeMap;

use super::Verdict;
use crate::app::log::checkpoint::{Checkpoint, CheckpointError};
use crate::app::log::key::Verifier;
use crate::domain::log::{Growth, Subtree};
use crate::domain::text::hex;
use crate::store::Reader;
use crate::store::load::LoadError;
use crate::store::log::{self, CheckpointRow, SubtreeRow};

/// The tree as it grows, and what it is to be held against.
pub(super) struct TreeCheck {
    growth: Growth,
    /// Whether a writer has opened the database since there are roots to store.
    is_born: bool,
    complete: Vec<Subtree>,
    stored: BTreeMap<(i64, i64), Vec<u8>>,
    /// By how many leaves they cover.
    checkpoints: BTreeMap<u64, Vec<CheckpointRow>>,
    keys: Vec<Verifier>,
}

impl TreeCheck {
    /// Reads what is stored and what was signed.
    pub(super) fn read(reader: &mut Reader) -> Result<TreeCheck, LoadError> {
        let suite = log::suite(reader)?;
        let is_born = log::log(reader)?.is_some();
        let mut stored = BTreeMap::new();
        log::each_subtree(reader, |SubtreeRow { height, number, root }| {
            stored.insert((height, number), root);
        })?;
        let mut checkpoints: BTreeMap<u64, Vec<CheckpointRow>> = BTreeMap::new();
        log::each_checkpoint(reader, |row| {
            checkpoints.entry(row.size.cast_unsigned()).or_default().push(row);
        })?;
        let keys = log::keys(reader)?;
        Ok(TreeCheck {
            growth: Growth::new(suite),
            is_born,
            complete: Vec::new(),
            stored,
            checkpoints,
            keys: keys.iter().filter_map(|row| row.vkey.parse().ok()).collect(),
        })
    }

    /// Adds the next leaf.
    pub(super) fn add(&mut self, body: &[u8], verdict: &mut Verdict) {
        self.growth.add(body, &mut self.complete);
        for subtree in self.complete.drain(..) {
            verdict.subtrees += 1;
            let row = SubtreeRow::from(subtree);
            let stored = self.stored.remove(&(row.height, row.number));
            let holds = stored.map_or(!self.is_born, |stored| stored == row.root);
            verdict.require(holds, "subtree_root", || {
                let Subtree { height, number, .. } = subtree;
                let (first, last) = ((number << height) + 1, (number + 1) << height);
                format!("the root stored for leaves {first} to {last} is not what they give")
            });
        }
        self.compare(verdict);
    }

    /// The checkpoints of as many leaves as there are now.
    fn compare(&mut self, verdict: &mut Verdict) {
        let Some(rows) = self.checkpoints.remove(&self.growth.size()) else {
            return;
        };
        let root = self.growth.root();
        for row in rows {
            verdict.checkpoints += 1;
            verdict.require(row.root == root, "checkpoint_root", || {
                let (size, id) = (row.size, row.id);
                format!("checkpoint {id} says of the first {size} leaves what they do not give: they were changed")
            });
            let opened = Checkpoint::open(&row.note, &self.keys).map(|(checkpoint, _, _)| checkpoint);
            let says = |found: &Checkpoint| found.size == row.size.cast_unsigned() && found.root.as_slice() == row.root;
            let holds = opened.as_ref().is_ok_and(says);
            verdict.require(holds, "checkpoint_note", || note_fault(&row, opened));
        }
    }

    /// What is left over when there are no more leaves.
    pub(super) fn end(mut self, verdict: &mut Verdict) {
        if self.growth.size() == 0 {
            self.compare(verdict);
        }
        verdict.root = hex(&self.growth.root());
        for row in self.checkpoints.into_values().flatten() {
            let (id, size) = (row.id, row.size);
            let leaves = self.growth.size();
            verdict.note(
                "checkpoint_beyond",
                format!("checkpoint {id} covers {size} leaves, there are {leaves}: some were taken away"),
            );
        }
        for (height, number) in self.stored.into_keys() {
            let detail = format!("there is a root of subtree {number} of 2^{height} leaves, and not its leaves");
            verdict.note("subtree_beyond", detail);
        }
    }
}

fn note_fault(row: &CheckpointRow, opened: Result<Checkpoint, CheckpointError>) -> String {
    let reason = opened.map_or_else(
        |error| error.to_string(),
        |_| "its note says another size or root than its row".to_owned(),
    );
    format!("checkpoint {}: {reason}", row.id)
}
