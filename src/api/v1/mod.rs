//! The endpoints, one file a noun.

pub mod listings;
