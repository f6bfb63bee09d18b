//! The audit log for those who do not trust us: signed checkpoints of the journal's tree, proofs of it, and witnesses.

pub mod checkpoint;
pub mod client;
pub mod keeper;
pub mod key;
pub mod note;
pub mod ring;
pub mod saved;
pub mod sealer;
pub mod view;
pub mod witness;
