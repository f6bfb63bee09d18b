//! The integration tests: one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod api;
mod approvals;
mod claims;
mod cli;
mod demo;
mod docs;
mod exchange;
mod harness;
mod identity;
mod kill;
mod life;
mod market_table;
mod marketdata;
mod metering;
mod oracle;
mod programmes;
mod properties;
mod reads;
mod recovery;
mod replay;
mod restart;
mod store;
mod storm;
mod tidy;
mod trace;
mod witness;
