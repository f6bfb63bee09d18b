//! A tree that grows, and the roots that are worth keeping on the way.

use super::suite::{Hash, Suite};
use super::tree::{FANOUT, Peaks, STEP};

/// The root of a complete subtree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subtree {
    /// It has two to this many leaves; a multiple of [`STEP`], and not 0.
    pub height: u32,
    /// Its place among those of its height, from 0.
    pub number: u64,
    /// Its root.
    pub root: Hash,
}

/// A tree that grows by leaves. It remembers, of each kept level, the roots that are in no complete subtree of the next one: 255
/// of each at most, whatever its size.
#[derive(Debug, Clone)]
pub struct Growth {
    suite: Suite,
    size: u64,
    levels: Vec<Vec<Hash>>,
}

impl Growth {
    /// A tree without leaves.
    pub fn new(suite: Suite) -> Growth {
        Growth::resumed(suite, 0, Vec::new())
    }

    /// A tree of `size` leaves. `levels` holds, from the leaves upwards, the roots of each kept level that are in no complete subtree
    /// of the next one.
    pub fn resumed(suite: Suite, size: u64, levels: Vec<Vec<Hash>>) -> Growth {
        Growth { suite, size, levels }
    }

    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// What it is hashed with.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// Adds the leaf with these bytes; the roots of kept levels that are complete with it go into `complete`, the lower ones first.
    pub fn add(&mut self, body: &[u8], complete: &mut Vec<Subtree>) {
        self.size += 1;
        let mut root = self.suite.leaf(body);
        let mut height = 0;
        for place in 0.. {
            if self.levels.len() == place {
                self.levels.push(Vec::new());
            }
            let level = &mut self.levels[place];
            level.push(root);
            if u64::try_from(level.len()).is_ok_and(|count| count < FANOUT) {
                return;
            }
            let mut peaks = Peaks::new(self.suite);
            level.drain(..).for_each(|root| peaks.push(0, root));
            root = peaks.root();
            height += STEP;
            let number = (self.size >> height) - 1;
            complete.push(Subtree { height, number, root });
        }
    }

    /// The root of all its leaves.
    pub fn root(&self) -> Hash {
        let mut peaks = Peaks::new(self.suite);
        let heights = (0_u32..).step_by(8);
        let levels: Vec<(u32, &Vec<Hash>)> = heights.zip(&self.levels).collect();
        for (height, level) in levels.into_iter().rev() {
            level.iter().for_each(|root| peaks.push(height, *root));
        }
        peaks.root()
    }
}
