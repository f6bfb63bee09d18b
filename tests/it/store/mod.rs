//! The contract of the store, on both back ends.

mod fencing;
mod loading;
mod migration;
mod rows;
pub mod writing;
