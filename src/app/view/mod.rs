//! What the API shows of each noun.

pub mod account;
pub mod application;
pub mod bid;
pub mod catalogue;
pub mod contract;
pub mod evaluation;
pub mod event;
pub mod fill;
pub mod lease;
pub mod life;
pub mod listing;
pub mod organisation;
pub mod outage;
pub mod programme;
pub mod settlement;
pub mod transfer;
pub mod treasury;
pub mod trial_balance;
pub mod usage;
pub mod voucher;
