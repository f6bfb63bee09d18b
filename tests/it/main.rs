//! The integration tests: one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod cli;
mod docs;
mod harness;
mod kill;
mod oracle;
mod restart;
mod store;
mod tidy;
mod trace;
