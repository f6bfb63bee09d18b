//! Pure verbs over the domain: the exchange as a deterministic state machine.

pub mod matching;
