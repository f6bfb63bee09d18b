//! The integration tests: one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod agent;
mod api;
mod approvals;
mod banking;
mod claims;
mod cli;
mod demo;
mod docs;
mod exchange;
mod harness;
mod identity;
mod kill;
mod lease_life;
mod ledger_rows;
mod life;
mod log;
mod market_table;
mod marketdata;
mod metering;
mod month;
mod oracle;
mod papers;
mod programmes;
mod properties;
mod reads;
mod recovery;
mod replay;
mod restart;
mod settlement;
mod sla;
mod store;
mod storm;
mod tidy;
mod trace;
mod webhooks;
mod witness;
