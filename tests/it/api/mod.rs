//! The service over real HTTP, on both back ends.

pub mod client;
mod idempotency;
mod looking;
mod market;
mod people;
mod reports;
mod roles;
pub mod stand;
