//! The contract of the store, on both back ends.

mod fencing;
mod loading;
mod rows;
pub mod writing;
