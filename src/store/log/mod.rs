//! The audit log beside the journal: the roots that its tree is put together from, what was signed of it, and by whom.

mod grow;
mod read;

pub use grow::{Born, birth};
pub(crate) use grow::{grown, load, prepare};
pub use read::{
    LogTree, checkpoint_of, cosigned_size, cosigners, each_checkpoint, each_subtree, keys, last_witnessed,
    latest_checkpoint, log, page, size, suite,
};

use super::column::{Named, row};
use crate::domain::log::{Subtree, Suite};

row! {
    /// The log itself.
    pub struct LogRow in audit_log by (id) changing (origin) {
        /// 1.
        pub id: i64,
        /// Its algorithms, for ever.
        pub suite: Named<Suite>,
        /// What it is called in its checkpoints; none until the first one is signed.
        pub origin: Option<String>,
        /// When it was born, in microseconds.
        pub born_at: i64,
    }
}

row! {
    /// The root of a complete subtree.
    pub struct SubtreeRow in log_subtree by (height, number) {
        /// It has two to this many leaves.
        pub height: i64,
        /// Its place among those of its height, from 0.
        pub number: i64,
        /// Its root.
        pub root: Vec<u8>,
    }
}

row! {
    /// A signed checkpoint.
    pub struct CheckpointRow in log_checkpoint by (id) {
        /// Its place; without gaps from 1.
        pub id: i64,
        /// How many leaves it covers.
        pub size: i64,
        /// The root of their tree.
        pub root: Vec<u8>,
        /// When it was signed, in microseconds.
        pub at: i64,
        /// The signed note, with the log's own signatures.
        pub note: String,
    }
}

row! {
    /// What a witness has signed of a checkpoint.
    pub struct CosignatureRow in log_cosignature by (checkpoint, witness) {
        /// The checkpoint.
        pub checkpoint: i64,
        /// The witness's key, as it is published.
        pub witness: String,
        /// How many leaves the checkpoint covers.
        pub size: i64,
        /// When it came, in microseconds.
        pub at: i64,
        /// The signature line, with its line end.
        pub line: String,
    }
}

row! {
    /// The public half of a key that signs checkpoints.
    pub struct LogKeyRow in log_key by (vkey) changing (signs_until) {
        /// The key, as it is published.
        pub vkey: String,
        /// Since when it signs, in microseconds.
        pub signs_from: i64,
        /// Until when it did, in microseconds.
        pub signs_until: Option<i64>,
    }
}

impl From<Subtree> for SubtreeRow {
    fn from(subtree: Subtree) -> SubtreeRow {
        SubtreeRow {
            height: i64::from(subtree.height),
            number: subtree.number.cast_signed(),
            root: subtree.root.to_vec(),
        }
    }
}

/// What is written of the log besides what each commit adds to the tree.
#[derive(Debug, Clone, Default)]
pub struct LogRows {
    /// The log, where its origin is given now.
    pub logs: Vec<LogRow>,
    /// Checkpoints.
    pub checkpoints: Vec<CheckpointRow>,
    /// Cosignatures.
    pub cosignatures: Vec<CosignatureRow>,
    /// Keys.
    pub keys: Vec<LogKeyRow>,
}
