//! The integration tests: one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod exchange;
mod harness;
mod market_table;
mod oracle;
mod properties;
mod replay;
mod store;
mod tidy;
mod trace;
mod witness;
