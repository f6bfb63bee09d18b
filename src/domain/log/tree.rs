//! Roots from the roots of complete subtrees.

use std::ops::Range;

use super::suite::{Hash, Suite};

/// How many levels lie between two whose roots are kept.
pub const STEP: u32 = 8;
/// How many complete subtrees of one kept level make one of the next: two to the [`STEP`].
pub const FANOUT: u64 = 1 << STEP;
/// The highest level whose roots may be kept.
const HIGHEST: u32 = 56;

/// The roots of complete subtrees from left to right, each higher than the next: all that a root and what is added later
/// depend on.
#[derive(Debug, Clone)]
pub struct Peaks {
    suite: Suite,
    peaks: Vec<(u32, Hash)>,
}

impl Peaks {
    /// Of no leaves.
    pub fn new(suite: Suite) -> Peaks {
        Peaks {
            suite,
            peaks: Vec::new(),
        }
    }

    /// Those that somebody has kept: heights and roots from left to right, each higher than the next. None where they are not.
    pub fn resumed(suite: Suite, peaks: Vec<(u32, Hash)>) -> Option<Peaks> {
        let falling = peaks.iter().zip(peaks.iter().skip(1)).all(|(one, next)| one.0 > next.0);
        let within = peaks.first().is_none_or(|(height, _)| *height < u64::BITS);
        (falling && within).then_some(Peaks { suite, peaks })
    }

    /// Heights and roots from left to right: with them and the leaves after them another goes on.
    pub fn parts(&self) -> &[(u32, Hash)] {
        &self.peaks
    }

    /// How many leaves they have.
    pub fn size(&self) -> u64 {
        self.peaks.iter().map(|(height, _)| 1 << height).sum()
    }

    /// Adds a complete subtree of two to the `height` leaves. It must begin at a multiple of its own size, counted from the first
    /// leaf that was added.
    pub fn push(&mut self, height: u32, root: Hash) {
        let (mut height, mut root) = (height, root);
        while let Some((_, left)) = self.peaks.pop_if(|(peak, _)| *peak == height) {
            root = self.suite.node(&left, &root);
            height += 1;
        }
        self.peaks.push((height, root));
    }

    /// The root of the tree of all leaves.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev().map(|(_, root)| *root);
        let Some(last) = peaks.next() else {
            return self.suite.empty();
        };
        peaks.fold(last, |right, left| self.suite.node(&left, &right))
    }
}

/// Where the roots of complete subtrees of 2⁰, 2⁸, 2¹⁶, … leaves are known.
pub trait Subtrees {
    /// Why they are not.
    type Error;

    /// The roots of `count` complete subtrees of two to the `height` leaves, from the one with the number `first` on; `height` is a
    /// multiple of [`STEP`], and all of them are of one subtree of the next kept level.
    ///
    /// # Errors
    /// They are not known.
    fn roots(&mut self, height: u32, first: u64, count: u64) -> Result<Vec<Hash>, Self::Error>;
}

/// The root of the tree of some leaves, by place from 0. They must begin at a multiple of the smallest power of two that is not
/// smaller than their number, as those of every node of a tree do.
///
/// # Errors
/// Those of the subtrees.
pub fn root<S: Subtrees>(suite: Suite, subtrees: &mut S, leaves: Range<u64>) -> Result<Hash, S::Error> {
    frontier(suite, subtrees, leaves).map(|peaks| peaks.root())
}

/// The peaks of the tree of some leaves, by place from 0, under the same condition as [`root`].
///
/// # Errors
/// Those of the subtrees.
pub fn frontier<S: Subtrees>(suite: Suite, subtrees: &mut S, leaves: Range<u64>) -> Result<Peaks, S::Error> {
    let mut peaks = Peaks::new(suite);
    let mut next = leaves.start;
    let mut height = HIGHEST;
    loop {
        let count = leaves.end.saturating_sub(next) >> height;
        if count > 0 {
            for root in subtrees.roots(height, next >> height, count)? {
                peaks.push(height, root);
            }
            next += count << height;
        }
        if height == 0 {
            return Ok(peaks);
        }
        height -= STEP;
    }
}
