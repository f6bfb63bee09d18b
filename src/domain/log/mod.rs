//! The Merkle tree of the audit log (RFC 6962): hashes, roots, proofs and how they are checked. Pure; keys and notes are elsewhere.

mod growth;
mod proof;
mod suite;
mod tree;

pub use growth::{Growth, Subtree};
pub use proof::{Disproved, PROOF_HASHES_MAX, check_consistency, check_inclusion, consistency, inclusion};
pub use suite::{Hash, ParseSuiteError, Suite};
pub use tree::{FANOUT, Peaks, STEP, Subtrees, frontier, root};

#[cfg(test)]
mod tests;
