//! The service over real HTTP, on both back ends.

pub mod client;
mod idempotency;
mod looking;
mod market;
mod roles;
pub mod stand;
