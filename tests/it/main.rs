//! The integration tests: one binary.

mod cli;
mod harness;
mod kill;
mod oracle;
mod store;
mod tidy;
mod trace;
