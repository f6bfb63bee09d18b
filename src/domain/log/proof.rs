//! Proofs of RFC 6962, section 2.1: how they are made, and how they are checked (RFC 9162, sections 2.1.3.2 and 2.1.4.2).

use std::ops::Range;

use super::suite::{Hash, Suite};
use super::tree::{Subtrees, root};

/// Most hashes of a proof: one for each level of a tree of 2⁶³ leaves.
pub const PROOF_HASHES_MAX: usize = 63;

/// A proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Disproved {
    /// There is no such leaf, or no such older tree, in a tree of this size.
    #[error("is of a place that the tree does not have")]
    OutOfRange,
    /// It has more or fewer hashes than a proof between these sizes has.
    #[error("has too many or too few hashes")]
    WrongLength,
    /// It leads to another root: the leaf is not in this tree.
    #[error("leads to another root")]
    OtherRoot,
    /// It leads to another root of the older tree: this tree does not go on from that one.
    #[error("does not begin with the older tree: history was changed")]
    OtherPast,
}

/// The proof that the leaf with this index, from 0, is in the tree of the first `size` leaves; none where there is no such leaf.
///
/// # Errors
/// Those of the subtrees.
pub fn inclusion<S: Subtrees>(
    suite: Suite,
    subtrees: &mut S,
    index: u64,
    size: u64,
) -> Result<Option<Vec<Hash>>, S::Error> {
    if index >= size {
        return Ok(None);
    }
    let mut siblings = Vec::new();
    let mut node = 0..size;
    while let Some((left, right)) = halves(&node) {
        let (inside, sibling) = if index < right.start {
            (left, right)
        } else {
            (right, left)
        };
        siblings.push(sibling);
        node = inside;
    }
    roots(suite, subtrees, siblings).map(Some)
}

/// The proof that the tree of the first `new` leaves goes on from the tree of the first `old` leaves; none where that is larger.
///
/// # Errors
/// Those of the subtrees.
pub fn consistency<S: Subtrees>(
    suite: Suite,
    subtrees: &mut S,
    old: u64,
    new: u64,
) -> Result<Option<Vec<Hash>>, S::Error> {
    if old > new {
        return Ok(None);
    }
    if old == 0 || old == new {
        return Ok(Some(Vec::new()));
    }
    let mut nodes = Vec::new();
    let mut node = 0..new;
    while node.end != old {
        let Some((left, right)) = halves(&node) else {
            break;
        };
        let (inside, other) = if old <= right.start {
            (left, right)
        } else {
            (right, left)
        };
        nodes.push(other);
        node = inside;
    }
    // The older tree itself is known to whoever checks.
    if node.start > 0 {
        nodes.push(node);
    }
    roots(suite, subtrees, nodes).map(Some)
}

/// The roots of nodes that were found from the top down, from the bottom up.
fn roots<S: Subtrees>(suite: Suite, subtrees: &mut S, nodes: Vec<Range<u64>>) -> Result<Vec<Hash>, S::Error> {
    let upwards = nodes.into_iter().rev();
    upwards.map(|leaves| root(suite, subtrees, leaves)).collect()
}

/// The two halves of a node: the left one is the largest complete subtree that leaves something to the right one.
fn halves(node: &Range<u64>) -> Option<(Range<u64>, Range<u64>)> {
    let last = (node.end - node.start).checked_sub(1).filter(|last| *last > 0)?;
    let middle = node.start + (1 << last.ilog2());
    Some((node.start..middle, middle..node.end))
}

/// Checks that a leaf with this hash and index, from 0, is in the tree of this size and root.
///
/// # Errors
/// It is not proved.
pub fn check_inclusion(
    suite: Suite,
    (index, leaf): (u64, &Hash),
    (size, root): (u64, &Hash),
    proof: &[Hash],
) -> Result<(), Disproved> {
    if index >= size {
        return Err(Disproved::OutOfRange);
    }
    let (mut place, mut last) = (index, size - 1);
    let mut found = *leaf;
    for hash in proof {
        if last == 0 {
            return Err(Disproved::WrongLength);
        }
        if place & 1 == 1 || place == last {
            found = suite.node(hash, &found);
            while place & 1 == 0 && place != 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            found = suite.node(&found, hash);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    match (last, found == *root) {
        (0, true) => Ok(()),
        (0, false) => Err(Disproved::OtherRoot),
        _ => Err(Disproved::WrongLength),
    }
}

/// Checks that the tree of size and root `new` goes on from the tree of size and root `old`. Every tree goes on from the one
/// without leaves.
///
/// # Errors
/// It is not proved.
pub fn check_consistency(
    suite: Suite,
    (old, old_root): (u64, &Hash),
    (new, new_root): (u64, &Hash),
    proof: &[Hash],
) -> Result<(), Disproved> {
    if old > new {
        return Err(Disproved::OutOfRange);
    }
    if old == 0 || old == new {
        let same = old == 0 && *old_root == suite.empty() || old == new && old_root == new_root;
        return match (same, proof.is_empty()) {
            (true, true) => Ok(()),
            (true, false) => Err(Disproved::WrongLength),
            (false, _) => Err(Disproved::OtherPast),
        };
    }
    let known = old.is_power_of_two().then_some(old_root);
    let mut hashes = known.into_iter().chain(proof);
    let first = hashes.next().ok_or(Disproved::WrongLength)?;
    let skipped = (old - 1).trailing_ones();
    let (mut place, mut last) = ((old - 1) >> skipped, (new - 1) >> skipped);
    let (mut past, mut present) = (*first, *first);
    for hash in hashes {
        if last == 0 {
            return Err(Disproved::WrongLength);
        }
        if place & 1 == 1 || place == last {
            past = suite.node(hash, &past);
            present = suite.node(hash, &present);
            while place & 1 == 0 && place != 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            present = suite.node(&present, hash);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    if last != 0 {
        Err(Disproved::WrongLength)
    } else if past != *old_root {
        Err(Disproved::OtherPast)
    } else if present != *new_root {
        Err(Disproved::OtherRoot)
    } else {
        Ok(())
    }
}
