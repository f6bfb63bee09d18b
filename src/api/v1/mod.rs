//! The endpoints, one file a noun.

pub mod alerts;
pub mod applications;
pub mod approvals;
pub mod audit;
pub mod auth;
pub mod bids;
pub mod catalogue;
pub mod claims;
pub mod disputes;
pub mod documents;
pub mod flags;
pub mod integrity;
pub mod leases;
pub mod ledger;
pub mod listings;
pub mod market;
pub mod money;
pub mod organisations;
pub mod programmes;
pub mod quotes;
pub mod recoveries;
pub mod redemptions;
pub mod reports;
pub mod treasuries;
pub mod usage;
pub mod users;
