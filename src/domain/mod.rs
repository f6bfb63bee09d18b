//! Pure values: the nouns of the exchange, their units and their rounding. No I/O, clock, randomness or float.

pub mod accelerator;
pub mod account;
pub mod approval;
pub mod bid;
pub mod code;
pub mod credential;
pub mod id;
pub mod lease;
pub mod listing;
pub mod money;
pub mod organisation;
pub mod programme;
pub mod rate;
pub mod rounding;
pub mod secret;
pub mod site;
pub mod terms;
pub mod text;
pub mod time;
pub mod transfer;
pub mod usage;
pub mod uscc;
pub mod user;
pub mod version;
pub mod voucher;
