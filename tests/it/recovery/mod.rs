//! Subsidies that are taken back, and what stands beside the journal: documents and personal data.

mod documents;
mod engine;
mod order;
mod sealed;
mod stored;
pub mod town;
