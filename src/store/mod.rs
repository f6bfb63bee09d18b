//! The only SQL: one writer that appends, readers that load and ask. SQLite and PostgreSQL behind one path.
//!
//! The database is the only truth. A [`Writer`] puts a [`Batch`] of rows into it in one transaction; memory is rebuilt from the
//! `load` functions of the tables. Each table is one file; `dialect/` holds every difference between the back ends. There are
//! no foreign keys: the one writer is the engine, and checking each row again would cost as much as writing it.

pub mod account;
pub mod application;
pub mod approval;
pub mod audit;
pub mod bank_ref;
pub mod banking;
pub mod batch;
pub mod bid;
pub mod column;
pub mod command;
mod connection;
pub mod counter;
mod dialect;
pub mod dispute;
pub mod earnings;
pub mod entry;
pub mod facts;
pub mod fill;
mod funding;
pub mod history;
pub mod identity;
pub mod integrity;
pub mod journal;
pub mod lease;
pub mod life;
pub mod listing;
pub mod load;
pub mod log;
mod migrate;
pub mod office;
pub mod organisation;
pub mod papers;
pub mod programme;
mod projection;
#[macro_use]
pub mod read;
pub mod reference;
pub mod report;
pub mod schema;
pub mod sealed;
pub mod settlement;
pub mod sla;
pub mod state;
pub mod subsidy;
pub mod transfer;
pub mod usage;
pub mod user;
pub mod voucher;
pub mod webhook;
mod writer;

pub use connection::{ParseUrlError, Reader, Url};
pub use migrate::{SCHEMA_VERSION, migrate, wipe};
pub use projection::Place;
pub use writer::{Batch, CommitError, OpenError, Writer};
