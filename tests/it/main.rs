//! The integration tests: one binary.

mod harness;
mod oracle;
mod store;
mod tidy;
mod trace;
