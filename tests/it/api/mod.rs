//! The service over real HTTP, on both back ends.

pub mod client;
mod idempotency;
mod roles;
pub mod stand;
