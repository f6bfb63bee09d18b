//! The service over real HTTP, on both back ends.

mod authorities;
pub mod client;
mod day;
mod defects;
pub mod described;
mod edges;
mod evidence;
mod idempotency;
mod integrity;
mod looking;
mod market;
mod notices;
mod operations;
mod ownership;
mod paging;
mod people;
mod problems;
mod reports;
mod roles;
mod rush;
pub mod stand;
mod stream;
mod tokens;
